/**
 * Rows of master data as other systems state them: the columns of `aqueduct load`, each read by its own rule. Only what is stated is
 * read: a column that is not there stays as it is.
 */
import { minorUnits } from '../../canonical/index.ts'
import {
  ALWAYS,
  BRIDGE_COLUMNS,
  BRIDGE_KEYS,
  CHOICES,
  FOREVER,
  SCALED_COLUMNS,
  gtin14,
  isGtin,
  lotKey,
  newRow,
  readYes,
} from '../../channels/contract/index.ts'
import type { LoadTable, TABLE_OF } from '../../channels/contract/index.ts'
import { isExact, parseDecimal, show, toStored } from '../amounts.ts'
import { isDay } from '../facts.ts'

export type MasterTable = (typeof TABLE_OF)[LoadTable]

/** Columns that other names stand for, or that are identifiers beside the row. */
export interface Identified {
  readonly gtin?: string
  readonly hibc?: string
}

type Value = string | number
export interface Attributes {
  /** The columns that were stated, as they are stored. */
  readonly values: Readonly<Record<string, Value>>
  readonly identified: Identified
  /** What is wrong, by column. */
  readonly problems: readonly { readonly column: string; readonly text: string }[]
}

/** Tables whose rows hold for ever when nothing is said; the rest leave the end open. */
const BOUNDED: readonly string[] = ['price', 'contract', 'cost_rule', 'cost_split']

const WORDS: Readonly<Record<string, readonly string[]>> = CHOICES

/** Stock by event is counted and moved; only what a person sets of it is master data. */
const SET_BY_HAND: Readonly<Record<string, readonly string[]>> = { stock: ['location', 'item', 'min', 'max', 'multiple', 'par', 'min_order'] }

type Read = { readonly value: Value } | { readonly problem: string }

function oneOf(text: string, values: readonly string[]): Read {
  if (text === '') return { value: values[0] ?? '' }
  const found = values.find((value) => value.toLowerCase() === text.toLowerCase())
  return found === undefined ? { problem: `one of ${values.filter((value) => value !== '').join(', ')} is expected` } : { value: found }
}

function readText(table: string, column: string, text: string): Read {
  const choice = WORDS[`${table}.${column}`] ?? WORDS[column === 'status' ? column : '']
  if (choice !== undefined) return oneOf(text, choice)
  if (column === 'currency')
    return text === '' || minorUnits(text.toUpperCase()) !== undefined ? { value: text.toUpperCase() } : { problem: 'an ISO 4217 currency code is expected' }
  if (column === 'valid_from' || column === 'valid_to' || column === 'expiry') {
    if (text === '') return { value: BOUNDED.includes(table) ? (column === 'valid_from' ? ALWAYS : FOREVER) : '' }
    return isDay(text) ? { value: text } : { problem: 'a calendar date is expected, as 2026-03-01' }
  }
  return { value: table === 'lot' && column === 'lot' ? lotKey(text) : text }
}

function readNumber(column: string, text: string): Read {
  if (column === 'lot_required') {
    const value = readYes(text)
    return value === null ? { problem: 'yes or no is expected' } : { value }
  }
  if (column === 'line') return /^\d{1,9}$/.test(text) ? { value: Number(text) } : { problem: 'a number is expected' }
  const value = parseDecimal(text === '' ? '0' : text)
  const scaled = value !== null && value.over >= 0n && isExact(value) ? toStored(value) : null
  if (scaled === null) return { problem: 'a decimal number of zero or more with at most six decimals is expected' }
  if (column !== 'share') return { value: scaled }
  // A part of a hundred as a part of a million.
  const fits = scaled > 0 && scaled <= 100_000_000 && scaled % 100 === 0
  return fits ? { value: scaled / 100 } : { problem: 'a percentage above 0 with at most four decimals is expected, as 33.3333' }
}

/** `12`, `0.5` or `1/12` as an exact factor to the base unit. */
function readFactor(text: string): { readonly numerator: number; readonly denominator: number } | null {
  const [over = '', under = '1', ...more] = text.split('/')
  const a = parseDecimal(over.trim())
  const b = parseDecimal(under.trim())
  if (more.length > 0 || a === null || b === null || a.over <= 0n || b.over <= 0n) return null
  let numerator = a.over * b.under
  let denominator = a.under * b.over
  for (let [x, y] = [numerator, denominator]; ; [x, y] = [y, x % y]) {
    if (y !== 0n) continue
    numerator /= x
    denominator /= x
    break
  }
  const factor = { numerator: Number(numerator), denominator: Number(denominator) }
  return Number.isSafeInteger(factor.numerator) && Number.isSafeInteger(factor.denominator) ? factor : null
}

/** Reads what is stated of a row. Columns that the table does not have are left alone: a sender may say more than is kept. */
export function readAttributes(table: MasterTable, stated: Readonly<Record<string, string>>): Attributes {
  const values: Record<string, Value> = {}
  const problems: { column: string; text: string }[] = []
  const identified: { gtin?: string; hibc?: string } = {}
  const kept = SET_BY_HAND[table]
  for (const [column, raw] of Object.entries(stated)) {
    const text = raw.trim()
    const type = Object.entries(BRIDGE_COLUMNS[table]).find(([name]) => name === column)?.[1]
    if (table === 'item' && column === 'gtin') {
      if (text !== '' && !isGtin(gtin14(text))) problems.push({ column, text: 'it is no GTIN: digits or check digit are wrong' })
      else identified.gtin = gtin14(text)
    } else if (table === 'item' && column === 'hibc') identified.hibc = text
    else if (table === 'unit' && column === 'factor') {
      const factor = readFactor(text)
      if (factor === null) problems.push({ column, text: 'a positive factor to the base unit is expected, as 12, 0.5 or 1/12' })
      else Object.assign(values, factor)
    } else if (type !== undefined && (kept === undefined || kept.includes(column))) {
      const read = type === 'int' ? readNumber(column, text) : readText(table, column, text)
      if ('problem' in read) problems.push({ column, text: read.problem })
      else values[column] = read.value
    }
  }
  return { values, identified, problems }
}

/** A row of which nothing is known yet. Prices, contracts and rules hold for ever until somebody says when they end. */
export function blankRow(table: MasterTable): Readonly<Record<string, Value>> {
  const blank = newRow(table, {}) as unknown as Readonly<Record<string, Value>>
  return BOUNDED.includes(table) ? { ...blank, valid_from: ALWAYS, valid_to: FOREVER } : blank
}

/** Columns of a table's key, in order. */
export function keyOf(table: MasterTable): readonly string[] {
  return BRIDGE_KEYS[table]
}

/** A value as a person writes it, for the history. */
export function written(column: string, value: Value | undefined): string {
  return typeof value === 'number' && SCALED_COLUMNS.has(column) ? show(value) : String(value ?? '')
}
