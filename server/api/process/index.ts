/** `/api/process/v1`: takes part in the processes. What is sent becomes a message with an event, stored, traced and decided like any other. */
import type { Operation } from '../operation.ts'
import { endPeriod } from './period-end.ts'
import { getRequest, orderCase, sending } from './sending.ts'
import { STATE_OPERATIONS } from './state.ts'

export const PROCESS_OPERATIONS: readonly Operation[] = [
  sending({
    path: '/usage',
    name: 'usage',
    summary: 'Something was used, wasted, or a use is taken back.',
    types: ['SupplyUsed', 'SupplyWasted', 'SupplyReversed'],
  }),
  sending({ path: '/replenishment/counts', name: 'count', summary: 'Stock was counted.', types: ['StockCounted'] }),
  sending({ path: '/replenishment/transfers', name: 'transfer', summary: 'Stock was moved from one location to another.', types: ['StockMoved'] }),
  sending({ path: '/replenishment/requests', name: 'request', summary: 'Something is needed.', types: ['SupplyRequested'] }),
  sending({
    path: '/procure-to-pay/acknowledgements',
    name: 'acknowledgement',
    summary: 'A supplier answered an order.',
    types: ['PurchaseOrderAcknowledged'],
    caseKey: orderCase,
  }),
  sending({
    path: '/procure-to-pay/shipments',
    name: 'shipment',
    summary: 'A supplier announced a shipment.',
    types: ['ShipmentAnnounced'],
    caseKey: orderCase,
  }),
  sending({ path: '/procure-to-pay/receipts', name: 'receipt', summary: 'Goods were received for an order.', types: ['GoodsReceived'], caseKey: orderCase }),
  sending({ path: '/procure-to-pay/invoices', name: 'invoice', summary: 'A supplier invoiced.', types: ['InvoiceReceived'], caseKey: orderCase }),
  sending({ path: '/onboarding/suppliers', name: 'supplier', summary: 'A new supplier is asked for.', types: ['SupplierRequested'] }),
  endPeriod,
  getRequest,
  ...STATE_OPERATIONS,
]
