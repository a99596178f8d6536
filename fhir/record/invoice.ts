/** A supplier's invoice or credit as a FHIR R4 Invoice. */
import type { Invoice, InvoiceLineItem } from '@medplum/fhirtypes'
import type { BridgeTables } from '../../channels/contract/index.ts'
import { ownId } from './own.ts'
import { requestId } from './supply-request.ts'
import { basedOn, DOCUMENT_SYSTEM, identifiers, itemConcept, moneyOf, named, scaled } from './told.ts'

type Row<T extends keyof BridgeTables> = Readonly<BridgeTables[T]>

/** It is issued once it is here; balanced when it is paid. */
const STATUS: Readonly<Record<string, NonNullable<Invoice['status']>>> = { paid: 'balanced', cancelled: 'cancelled', rejected: 'cancelled', held: 'draft' }

export function invoiceOf(row: Row<'invoice'>, lines: readonly Row<'invoice_line'>[]): Invoice {
  const isCredit = row.kind === 'credit'
  return {
    resourceType: 'Invoice',
    id: ownId('invoice', row.invoice),
    identifier: identifiers([`urn:aqueduct:supplier:${encodeURIComponent(row.supplier)}`, row.number], [DOCUMENT_SYSTEM, row.document]),
    status: STATUS[row.state] ?? 'issued',
    type: { coding: [{ system: 'urn:aqueduct:invoice', code: isCredit ? 'supplier-credit' : 'supplier-invoice' }] },
    ...(row.day === '' ? {} : { date: row.day }),
    issuer: named('Organization', row.supplier),
    ...(row.company === '' ? {} : { recipient: named('Organization', row.company) }),
    lineItem: lines.map((line): InvoiceLineItem => {
      const order = `SupplyRequest/${requestId('order', line.purchase_order, line.order_line)}`
      return {
        ...(line.purchase_order === '' ? {} : { extension: [basedOn(order)] }),
        sequence: line.line,
        chargeItemCodeableConcept: itemConcept(line.item, ''),
        priceComponent: [{ type: 'base', factor: scaled(line.quantity), amount: moneyOf(line.amount, row.currency) }],
      }
    }),
    totalGross: moneyOf(row.total, row.currency),
  }
}
