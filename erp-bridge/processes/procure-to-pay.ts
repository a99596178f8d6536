/** From an order to the last cent paid for it. */
import type { ProcessDefinition } from './definition.ts'

export const PROCURE_TO_PAY: ProcessDefinition = {
  name: 'procure-to-pay',
  version: 1,
  about:
    'An order: placed in the ERP, acknowledged and shipped by the supplier, received, invoiced, paid. An order that expects no receipt (bill-only, R3) goes from placed to invoiced. Subject: the order.',
  initial: 'DRAFT',
  states: {
    DRAFT: { about: 'It is known and not placed yet: draft or submitted in the ERP.' },
    ORDERED: { about: 'The ERP confirmed it.', timer: 'acknowledgement' },
    ACKNOWLEDGED: { about: 'The supplier took it as it is, or its changes were accepted.', timer: 'receipt' },
    SHIPPED: { about: 'The supplier announced a shipment.', timer: 'receipt' },
    PARTLY_RECEIVED: { about: 'Some of it came.', timer: 'receipt' },
    RECEIVED: { about: 'All of it came; the invoice is to come.', timer: 'invoice' },
    INVOICED: { about: 'All of it is invoiced and matched.' },
    PAID: { about: 'Its invoices are paid.', final: true },
    CANCELLED: { about: 'It was taken back in the ERP.', final: true },
    CLOSED: { about: 'The ERP closed it: nothing more will come.', final: true },
  },
  moves: [
    { from: 'DRAFT', on: 'ordered', to: 'ORDERED' },
    { from: 'DRAFT', on: 'acknowledged', to: 'ACKNOWLEDGED' },
    { from: 'DRAFT', on: 'shipped', to: 'SHIPPED' },
    { from: 'ORDERED', on: 'acknowledged', to: 'ACKNOWLEDGED' },
    { from: 'ORDERED', on: 'shipped', to: 'SHIPPED' },
    { from: 'ACKNOWLEDGED', on: 'shipped', to: 'SHIPPED' },
    ...['DRAFT', 'ORDERED', 'ACKNOWLEDGED', 'SHIPPED'].flatMap((from) => [
      { from, on: 'partly-received', to: 'PARTLY_RECEIVED' },
      { from, on: 'received', to: 'RECEIVED' },
      { from, on: 'invoiced', to: 'INVOICED' },
      { from, on: 'cancelled', to: 'CANCELLED' },
      { from, on: 'closed', to: 'CLOSED' },
    ]),
    { from: 'PARTLY_RECEIVED', on: 'received', to: 'RECEIVED' },
    { from: 'PARTLY_RECEIVED', on: 'invoiced', to: 'INVOICED' },
    { from: 'PARTLY_RECEIVED', on: 'cancelled', to: 'CANCELLED' },
    { from: 'PARTLY_RECEIVED', on: 'closed', to: 'CLOSED' },
    { from: 'RECEIVED', on: 'partly-received', to: 'PARTLY_RECEIVED' },
    { from: 'RECEIVED', on: 'invoiced', to: 'INVOICED' },
    { from: 'RECEIVED', on: 'closed', to: 'CLOSED' },
    { from: 'INVOICED', on: 'not-invoiced', to: 'ORDERED' },
    { from: 'INVOICED', on: 'received', to: 'RECEIVED' },
    { from: 'INVOICED', on: 'partly-received', to: 'PARTLY_RECEIVED' },
    { from: 'INVOICED', on: 'paid', to: 'PAID' },
    { from: 'INVOICED', on: 'closed', to: 'CLOSED' },
  ],
}
