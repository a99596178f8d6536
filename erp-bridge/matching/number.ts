/** What makes two invoices the same: supplier (or its parent) and the number without case, leading zeros and punctuation (R24). */
import type { BridgeTables } from '../../channels/contract/index.ts'

/** `inv-00042/A` → `INV42A`: letters and digits, upper case, zeros that lead a run of digits are gone. */
export function normalNumber(number: string): string {
  return number
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .replace(/(?<!\p{N})0+(?=\p{N})/gu, '')
    .replaceAll(' ', '')
}

/** Key of the row `invoice`. A credit has a number range of its own: suppliers put the invoice's number on its credit. */
export function invoiceKey(family: string, number: string, kind: string): string {
  return `${family}|${normalNumber(number)}${kind === 'credit' ? '|credit' : ''}`
}

/** Whose invoice numbers it shares: its parent's, or its own. */
export function familyOf(supplier: string, row: Readonly<BridgeTables['supplier']> | undefined): string {
  return row === undefined || row.parent === '' ? supplier : row.parent
}
