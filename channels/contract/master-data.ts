/** What master data is, wherever it comes from: the tables that a load or an event fills, and how their values are read. Pure. */
import type { LoadTable } from './store.ts'
import type { BridgeTable } from './tables.ts'

/** The bridge's table that each kind of master data fills. */
export const TABLE_OF = {
  items: 'item',
  stock: 'stock',
  suppliers: 'supplier',
  locations: 'location',
  departments: 'department',
  'cost-centres': 'cost_centre',
  units: 'unit',
  prices: 'price',
  contracts: 'contract',
  'service-lines': 'service_line',
  accounts: 'gl_account',
  'cost-rules': 'cost_rule',
  'cost-splits': 'cost_split',
  lots: 'lot',
  periods: 'period',
} as const satisfies Readonly<Record<LoadTable, BridgeTable>>

/** Bounds of what holds for ever when nobody says from when or until when. */
export const ALWAYS = '0001-01-01'
export const FOREVER = '9999-12-31'

/** Words that a column takes, by `table.column` (`status` for the tables without words of their own). An empty value is the first. */
export const CHOICES = {
  status: ['active', 'inactive', 'blocked'],
  'item.ownership': ['owned', 'consigned', 'bill-only', 'bill-and-replace', 'par', 'charge-only'],
  'supplier.transmission': ['', 'x12'],
  'location.kind': ['', 'warehouse', 'storage', 'point-of-use', 'par', 'consignment'],
  'cost_rule.basis': ['service', 'performer', 'category'],
  'lot.status': ['', 'recalled', 'quarantined'],
  'period.ledger': ['GL', 'AP', 'INV'],
  'period.kind': ['standard', 'adjustment'],
  'period.status': ['open', 'closed', 'future'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** Columns that are kept scaled; a person writes them as decimals. */
export const SCALED_COLUMNS: ReadonlySet<string> = new Set(['price', 'min', 'max', 'multiple', 'par', 'min_order', 'share'])

/** `no` and its like are 0, `yes` and its like 1; null for any other word. */
export function readYes(text: string): 0 | 1 | null {
  const word = text.toLowerCase()
  if (['', 'no', 'n', 'false', '0'].includes(word)) return 0
  return ['yes', 'y', 'true', '1'].includes(word) ? 1 : null
}

/** GTIN-8, -12, -13 and -14 as 14 digits; '' when the text has not the form of one. */
export function gtin14(text: string): string {
  return /^(\d{8}|\d{12,14})$/.test(text) ? text.padStart(14, '0') : ''
}

/** Is the check digit of the 14 digits right? */
export function isGtin(gtin: string): boolean {
  const sum = [...gtin.slice(0, 13)].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0)
  return gtin !== '' && (10 - (sum % 10)) % 10 === Number(gtin[13])
}

/** A lot or serial number as the lot master keeps it: upper case, without white space. A recall is found however the label was typed (R5). */
export function lotKey(text: string): string {
  return text.normalize('NFKC').replaceAll(/\s/gu, '').toUpperCase()
}

/** A catalogue number without what people leave out or put in: case, punctuation, leading zeros. The identifier scheme `norm` (R40). */
export function normalised(text: string): string {
  return text
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replace(/^0+/, '')
}
