/**
 * What the sandbox ERP accepts: its own reading of each document, written apart from the bridge's schemas so that a mistake in
 * one shows in the other. Refusals name the field, never its value.
 */
import { millionths } from './decimals.ts'
import { key, kindNamed } from './shapes.ts'
import type { Kind, Shape } from './shapes.ts'

export interface Refusal {
  readonly code: string
  readonly message: string
}

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(code: string, message: string): Refusal {
  return { code, message }
}

function shapeFault(fields: Fields, shape: Shape, place: string, besides: readonly string[]): Refusal | null {
  for (const [name, rule] of Object.entries(shape.must)) {
    if (fields[name] === undefined) return refuse('FIELD_MISSING', `${place}${name} is missing`)
    if (!rule(fields[name])) return refuse('FIELD_BAD', `${place}${name} does not have the form it needs`)
  }
  for (const [name, value] of Object.entries(fields)) {
    if (besides.includes(name) || Object.hasOwn(shape.must, name)) continue
    const rule = Object.hasOwn(shape.may, name) ? shape.may[name] : undefined
    if (rule === undefined) return refuse('FIELD_UNKNOWN', `${place}${name} is not a field of this document`)
    if (!rule(value)) return refuse('FIELD_BAD', `${place}${name} does not have the form it needs`)
  }
  return null
}

function rowsFault(rows: readonly unknown[], shape: Shape, name: string): Refusal | null {
  for (const [i, one] of rows.entries()) {
    const place = `${name}[${String(i)}].`
    const fault = isFields(one) ? shapeFault(one, shape, place, []) : refuse('FIELD_BAD', `${place} is not an object`)
    if (fault) return fault
  }
  return null
}

function linesFault(document: Fields, known: Kind): Refusal | null {
  if (known.line === null) return null
  const { lines } = document
  if (!Array.isArray(lines) || lines.length === 0) return refuse('NO_LINES', 'a document needs lines')
  const fault = rowsFault(lines, known.line, 'lines')
  if (fault) return fault
  const numbers = new Set((lines as readonly Fields[]).map((one) => one['line']))
  return numbers.size === lines.length ? null : refuse('LINE_TWICE', 'two lines have the same number')
}

function sum(rows: readonly Fields[]): bigint {
  return rows.reduce((total, one) => total + millionths(String(one['amount'])), 0n)
}

/** What only the whole document shows. */
const WHOLE: Readonly<Record<string, (document: Fields, lines: readonly Fields[]) => Refusal | null>> = {
  journal(_, lines) {
    const of = (side: string): bigint => sum(lines.filter((one) => one['side'] === side))
    return of('debit') === of('credit') ? null : refuse('JOURNAL_UNBALANCED', 'debits and credits differ')
  },
  'stock-transfer': (document) => (document['from'] === document['to'] ? refuse('SAME_LOCATION', 'from and to are the same location') : null),
  'supplier-invoice'(document, lines) {
    const charges = (document['charges'] ?? []) as readonly Fields[]
    const total = millionths(String(document['total']))
    if (total !== sum(lines) + sum(charges)) return refuse('TOTAL_WRONG', 'lines and charges do not make the total')
    if (document['order'] !== undefined || document['orderKey'] !== undefined) return null
    const i = lines.findIndex((one) => one['account'] === undefined)
    return i < 0 ? null : refuse('FIELD_MISSING', `lines[${String(i)}].account is missing: the invoice names no order`)
  },
}

/** Why the ERP refuses this request, or null. @param byPerson a person of the ERP makes it: then it needs no key */
export function check(request: unknown, byPerson = false): Refusal | null {
  if (!isFields(request)) return refuse('NOT_A_DOCUMENT', 'the body is not an object')
  const { kind: name, key: reference, document } = request
  const known = typeof name === 'string' ? kindNamed(name) : undefined
  if (known === undefined) return refuse('KIND_UNKNOWN', 'kind is not one of the documents')
  if (!(byPerson && reference === '') && !key(reference)) return refuse('KEY_BAD', 'key must be 12 characters')
  if (!isFields(document)) return refuse('NOT_A_DOCUMENT', 'document is missing')
  const besides = [...(known.line ? ['lines'] : []), ...(known.charge ? ['charges'] : [])]
  const fault = shapeFault(document, known.header, '', besides) ?? linesFault(document, known)
  if (fault) return fault
  const { charges } = document
  if (known.charge && charges !== undefined) {
    const chargeFault = Array.isArray(charges) ? rowsFault(charges, known.charge, 'charges') : refuse('FIELD_BAD', 'charges does not have the form it needs')
    if (chargeFault) return chargeFault
  }
  const whole = Object.hasOwn(WHOLE, String(name)) ? WHOLE[String(name)] : undefined
  return whole?.(document, (document['lines'] ?? []) as readonly Fields[]) ?? null
}
