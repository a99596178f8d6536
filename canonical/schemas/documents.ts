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
})
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
const journal = { ...header, currency, text: z.string().max(100), lines: lines(journalLine) }

/** Schemas by document kind. A mirror of a journal is a journal with `mirrorOf`. */
export const documentSchemas = {
  'goods-issue': z.strictObject(issue).meta({ title: 'Goods issue or consignment consumption (R2, R7)' }),
  'goods-return': z.strictObject({ ...issue, ...mirror }).meta({ title: 'Reversing movement of a goods issue (R33)' }),
  requisition: z
    .strictObject({ ...header, location: text, ...bearer, supplier: text.optional(), reason: z.literal('min-max'), lines: lines(requisitionLine) })
    .meta({ title: 'Requisition that fills a location to its maximum (R10)' }),
  'purchase-order': z
    .strictObject({
      ...header,
      orderType: z.enum(['bill-only', 'bill-and-replace']),
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
  journal: z.strictObject({ ...journal, ...mirror, mirrorOf: mirror.mirrorOf.optional() }).meta({ title: 'Balanced journal in one currency (R27)' }),
} as const

export type CanonicalDocumentKind = keyof typeof documentSchemas
/** A document of one kind, or of any. */
export type CanonicalDocument<Kind extends CanonicalDocumentKind = CanonicalDocumentKind> = { [K in Kind]: z.infer<(typeof documentSchemas)[K]> }[Kind]
