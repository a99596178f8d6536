/** The fields of each kind of document, as the sandbox ERP reads them, with their lengths. */
export type Rule = (value: unknown) => boolean

const text =
  (max: number): Rule =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= max
const mayBeEmpty =
  (max: number): Rule =>
  (value) =>
    typeof value === 'string' && value.length <= max
const flag: Rule = (value) => typeof value === 'boolean'
const oneOf =
  (...words: string[]): Rule =>
  (value) =>
    typeof value === 'string' && words.includes(value)
const pattern =
  (expression: RegExp): Rule =>
  (value) =>
    typeof value === 'string' && expression.test(value)
export const date: Rule = (value) =>
  typeof value === 'string' &&
  /^\d{4}-\d{2}-\d{2}$/.test(value) &&
  !Number.isNaN(Date.parse(`${value}T00:00:00Z`)) &&
  new Date(`${value}T00:00:00Z`).toISOString().startsWith(value)
const quantity = pattern(/^(?=.*[1-9])\d{1,13}(\.\d{1,6})?$/)
const price = pattern(/^\d{1,13}(\.\d{1,6})?$/)
const amount = pattern(/^(?=.*[1-9])\d{1,14}(\.\d{1,4})?$/)
const money = pattern(/^\d{1,14}(\.\d{1,4})?$/)
const signed = pattern(/^-?\d{1,14}(\.\d{1,4})?$/)
const currency = pattern(/^[A-Z]{3}$/)
export const key: Rule = (value) => typeof value === 'string' && value.length === 12
const lineNumber: Rule = (value) => Number.isInteger(value) && Number(value) > 0
const texts =
  (max: number): Rule =>
  (value) =>
    Array.isArray(value) && value.every(text(max))
const itemPrice: Rule = (value) => {
  if (typeof value !== 'object' || value === null) return false
  const { unitPrice, currency: of, unit, ...rest } = value as Readonly<Record<string, unknown>>
  return price(unitPrice) && currency(of) && text(10)(unit) && Object.keys(rest).length === 0
}

export interface Shape {
  readonly must: Readonly<Record<string, Rule>>
  readonly may: Readonly<Record<string, Rule>>
}
export interface Kind {
  readonly prefix: string
  readonly header: Shape
  /** Null: a document without lines. */
  readonly line: Shape | null
  /** Rows of other things that it may carry beside its lines. */
  readonly charge?: Shape
  /** Which part of the books its posting date must be open in: stock, payables or ledger; null: it posts nothing. */
  readonly ledger: 'INV' | 'AP' | 'GL' | null
}

const header: Shape = { must: { eventId: text(200), company: text(20), documentDate: date, postingDate: date }, may: { case: text(60) } }
const bearer = { department: text(40), costCentre: text(20), serviceLine: text(40) }
const supplyLine: Shape = {
  must: { line: lineNumber, item: text(40), quantity, unit: text(10) },
  may: { description: mayBeEmpty(250), lot: text(40), serial: text(40), expiry: date, udi: text(250) },
}

function line(base: Shape, must: Shape['must'], may: Shape['may'] = {}): Shape {
  return { must: { ...base.must, ...must }, may: { ...base.may, ...may } }
}
function kind(prefix: string, ledger: Kind['ledger'], must: Shape['must'], may: Shape['may'], lines: Shape | null, charge?: Shape): Kind {
  return { prefix, ledger, header: line(header, must, may), line: lines, ...(charge ? { charge } : {}) }
}

const issue = { reason: oneOf('usage', 'waste'), consigned: flag }
const issueMay = { ...bearer, location: text(40), supplier: text(40) }
const original = { originalReference: text(40) }
const mirror = { mirrorOf: key, ...original }
const ofOrder = { order: text(40), orderKey: key }
const issueLine = line(supplyLine, {}, { unitCost: price, currency })
const orderLine = line(supplyLine, { unitPrice: price, currency, amount: money }, { vendorCatalog: text(60) })

export const KINDS: Readonly<Record<string, Kind>> = {
  'goods-issue': kind('GI', 'INV', issue, issueMay, issueLine),
  'goods-return': kind('GR', 'INV', { ...issue, mirrorOf: key }, { ...issueMay, ...original }, issueLine),
  'stock-transfer': kind('ST', 'INV', { from: text(40), to: text(40) }, { owner: text(40) }, supplyLine),
  'stock-adjustment': kind(
    'SA',
    'INV',
    { location: text(40), reason: oneOf('count') },
    { ...bearer, owner: text(40) },
    line(supplyLine, { direction: oneOf('in', 'out') }),
  ),
  requisition: kind(
    'REQ',
    null,
    { location: text(40), reason: oneOf('min-max', 'par', 'requested', 'consignment') },
    { ...bearer, supplier: text(40), currency, needed: date, priority: oneOf('routine', 'stat') },
    {
      must: { line: lineNumber, item: text(40), quantity, unit: text(10) },
      may: { description: mayBeEmpty(250), vendorCatalog: text(60), unitPrice: price, location: text(40), needed: date, ...bearer, origins: texts(200) },
    },
  ),
  'purchase-order': kind(
    'PO',
    null,
    {
      orderType: oneOf('bill-only', 'bill-and-replace', 'consignment'),
      state: oneOf('draft', 'submitted'),
      receiptExpected: flag,
      supplier: text(40),
      currency,
    },
    { ...bearer, performer: text(60), location: text(40), contract: text(40) },
    orderLine,
  ),
  'order-cancellation': kind('POC', null, { mirrorOf: key }, original, supplyLine),
  'supplier-order': kind('SO', null, { order: text(40), supplier: text(40), currency, orderDate: date }, { shipTo: text(40) }, orderLine),
  'goods-receipt': kind(
    'RC',
    'INV',
    { supplier: text(40) },
    { ...ofOrder, location: text(40), packingSlip: text(60) },
    line(supplyLine, {}, { orderLine: lineNumber }),
  ),
  'supplier-return': kind('RT', 'INV', { supplier: text(40) }, { ...ofOrder, ...mirror, location: text(40) }, orderLine),
  'supplier-invoice': kind(
    'INV',
    'AP',
    { supplier: text(40), number: text(40), invoiceDate: date, credit: flag, currency, total: money },
    { ...ofOrder, ...mirror, released: text(200) },
    {
      must: { line: lineNumber, quantity, unit: text(10), unitPrice: price, amount: money },
      may: { orderLine: lineNumber, item: text(40), description: mayBeEmpty(250), account: text(20), ...bearer },
    },
    { must: { kind: oneOf('freight', 'tax', 'variance'), amount: signed }, may: { account: text(20), ...bearer } },
  ),
  supplier: kind(
    'SUP',
    null,
    { supplier: text(40), name: text(100), approved: text(200) },
    { taxId: text(40), currency, street: text(100), city: text(60), postcode: text(20), email: text(100) },
    null,
  ),
  item: kind(
    'ITM',
    null,
    { item: text(40), description: text(250), unit: text(10), lotRequired: flag },
    { category: text(40), gtin: pattern(/^\d{8}(\d{4,6})?$/), supplier: text(40), vendorCatalog: text(60), price: itemPrice },
    null,
  ),
  journal: kind(
    'JE',
    'GL',
    { currency, text: text(100) },
    { ...mirror, reverseOn: date },
    { must: { line: lineNumber, account: text(20), side: oneOf('debit', 'credit'), amount }, may: { ...bearer, item: text(40) } },
  ),
}

/** The kind, or undefined for one that the ERP does not know. */
export function kindNamed(name: string): Kind | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
}
