/** A line of a goods receipt (or return) as a FHIR R4 SupplyDelivery. */
import type { SupplyDelivery } from '@medplum/fhirtypes'
import type { BridgeTables } from '../../channels/contract/index.ts'
import { ownId } from './own.ts'
import { requestId } from './supply-request.ts'
import { documentIdentifiers, identifiers, itemConcept, LINE_SYSTEM, named, quantityOf } from './told.ts'

type Row<T extends keyof BridgeTables> = Readonly<BridgeTables[T]>

/** What came goes from the supplier to the place of the order; what was sent back goes to the supplier. A line that counts as nothing any more was an error. */
export function receiptDelivery(line: Row<'receipt_line'>, order: Row<'purchase_order'> | undefined, location: string): SupplyDelivery {
  const supplier = order === undefined || order.supplier === '' ? undefined : order.supplier
  const isReturn = line.quantity < 0
  const concept = itemConcept(line.item, '')
  const isDevice = line.lot !== '' || line.serial !== ''
  return {
    resourceType: 'SupplyDelivery',
    id: ownId('receipt', `${line.receipt}.${String(line.line)}`),
    ...(isDevice
      ? {
          contained: [
            {
              resourceType: 'Device' as const,
              id: 'device',
              ...(line.lot === '' ? {} : { lotNumber: line.lot }),
              ...(line.serial === '' ? {} : { serialNumber: line.serial }),
              type: concept,
            },
          ],
        }
      : {}),
    identifier: [
      ...identifiers([LINE_SYSTEM, `${line.receipt}.${String(line.line)}`]),
      ...documentIdentifiers(line.receipt, line.number, order?.destination ?? ''),
    ],
    basedOn: [{ reference: `SupplyRequest/${requestId('order', line.purchase_order, line.order_line)}` }],
    status: line.quantity === 0 ? 'entered-in-error' : 'completed',
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/supply-item-type', code: 'device' }] },
    suppliedItem: {
      quantity: quantityOf(Math.abs(line.quantity), line.unit),
      ...(isDevice ? { itemReference: { reference: '#device' } } : { itemCodeableConcept: concept }),
    },
    ...(line.day === '' ? {} : { occurrenceDateTime: line.day }),
    ...(supplier === undefined || isReturn ? {} : { supplier: named('Organization', supplier) }),
    ...(isReturn
      ? supplier === undefined
        ? {}
        : { destination: named('Location', supplier) }
      : location === ''
        ? {}
        : { destination: named('Location', location) }),
  }
}
