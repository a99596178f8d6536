/** Tryton's JSON values: dates, decimals, floats, and the rows that it answers. Nothing is rounded: what does not fit is refused. */
import type { DeliveryOutcome } from '../../../channels/contract/index.ts'
import { parseDecimal } from '../../amounts.ts'

export type Failed = Extract<DeliveryOutcome, { kind: 'failed' }>

/** Ends work on a document with what it means. Caught where the port begins. */
export class Failure extends Error {
  readonly failed: Failed
  constructor(failed: Failed) {
    super(failed.text)
    this.failed = failed
  }
}

/** A refusal in our own words: master data that the ERP lacks, a value that it cannot hold. */
export function refuse(text: string): Failure {
  return new Failure({ kind: 'failed', code: 'ERP_REFUSED', text })
}

export type Row = Readonly<Record<string, unknown>>
export type Body = Readonly<Record<string, unknown>>
interface JsonDate {
  readonly __class__: 'date'
  readonly year: number
  readonly month: number
  readonly day: number
}
export interface JsonDecimal {
  readonly __class__: 'Decimal'
  readonly decimal: string
}

/** `2026-03-01` as Tryton's date. Calendar arithmetic only: no zone is passed. */
export function dateOf(day: string): JsonDate {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  return { __class__: 'date', year, month, day: date }
}
export function dayOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  const { year, month, day } = value as Partial<JsonDate>
  if (year === undefined || month === undefined || day === undefined) return null
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** A Tryton datetime as text that sorts: `2026-03-01T10:22:33.000120`. */
export function stampOf(value: unknown): string | null {
  const day = dayOf(value)
  if (day === null) return null
  const { hour = 0, minute = 0, second = 0, microsecond = 0 } = value as Readonly<Record<string, number | undefined>>
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${day}T${two(hour)}:${two(minute)}:${two(second)}.${String(microsecond).padStart(6, '0')}`
}
export function datetimeOf(stamp: string): Row {
  const [day = '', time = ''] = stamp.split('T')
  const [hour = 0, minute = 0, seconds = '0'] = time.split(':').map((part, i) => (i < 2 ? Number(part) : part)) as [number, number, string]
  const [second = '0', fraction = '0'] = seconds.split('.')
  return { ...dateOf(day), __class__: 'datetime', hour, minute, second: Number(second), microsecond: Number(fraction) }
}

/** A decimal with at most `digits` decimals. @throws Failure instead of rounding */
export function decimalOf(text: string, digits: number, what: string): JsonDecimal {
  const value = parseDecimal(text)
  if (value === null) throw refuse(`The ${what} is no decimal number.`)
  if ((value.over * 10n ** BigInt(digits)) % value.under !== 0n) throw refuse(`The ${what} has more than the ${String(digits)} decimals that the ERP holds.`)
  return { __class__: 'Decimal', decimal: text }
}

/** A quantity as the float that Tryton keeps. @throws Failure when the float would be another number */
export function floatOf(text: string, what: string): number {
  const value = parseDecimal(text)
  const float = Number(text)
  if (value === null || !Number.isFinite(float)) throw refuse(`The ${what} is no decimal number.`)
  const back = parseDecimal(plain(float))
  if (back === null || back.over * value.under !== value.over * back.under) throw refuse(`The ${what} has more digits than the ERP holds.`)
  return float
}

/** A float without exponent and without the noise of its last binary digit. */
export function plain(float: number): string {
  const short = Number(float.toPrecision(15))
  const text = String(short)
  return /e/.test(text) ? short.toFixed(12).replace(/\.?0+$/, '') : text
}

/** The text of a Decimal, a float or an integer; null for anything else. */
export function numberText(value: unknown): string | null {
  if (typeof value === 'number') return plain(value)
  if (typeof value !== 'object' || value === null) return null
  const { decimal } = value as Partial<JsonDecimal>
  if (decimal === undefined) return null
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}

export function textIn(row: Row, field: string): string {
  const value = row[field]
  return typeof value === 'string' ? value : ''
}
/** A record's id: many2one fields, and the id itself. Null when it is empty. */
export function idIn(row: Row, field: string): number | null {
  const value = row[field]
  return typeof value === 'number' ? value : null
}
export function idOf(row: Row): number {
  return idIn(row, 'id') ?? 0
}
export function idsIn(row: Row, field: string): readonly number[] {
  const value = row[field]
  return Array.isArray(value) ? value.filter((id) => typeof id === 'number') : []
}
/** A field of a record that a many2one leads to: Tryton answers `template.name` nested under `template.`. */
export function inner(row: Row, field: string): Row {
  const value = row[`${field}.`]
  return typeof value === 'object' && value !== null ? (value as Row) : {}
}

/** A document's text field; '' when it is not there. */
export function said(body: Body, field: string): string {
  const value = body[field]
  return typeof value === 'string' ? value : ''
}
export function linesOf(body: Body): readonly Body[] {
  return Array.isArray(body['lines']) ? (body['lines'] as readonly Body[]) : []
}
