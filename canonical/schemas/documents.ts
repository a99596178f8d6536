/**
 * The documents that an ERP gets, as strict zod schemas by kind. They carry the case and nothing of the patient (R4, minimum
 * necessary). `key`, the 12 characters that the ERP shows as its reference, is added by the ledger.
 */
import { z } from 'zod'
import { currency, date, decimal, positiveDecimal, text } from './values.ts'

const nonNegative = decimal.refine((value) => !value.startsWith('-'), 'must not be negative')

const header = {
  key: z.string().length(12).optional(),
  eventId: text.meta({ description: 'The event that made it.' }),
  company: z.string(),
  case: text.optional(),
  documentDate: date.meta({ description: 'Clinical date; never moves (R35).' }),
  postingDate: date.meta({ description: 'Accounting date; may move to an open period (R35).' }),
}
const mirror = {
  mirrorOf: z.string().length(12).meta({ description: 'Key of the document that this one undoes.' }),
  originalReference: text.optional().meta({ description: 'Number of that document in the ERP, when it is known.' }),
}
/** Whose cost it is (R25). */
const bearer = { department: text.optional(), costCentre: text.optional(), serviceLine: text.optional() }

const supplyLine = {
  line: z.int().positive(),
  item: text,
  description: z.string().optional(),
  quantity: positiveDecimal,
  unit: text,
  lot: text.optional(),
  serial: text.optional(),
  expiry: date.optional(),
  udi: text.optional(),
}
const price = { unitPrice: nonNegative, currency }

const issueLine = z.strictObject({ ...supplyLine, unitCost: nonNegative.optional(), currency: currency.optional() })
const orderLine = z.strictObject({ ...supplyLine, vendorCatalog: text.optional(), ...price, amount: nonNegative })
const requisitionLine = z.strictObject({
  line: z.int().positive(),
  item: text,
  description: z.string().optional(),
  quantity: positiveDecimal,
  unit: text,
  vendorCatalog: text.optional(),
  unitPrice: nonNegative.optional(),
  location: text.optional(),
  needed: date.optional(),
  ...bearer,
  origins: z.array(text).optional().meta({ description: 'Events that asked for it (R13).' }),
})
/** An order's line, by the ERP's number of the order and the line in it. */
const ofOrder = { order: text.optional().meta({ description: 'Number of the order in the ERP.' }), orderKey: text.optional() }
const receiptLine = z.strictObject({ ...supplyLine, orderLine: z.int().positive().optional() })
const invoiceLine = z.strictObject({
  line: z.int().positive(),
  orderLine: z.int().positive().optional(),
  item: text.optional(),
  description: z.string().optional(),
  quantity: positiveDecimal,
  unit: text,
  unitPrice: nonNegative,
  amount: nonNegative,
  account: text.optional().meta({ description: 'Without an order line: where it is booked.' }),
  ...bearer,
})
const charge = z.strictObject({ kind: z.enum(['freight', 'tax', 'variance']), amount: decimal, account: text.optional(), ...bearer })
const transferLine = z.strictObject({ ...supplyLine })
const adjustmentLine = z.strictObject({ ...supplyLine, direction: z.enum(['in', 'out']) })
const cancellationLine = z.strictObject({ ...supplyLine })
const journalLine = z.strictObject({
  line: z.int().positive(),
  account: text,
  side: z.enum(['debit', 'credit']),
  amount: positiveDecimal,
  ...bearer,
  item: text.optional(),
})

function lines<Line extends z.ZodType>(line: Line) {
  return z.array(line).min(1)
}

const issue = {
  ...header,
  location: text.optional(),
  ...bearer,
  reason: z.enum(['usage', 'waste']),
  consigned: z.boolean(),
  supplier: text.optional(),
  lines: lines(issueLine),
}
const journal = {
  ...header,
  currency,
  text: z.string().max(100),
  reverseOn: date.optional().meta({ description: 'Accruals: the day on which its mirror is posted (R36).' }),
  lines: lines(journalLine),
}

/** Schemas by document kind. A mirror of a journal is a journal with `mirrorOf`. */
export const documentSchemas = {
  'goods-issue': z.strictObject(issue).meta({ title: 'Goods issue or consignment consumption (R2, R7)' }),
  'goods-return': z.strictObject({ ...issue, ...mirror }).meta({ title: 'Reversing movement of a goods issue (R33)' }),
  requisition: z
    .strictObject({
      ...header,
      location: text,
      ...bearer,
      supplier: text.optional(),
      currency: currency.optional(),
      needed: date.optional(),
      priority: z.enum(['routine', 'stat']).optional(),
      reason: z.enum(['min-max', 'par', 'requested', 'consignment']),
      lines: lines(requisitionLine),
    })
    .meta({ title: 'Requisition: fills a location up, or what was asked for (R9, R10, R13)' }),
  'purchase-order': z
    .strictObject({
      ...header,
      orderType: z.enum(['bill-only', 'bill-and-replace', 'consignment']),
      contract: text.optional(),
      state: z.enum(['draft', 'submitted']),
      receiptExpected: z.boolean(),
      supplier: text,
      currency,
      performer: text.optional(),
      ...bearer,
      location: text.optional(),
      lines: lines(orderLine),
    })
    .meta({ title: 'Order for what was used (R3, R4)' }),
  'order-cancellation': z.strictObject({ ...header, ...mirror, lines: lines(cancellationLine) }).meta({ title: 'Takes lines back from an order (R33)' }),
  'stock-transfer': z
    .strictObject({ ...header, from: text, to: text, owner: text.optional(), lines: lines(transferLine) })
    .meta({ title: 'Stock moved between locations' }),
  'stock-adjustment': z
    .strictObject({ ...header, location: text, ...bearer, owner: text.optional(), reason: z.literal('count'), lines: lines(adjustmentLine) })
    .meta({ title: 'Difference that a count found' }),
  'supplier-order': z
    .strictObject({
      ...header,
      order: text,
      supplier: text,
      currency,
      orderDate: date,
      shipTo: text.optional(),
      lines: lines(orderLine),
    })
    .meta({ title: 'The order as the supplier gets it (X12 850)' }),
  'goods-receipt': z
    .strictObject({ ...header, ...ofOrder, supplier: text, location: text.optional(), packingSlip: text.optional(), lines: lines(receiptLine) })
    .meta({ title: 'Goods receipt for an order' }),
  'supplier-return': z
    .strictObject({
      ...header,
      ...ofOrder,
      ...mirror,
      mirrorOf: mirror.mirrorOf.optional(),
      supplier: text,
      location: text.optional(),
      lines: lines(orderLine),
    })
    .meta({ title: 'Return to the supplier (R33)' }),
  'supplier-invoice': z
    .strictObject({
      ...header,
      ...ofOrder,
      supplier: text,
      number: text.meta({ description: 'The supplier’s own number.' }),
      invoiceDate: date.meta({ description: 'The supplier’s date; never moves (R35).' }),
      credit: z.boolean().meta({ description: 'A credit note: all amounts reduce what is owed.' }),
      currency,
      lines: lines(invoiceLine),
      charges: z.array(charge).optional(),
      total: nonNegative,
      released: text.optional().meta({ description: 'Who released it and why, when it was held (R22).' }),
      ...mirror,
      mirrorOf: mirror.mirrorOf.optional(),
    })
    .meta({ title: 'Supplier invoice or credit, matched (R18–R22)' }),
  supplier: z
    .strictObject({
      ...header,
      supplier: text,
      name: text,
      taxId: text.optional(),
      currency: currency.optional(),
      street: text.optional(),
      city: text.optional(),
      postcode: text.optional(),
      email: text.optional(),
      approved: text.meta({ description: 'Who approved it (R41).' }),
    })
    .meta({ title: 'New supplier (R41). Never with bank details' }),
  item: z
    .strictObject({
      ...header,
      item: text,
      description: text,
      unit: text,
      category: text.optional(),
      lotRequired: z.boolean(),
      gtin: text.optional(),
      supplier: text.optional(),
      vendorCatalog: text.optional(),
      price: z.strictObject({ unitPrice: nonNegative, currency, unit: text }).optional(),
    })
    .meta({ title: 'New item (R40)' }),
  journal: z.strictObject({ ...journal, ...mirror, mirrorOf: mirror.mirrorOf.optional() }).meta({ title: 'Balanced journal in one currency (R27)' }),
} as const

export type CanonicalDocumentKind = keyof typeof documentSchemas
/** A document of one kind, or of any. */
export type CanonicalDocument<Kind extends CanonicalDocumentKind = CanonicalDocumentKind> = { [K in Kind]: z.infer<(typeof documentSchemas)[K]> }[Kind]
