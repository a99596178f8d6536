/** One row of a file being read: each value by its column, or words on what is wrong with it. */
import { gtin14, isGtin, readYes } from '../../channels/contract/index.ts'
import { fraction, scaled } from './amount.ts'

export type Input = Readonly<Record<string, string | number>>

/** A value that its column does not take. Caught by whoever reads rows, never seen outside. */
export class BadCell extends Error {
  readonly column: string
  constructor(column: string, text: string) {
    super(text)
    this.column = column
  }
}

/** Is this text a currency? The store knows only their form; who knows ISO 4217 hands it in. */
export type IsCurrency = (text: string) => boolean

export class Line {
  readonly #row: Input
  readonly #isCurrency: IsCurrency
  constructor(row: Input, isCurrency: IsCurrency) {
    this.#row = row
    this.#isCurrency = isCurrency
  }

  text(column: string): string {
    return String(this.#row[column] ?? '').trim()
  }

  required(column: string): string {
    return this.text(column) || this.refuse(column, 'a value is needed')
  }

  /** An empty value is the first of them. */
  oneOf(column: string, values: readonly string[]): string {
    const text = this.text(column).toLowerCase()
    if (text === '') return values[0] ?? ''
    const found = values.find((value) => value.toLowerCase() === text)
    return found ?? this.refuse(column, `one of ${values.filter((value) => value !== '').join(', ')} is expected`)
  }

  amount(column: string, empty: number | null = null): number {
    const text = this.text(column)
    if (text === '' && empty !== null) return empty
    return scaled(text) ?? this.refuse(column, 'a decimal number with at most six decimals is expected, as 12.5')
  }

  notNegative(column: string, empty: number | null = null): number {
    const amount = this.amount(column, empty)
    return amount < 0 ? this.refuse(column, 'it must not be negative') : amount
  }

  /** `60` → 600000: a part of a hundred as a part of a million. */
  percent(column: string): number {
    const amount = this.amount(column)
    if (amount <= 0 || amount > 100_000_000 || amount % 100 !== 0)
      this.refuse(column, 'a percentage above 0 with at most four decimals is expected, as 33.3333')
    return amount / 100
  }

  currency(column: string): string {
    const text = this.text(column).toUpperCase()
    return this.#isCurrency(text) ? text : this.refuse(column, 'an ISO 4217 currency code is expected, as USD')
  }

  date(column: string): string {
    const text = this.text(column)
    if (text === '') return ''
    return isDay(text) ? text : this.refuse(column, 'a calendar date is expected, as 2026-03-01')
  }

  /** `valid_from` and `valid_to`; empty ones are the given bounds. */
  span(from: string, to: string): { readonly valid_from: string; readonly valid_to: string } {
    const span = { valid_from: this.date('valid_from') || from, valid_to: this.date('valid_to') || to }
    return span.valid_to !== '' && span.valid_to < span.valid_from ? this.refuse('valid_to', 'it is before valid_from') : span
  }

  yes(column: string): number {
    return readYes(this.text(column)) ?? this.refuse(column, 'yes or no is expected')
  }

  gtin(column: string): string {
    const text = this.text(column)
    if (text === '') return ''
    const gtin = gtin14(text)
    if (gtin === '') return this.refuse(column, 'a GTIN has 8, 12, 13 or 14 digits')
    return isGtin(gtin) ? gtin : this.refuse(column, 'the check digit of the GTIN is wrong')
  }

  factor(column: string) {
    return fraction(this.text(column)) ?? this.refuse(column, 'a positive factor to the base unit is expected, as 12, 0.5 or 1/12')
  }

  refuse(column: string, text: string): never {
    throw new BadCell(column, text)
  }
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}
