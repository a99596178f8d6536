/** Purchase orders: drafted, handed in as a quotation where the policy says so, confirmed only where an option says so (R3, R4, R33). */
import type { ErpDocument } from '../../connector.ts'
import type { Desk } from '../desk.ts'
import { axesOf, companyOf, currencyOf, entriesOf, partyOf, productIn, productsOf, unitIn, unitsOf, warehouseOf } from '../masters.ts'
import { dateOf, decimalOf, floatOf, idIn, idOf, linesOf, refuse, said, textIn } from '../values.ts'
import type { Body, Row } from '../values.ts'
import { domainOfNumber, recordOf } from './kind.ts'
import type { Found, KindTranslation } from './kind.ts'

export const MODEL = 'purchase.purchase'
const FIELDS = ['state', 'number', 'reference', 'comment']
const PRICE_DIGITS = 4
/** How far it is to go, in its comment: a lookup knows the key alone. */
type Goal = 'draft' | 'quotation' | 'confirmed'
const GOALS: Readonly<Record<Goal, readonly string[]>> = {
  draft: ['draft', 'quotation', 'confirmed', 'processing', 'done', 'cancelled'],
  quotation: ['quotation', 'confirmed', 'processing', 'done', 'cancelled'],
  confirmed: ['confirmed', 'processing', 'done', 'cancelled'],
}

function goalIn(row: Row): Goal {
  const goal = /\bto be ([a-z]+)/.exec(textIn(row, 'comment'))?.[1]
  return goal === 'quotation' || goal === 'confirmed' ? goal : 'draft'
}
export function stateWord(state: string): string {
  if (state === 'quotation') return 'submitted'
  return state === 'confirmed' || state === 'processing' ? 'ordered' : state === 'done' ? 'closed' : state
}
export function foundIn(row: Row): Found {
  const state = textIn(row, 'state')
  return {
    id: idOf(row),
    reference: textIn(row, 'number') || recordOf(MODEL, idOf(row)),
    key: textIn(row, 'reference'),
    state: stateWord(state),
    step: GOALS[goalIn(row)].includes(state) ? null : state === 'draft' ? 'created' : state,
  }
}

export async function findOrder(desk: Desk, key: string): Promise<Found | null> {
  const [row] = await desk.rows(MODEL, [['reference', '=', key]], FIELDS, { limit: 1, order: [['id', 'ASC']] })
  return row === undefined ? null : foundIn(row)
}
export async function orderByNumber(desk: Desk, number: string): Promise<Found | null> {
  const [row] = await desk.rows(MODEL, [domainOfNumber(MODEL, number)], FIELDS, { limit: 1 })
  return row === undefined ? null : foundIn(row)
}

/** Lot, serial number and device identity of what was used: the supplier replaces or invoices by them. */
function marksOf(line: Body): string {
  return (['vendorCatalog', 'lot', 'serial', 'expiry', 'udi'] as const)
    .flatMap((mark) => (said(line, mark) === '' ? [] : [`${mark} ${said(line, mark)}`]))
    .join(', ')
}

/** The lines as Tryton takes them. @param sign -1 for a return */
async function lineValues(desk: Desk, body: Body, sign: 1 | -1): Promise<readonly unknown[]> {
  const lines = linesOf(body)
  const products = await productsOf(desk, lines)
  const units = await unitsOf(desk, lines)
  const axes = await axesOf(desk, [body, ...lines])
  return lines.map((line) => {
    const product = productIn(products, line)
    const place = `line ${String(line['line'])}`
    const entries = entriesOf(axes, line, body)
    return {
      type: 'line',
      sequence: line['line'],
      product: product.id,
      description: said(line, 'description') || product.name,
      note: marksOf(line) || null,
      quantity: sign * floatOf(said(line, 'quantity'), `quantity of ${place}`),
      unit: unitIn(units, line, product),
      unit_price: decimalOf(said(line, 'unitPrice'), PRICE_DIGITS, `price of ${place}`),
      ...(entries.length === 0 ? {} : { analytic_accounts: [['create', entries]] }),
    }
  })
}

async function create(desk: Desk, { kind, key, body }: ErpDocument, goal: Goal): Promise<number> {
  const party = await partyOf(desk, said(body, 'supplier'))
  const returns = kind === 'supplier-return'
  const currency = said(body, 'currency') || said(linesOf(body)[0] ?? {}, 'currency')
  return desk.create(MODEL, {
    party: party.id,
    invoice_address: party.address,
    payment_term: party.term,
    company: await companyOf(desk),
    currency: await currencyOf(desk, currency),
    warehouse: await warehouseOf(desk),
    invoice_method: returns || body['receiptExpected'] === true ? 'shipment' : 'order',
    purchase_date: dateOf(said(body, 'documentDate')),
    reference: key,
    description: [returns ? 'return' : said(body, 'orderType'), said(body, 'contract')].join(' ').trim(),
    comment: goal === 'draft' ? null : `to be ${goal}`,
    lines: [['create', await lineValues(desk, body, returns ? -1 : 1)]],
  })
}

function goalOf(desk: Desk, { kind, body }: ErpDocument): Goal {
  if (desk.config.confirms.has(kind === 'supplier-return' ? kind : said(body, 'orderType'))) return 'confirmed'
  return kind === 'supplier-return' || body['state'] === 'submitted' ? 'quotation' : 'draft'
}

/** Orders, and returns to the supplier: orders of negative quantity. */
export const order: KindTranslation = {
  find: findOrder,
  byNumber: orderByNumber,
  async deliver(desk, document) {
    const goal = goalOf(desk, document)
    const known = await findOrder(desk, document.key)
    const id = known?.id ?? (await create(desk, document, goal))
    desk.reached('created')
    await desk.bring(MODEL, id, { draft: 'quote', quotation: 'confirm' }, GOALS[goal])
    const found = await orderByNumber(desk, recordOf(MODEL, id))
    if (found === null) throw refuse('The ERP no longer has the order.')
    return found.reference
  },
}

/** The order that a document is of: by the ERP's number, else by our key. @throws Failure when there is none */
export async function orderOf(desk: Desk, body: Body): Promise<Found> {
  const number = said(body, 'order') || said(body, 'originalReference')
  const key = said(body, 'orderKey') || said(body, 'mirrorOf')
  const found = (number === '' ? null : await orderByNumber(desk, number)) ?? (key === '' ? null : await findOrder(desk, key))
  if (found === null) throw refuse('The ERP does not have the order that it belongs to.')
  return found
}

export interface OrderLine {
  readonly id: number
  /** Its number as the bridge knows it: the sequence, or its place. */
  readonly line: number
  readonly product: number | null
  readonly quantity: number
  readonly unit: number | null
  readonly row: Row
}
const LINE_FIELDS = [
  'sequence',
  'product',
  'product.code',
  'quantity',
  'unit',
  'unit.symbol',
  'unit_price',
  'moves',
  'invoice_lines',
  'description',
  'analytic_accounts',
]

/** Lines of orders in their order. Lines are numbered by sequence where every one has its own, else by place. */
export async function orderLines(desk: Desk, orders: readonly number[]): Promise<ReadonlyMap<number, readonly OrderLine[]>> {
  const rows = await desk.rows(
    'purchase.line',
    [
      ['purchase', 'in', orders],
      ['type', '=', 'line'],
    ],
    ['purchase', ...LINE_FIELDS],
    { order: [['id', 'ASC']] },
  )
  const found = new Map<number, OrderLine[]>()
  for (const id of orders) {
    const mine = rows.filter((row) => idIn(row, 'purchase') === id)
    const sequences = mine.map((row) => idIn(row, 'sequence'))
    const numbered = sequences.every((sequence) => sequence !== null) && new Set(sequences).size === mine.length
    found.set(
      id,
      mine.map((row, i) => ({
        id: idOf(row),
        line: numbered ? (idIn(row, 'sequence') ?? 0) : i + 1,
        product: idIn(row, 'product'),
        quantity: typeof row['quantity'] === 'number' ? row['quantity'] : 0,
        unit: idIn(row, 'unit'),
        row,
      })),
    )
  }
  return found
}
/** The order's line that a line is of: by its number, else the only one of the item. */
export function orderLineFor(lines: readonly OrderLine[], line: Body, product: number | null): OrderLine | null {
  const number = line['orderLine']
  if (typeof number === 'number') return lines.find((one) => one.line === number) ?? null
  const same = lines.filter((one) => one.product !== null && one.product === product)
  return same.length === 1 ? (same[0] ?? null) : null
}
