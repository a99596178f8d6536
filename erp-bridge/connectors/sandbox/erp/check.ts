/**
 * What the sandbox ERP accepts: its own reading of each document, written apart from the bridge's schemas so that a mistake in
 * one shows in the other. Refusals name the field, never its value.
 */
export interface Refusal {
  readonly code: string
  readonly message: string
}

type Fields = Readonly<Record<string, unknown>>
type Rule = (value: unknown) => boolean

const text =
  (max: number): Rule =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= max
const flag: Rule = (value) => typeof value === 'boolean'
const oneOf =
  (...words: string[]): Rule =>
  (value) =>
    typeof value === 'string' && words.includes(value)
const pattern =
  (expression: RegExp): Rule =>
  (value) =>
    typeof value === 'string' && expression.test(value)
const date: Rule = (value) =>
  typeof value === 'string' &&
  /^\d{4}-\d{2}-\d{2}$/.test(value) &&
  !Number.isNaN(Date.parse(`${value}T00:00:00Z`)) &&
  new Date(`${value}T00:00:00Z`).toISOString().startsWith(value)
const quantity = pattern(/^(?=.*[1-9])\d{1,13}(\.\d{1,6})?$/)
const price = pattern(/^\d{1,13}(\.\d{1,6})?$/)
const amount = pattern(/^(?=.*[1-9])\d{1,14}(\.\d{1,4})?$/)
const money = pattern(/^\d{1,14}(\.\d{1,4})?$/)
const currency = pattern(/^[A-Z]{3}$/)
const key: Rule = (value) => typeof value === 'string' && value.length === 12
const lineNumber: Rule = (value) => Number.isInteger(value) && Number(value) > 0

interface Shape {
  readonly must: Readonly<Record<string, Rule>>
  readonly may: Readonly<Record<string, Rule>>
}

const header: Shape = { must: { eventId: text(200), company: text(20), documentDate: date, postingDate: date }, may: { case: text(60) } }
const bearer = { department: text(40), costCentre: text(20), serviceLine: text(40) }
const supplyLine: Shape = {
  must: { line: lineNumber, item: text(40), quantity, unit: text(10) },
  may: { description: text(250), lot: text(40), serial: text(40), expiry: date, udi: text(250) },
}

interface Kind {
  readonly prefix: string
  readonly header: Shape
  readonly line: Shape
}

function kind(prefix: string, must: Shape['must'], may: Shape['may'], line: Shape): Kind {
  return { prefix, header: { must: { ...header.must, ...must }, may: { ...header.may, ...may } }, line }
}
function line(base: Shape, must: Shape['must'], may: Shape['may'] = {}): Shape {
  return { must: { ...base.must, ...must }, may: { ...base.may, ...may } }
}

const issue = { reason: oneOf('usage', 'waste'), consigned: flag }
const issueMay = { ...bearer, location: text(40), supplier: text(40) }
const original = { originalReference: text(40) }
const issueLine = line(supplyLine, {}, { unitCost: price, currency })
const KINDS: Readonly<Record<string, Kind>> = {
  'goods-issue': kind('GI', issue, issueMay, issueLine),
  'goods-return': kind('GR', { ...issue, mirrorOf: key }, { ...issueMay, ...original }, issueLine),
  requisition: kind(
    'REQ',
    { location: text(40), reason: oneOf('min-max') },
    { ...bearer, supplier: text(40) },
    { must: supplyLine.must, may: { description: text(250), vendorCatalog: text(60) } },
  ),
  'purchase-order': kind(
    'PO',
    { orderType: oneOf('bill-only', 'bill-and-replace'), state: oneOf('draft', 'submitted'), receiptExpected: flag, supplier: text(40), currency },
    { ...bearer, performer: text(60), location: text(40) },
    line(supplyLine, { unitPrice: price, currency, amount: money }, { vendorCatalog: text(60) }),
  ),
  'order-cancellation': kind('POC', { mirrorOf: key }, original, supplyLine),
  journal: kind(
    'JE',
    { currency, text: text(100) },
    { mirrorOf: key, ...original },
    { must: { line: lineNumber, account: text(20), side: oneOf('debit', 'credit'), amount }, may: { ...bearer, item: text(40) } },
  ),
}

/** The prefix of a kind's numbers, or undefined for a kind that the ERP does not know. */
export function prefixOf(name: string): string | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name]?.prefix : undefined
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(code: string, message: string): Refusal {
  return { code, message }
}

function shapeFault(fields: Fields, shape: Shape, place: string, besides: string): Refusal | null {
  for (const [name, rule] of Object.entries(shape.must)) {
    if (fields[name] === undefined) return refuse('FIELD_MISSING', `${place}${name} is missing`)
    if (!rule(fields[name])) return refuse('FIELD_BAD', `${place}${name} does not have the form it needs`)
  }
  for (const [name, value] of Object.entries(fields)) {
    if (name === besides || Object.hasOwn(shape.must, name)) continue
    const rule = Object.hasOwn(shape.may, name) ? shape.may[name] : undefined
    if (rule === undefined) return refuse('FIELD_UNKNOWN', `${place}${name} is not a field of this document`)
    if (!rule(value)) return refuse('FIELD_BAD', `${place}${name} does not have the form it needs`)
  }
  return null
}

const TEN_THOUSANDTHS = 4
function scaled(value: unknown): bigint {
  const [whole = '0', part = ''] = String(value).split('.')
  return BigInt(whole + part.padEnd(TEN_THOUSANDTHS, '0'))
}

function balanceFault(lines: readonly Fields[]): Refusal | null {
  const sum = (side: string): bigint => lines.filter((one) => one['side'] === side).reduce((total, one) => total + scaled(one['amount']), 0n)
  return sum('debit') === sum('credit') ? null : refuse('JOURNAL_UNBALANCED', 'debits and credits differ')
}

/** Why the ERP refuses this request, or null. */
export function check(request: unknown): Refusal | null {
  if (!isFields(request)) return refuse('NOT_A_DOCUMENT', 'the body is not an object')
  const { kind: name, key: reference, document } = request
  const known = typeof name === 'string' && Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
  if (known === undefined) return refuse('KIND_UNKNOWN', 'kind is not one of the documents')
  if (!key(reference)) return refuse('KEY_BAD', 'key must be 12 characters')
  if (!isFields(document)) return refuse('NOT_A_DOCUMENT', 'document is missing')
  const fault = shapeFault(document, known.header, '', 'lines')
  if (fault) return fault
  const { lines } = document
  if (!Array.isArray(lines) || lines.length === 0) return refuse('NO_LINES', 'a document needs lines')
  for (const [i, one] of lines.entries()) {
    const place = `lines[${String(i)}].`
    const lineFault = isFields(one) ? shapeFault(one, known.line, place, '') : refuse('FIELD_BAD', `${place} is not an object`)
    if (lineFault) return lineFault
  }
  return name === 'journal' ? balanceFault(lines as readonly Fields[]) : null
}
