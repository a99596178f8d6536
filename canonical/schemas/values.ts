/** The shapes that fields are made of (fields.ts "Shapes"), as strict zod schemas. */
import { z } from 'zod'
import { minorUnits } from '../currency.ts'
import type { FieldKind } from '../fields.ts'

const FULL_DATE = /^(\d{4})-(\d{2})-(\d{2})/

/** Is a text that begins with `YYYY-MM-DD` a day that exists? Texts without a full date pass: their pattern judges them. */
function exists(text: string): boolean {
  const [, year, month, day] = FULL_DATE.exec(text) ?? []
  if (year === undefined || month === undefined || day === undefined) return true
  const leap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0)
  const length = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1] ?? 0
  return Number(day) >= 1 && Number(day) <= length
}

export const text = z.string().min(1).meta({ description: 'Text, not empty.' })

/** `-12.50`: no exponent, no grouping, no leading plus; trailing zeros are kept as sent. */
export const decimal = z
  .string()
  .regex(/^-?(0|[1-9]\d*)(\.\d+)?$/)
  .meta({ description: 'Decimal number as text.', examples: ['12.50'] })
export const positiveDecimal = z
  .string()
  .regex(/^(?=.*[1-9])(0|[1-9]\d*)(\.\d+)?$/)
  .meta({ description: 'Decimal number above zero, as text.', examples: ['2'] })
export const notNegativeDecimal = z
  .string()
  .regex(/^(0|[1-9]\d*)(\.\d+)?$/)
  .meta({ description: 'Decimal number of zero or more, as text.', examples: ['0'] })

export const date = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/)
  .refine(exists, 'no such day')
  .meta({ description: 'Calendar date; never moved between time zones.', examples: ['2026-03-01'] })

/** The date-time as sent, cut to the precision that was sent. */
export const moment = z
  .string()
  .regex(/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3])(:[0-5]\d(:([0-5]\d|60)(\.\d{1,9})?)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/)
  .refine(exists, 'no such day')
  .meta({ description: 'Date-time with the precision that was sent.', examples: ['2026-03', '2026-03-01T10:22:33+01:00'] })

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .refine((code) => minorUnits(code) !== undefined, 'no ISO 4217 code')
  .meta({ description: 'ISO 4217 currency code.', examples: ['USD'] })

export const code = z
  .strictObject({ code: text, system: z.string().optional(), text: z.string().optional() })
  .meta({ description: 'Code with its coding system and display text.' })
export const money = z.strictObject({ amount: decimal, currency }).meta({ description: 'Amount with its currency.' })
/** The unit is '' when the sender gives none: then it is the item's base unit. */
export const quantity = z
  .strictObject({ value: positiveDecimal, unit: z.string() })
  .meta({ description: 'Positive amount with its unit; an empty unit is the item’s base unit.' })
/** What a count found; nothing left is a count too. */
export const countedQuantity = z
  .strictObject({ value: notNegativeDecimal, unit: z.string() })
  .meta({ description: 'Amount of zero or more with its unit; an empty unit is the item’s base unit.' })
export const identifier = z
  .strictObject({ value: text, system: z.string().optional(), type: z.string().optional() })
  .meta({ description: 'Identifier with the system that issued it.' })
export const udi = z
  .strictObject({
    carrier: z.string(),
    issuer: z.string().optional(),
    di: z.string().optional(),
    lot: z.string().optional(),
    serial: z.string().optional(),
    expiry: date.optional(),
    made: date.optional(),
    problems: z.array(z.string()).optional(),
  })
  .meta({ description: 'Unique device identifier, parsed; the carrier text is kept as scanned.' })

const lineQuantity = countedQuantity
/** A line of an order, receipt or invoice (fields.ts DOCUMENT_LINE). */
export const documentLine = z
  .strictObject({
    line: text,
    orderLine: text.optional(),
    item: code.optional(),
    description: text.optional(),
    quantity: lineQuantity.optional(),
    unitPrice: decimal.optional(),
    amount: decimal.optional(),
    received: decimal.optional(),
    invoiced: decimal.optional(),
    status: text.optional(),
    date: date.optional(),
    lot: text.optional(),
    serial: text.optional(),
    expiry: date.optional(),
    location: text.optional(),
    costCentre: text.optional(),
    serviceLine: text.optional(),
    account: text.optional(),
  })
  .meta({ description: 'A line of an order, acknowledgement, shipment, receipt or invoice.' })
const lines = z.array(documentLine).meta({ description: 'Lines of the document.' })
const attributes = z.record(z.string(), z.string()).meta({ description: 'Columns and their values as text.' })
const texts = z.array(text).meta({ description: 'List of text.' })

/** The schema of each kind of field. */
export const FIELD_SCHEMAS = { text, code, decimal, quantity, money, moment, date, udi, identifier, lines, attributes, texts } as const satisfies Record<
  FieldKind,
  z.ZodType
>
export type FieldSchemas = typeof FIELD_SCHEMAS
