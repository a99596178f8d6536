/**
 * Stock movements inside the hospital: issues, returns, transfers and differences of counts are internal shipments with the key as their
 * reference. A consigned issue is two of them: out of the supplier's stock, which makes the ERP owe it, and on to where it was used (R7).
 */
import type { ErpDocument } from '../../connector.ts'
import type { Desk } from '../desk.ts'
import { companyOf, consignmentOf, locationOf, lotOf, nowhereOf, periodOf, productIn, productsOf, unitIn, unitsOf, warehouseOf } from '../masters.ts'
import { dateOf, Failure, floatOf, idIn, idOf, linesOf, refuse, said, textIn } from '../values.ts'
import type { Body, Row } from '../values.ts'
import { domainOfNumber, recordOf } from './kind.ts'
import type { Found, KindTranslation } from './kind.ts'

export const MODEL = 'stock.shipment.internal'
const DEBT = 'account.invoice.line'
const FIELDS = ['state', 'number', 'reference', 'from_location', 'to_location']

/** One shipment of a document. */
interface Leg {
  readonly from: number
  readonly to: number
  /** Given back to a supplier: key of the issue that it was used by, whose debt it takes back. */
  readonly givesBack?: string
  readonly lines: readonly Body[]
}

/** Where the goods lie: the document's location, or the storage of the warehouse. */
async function placeOf(desk: Desk, body: Body, shelf: number | null): Promise<number> {
  const code = said(body, 'location')
  const place = code === '' ? null : await locationOf(desk, code)
  return place === null || place === shelf ? storageOf(desk) : place
}
async function storageOf(desk: Desk): Promise<number> {
  const [row] = await desk.rows('stock.location', [['id', '=', await warehouseOf(desk)]], ['storage_location'])
  const storage = row === undefined ? null : idIn(row, 'storage_location')
  if (storage === null) throw refuse('The ERP’s warehouse has no storage location.')
  return storage
}

async function legsOf(desk: Desk, { kind, body }: ErpDocument): Promise<readonly Leg[]> {
  const lines = linesOf(body)
  if (kind === 'stock-transfer') return [{ from: await locationOf(desk, said(body, 'from')), to: await locationOf(desk, said(body, 'to')), lines }]
  const owner = said(body, 'owner')
  const shelf = body['consigned'] === true ? await consignmentOf(desk, said(body, 'supplier')) : null
  // What a count finds of a supplier's goods is on its shelf, wherever the shelf is.
  const place = kind === 'stock-adjustment' && owner !== '' ? await consignmentOf(desk, owner) : await placeOf(desk, body, shelf)
  const nowhere = await nowhereOf(desk)
  if (kind === 'stock-adjustment') {
    const going = (direction: string): readonly Body[] => lines.filter((line) => line['direction'] === direction)
    return [
      { from: place, to: nowhere, lines: going('out') },
      { from: nowhere, to: place, lines: going('in') },
    ].filter((leg) => leg.lines.length > 0)
  }
  const out: Leg[] = [...(shelf === null ? [] : [{ from: shelf, to: place, lines }]), { from: place, to: nowhere, lines }]
  return kind === 'goods-return'
    ? out.reverse().map(({ from, to }) => ({ from: to, to: from, ...(from === shelf ? { givesBack: said(body, 'mirrorOf') } : {}), lines }))
    : out
}

async function create(desk: Desk, reference: string, body: Body, leg: Leg): Promise<number> {
  const date = dateOf(said(body, 'postingDate'))
  const company = await companyOf(desk)
  const products = await productsOf(desk, leg.lines)
  const units = await unitsOf(desk, leg.lines)
  const debts = leg.givesBack === undefined ? null : await debtsOf(desk, leg.givesBack)
  const moves = []
  for (const line of leg.lines) {
    const product = productIn(products, line)
    const quantity = floatOf(said(line, 'quantity'), `quantity of line ${String(line['line'])}`)
    moves.push({
      product: product.id,
      uom: unitIn(units, line, product),
      quantity,
      lot: await lotOf(desk, product, line),
      from_location: leg.from,
      to_location: leg.to,
      company,
      ...(debts === null ? {} : givingBack(debts, product.id, quantity, company)),
    })
  }
  return desk.create(MODEL, {
    reference,
    company,
    from_location: leg.from,
    to_location: leg.to,
    // Alike, or Tryton puts the goods in transit between two days.
    planned_date: date,
    planned_start_date: date,
    effective_date: date,
    effective_start_date: date,
    moves: [['create', moves]],
  })
}

/** What the ERP owes since an issue took consigned goods: the invoice lines that it made of their moves. */
async function debtsOf(desk: Desk, key: string): Promise<readonly Row[]> {
  const shipments = await desk.rows(MODEL, [['reference', '=', `${key}/1`]], [])
  const moves = await desk.rows('stock.move', [['shipment', 'in', shipments.map((row) => recordOf(MODEL, idOf(row)))]], ['origin'])
  const ids = moves.flatMap((row) => (textIn(row, 'origin').startsWith(`${DEBT},`) ? [Number(textIn(row, 'origin').slice(DEBT.length + 1))] : []))
  return desk.rows(DEBT, [['id', 'in', ids]], ['product', 'party', 'currency', 'unit', 'unit_price', 'account', 'description'])
}
/** Tryton takes nothing back by itself: the move names the debt, and makes the line that lowers it. */
function givingBack(debts: readonly Row[], product: number, quantity: number, company: number): Row {
  const debt = debts.find((row) => idIn(row, 'product') === product)
  if (debt === undefined) throw refuse('The ERP does not have the consumption that is to be taken back.')
  const { party, currency, unit, unit_price, account, description } = debt
  const line = { type: 'line', invoice_type: 'in', company, party, currency, product, description, quantity: -quantity, unit, unit_price, account }
  return { origin: recordOf(DEBT, idOf(debt)), currency, unit_price, invoice_lines: [['create', [line]]] }
}

/** Assigns the stock; what was used was used, so without stock it is forced where the user may. */
async function assign(desk: Desk, id: number): Promise<void> {
  if ((await desk.button(MODEL, 'assign_try', id)) === true) return
  try {
    await desk.button(MODEL, 'assign_force', id)
  } catch (error) {
    if (!(error instanceof Failure) || error.failed.code !== 'ERP_REFUSED') throw error
    throw refuse('The ERP has not enough stock of a line at the location, and the bridge’s user may not force the assignment.')
  }
}

async function complete(desk: Desk, id: number, made: boolean): Promise<void> {
  try {
    const state = await desk.bring(MODEL, id, { request: 'draft', draft: 'wait' }, ['waiting', 'assigned', 'shipped', 'done'])
    if (state === 'waiting') await assign(desk, id)
    await desk.bring(MODEL, id, { assigned: 'done', shipped: 'done' }, ['done'])
  } catch (error) {
    if (made && error instanceof Failure && error.failed.code !== 'NO_ANSWER') await takeAway(desk, id)
    throw error
  }
}
async function takeAway(desk: Desk, id: number): Promise<void> {
  await desk.button(MODEL, 'cancel', id).catch(() => undefined)
  await desk.remove(MODEL, [id]).catch(() => undefined)
}

/** The last shipment of a document has its key as reference; those before it have `KEY/1` …, so a half done document shows. */
function referenceOf(key: string, leg: number, legs: number): string {
  return leg === legs - 1 ? key : `${key}/${String(leg + 1)}`
}
async function allOf(desk: Desk, key: string): Promise<readonly Row[]> {
  return desk.rows(
    MODEL,
    [
      ['reference', 'like', `${key}%`],
      ['state', '!=', 'cancelled'],
    ],
    FIELDS,
    { order: [['id', 'ASC']] },
  )
}

function foundIn(row: Row): Found {
  const state = textIn(row, 'state')
  return {
    id: idOf(row),
    reference: textIn(row, 'number') || recordOf(MODEL, idOf(row)),
    key: textIn(row, 'reference').split('/')[0] ?? '',
    state: state === 'done' ? 'posted' : state,
    step: state === 'done' ? null : state,
  }
}

export const shipment: KindTranslation = {
  async find(desk, key) {
    const rows = await allOf(desk, key)
    const [first] = rows
    if (first === undefined) return null
    const last = rows.find((row) => textIn(row, 'reference') === key)
    const open = rows.find((row) => textIn(row, 'state') !== 'done')
    if (open !== undefined) return foundIn(open)
    return last === undefined ? { ...foundIn(first), state: 'draft', step: 'begun' } : foundIn(last)
  },
  async byNumber(desk, number) {
    const [row] = await desk.rows(MODEL, [domainOfNumber(MODEL, number)], FIELDS, { limit: 1 })
    return row === undefined ? null : foundIn(row)
  },
  async deliver(desk, document) {
    const legs = await legsOf(desk, document)
    await periodOf(desk, said(document.body, 'postingDate'))
    const known = await allOf(desk, document.key)
    let reference = ''
    for (const [n, leg] of legs.entries()) {
      const name = referenceOf(document.key, n, legs.length)
      const mine = known.find((row) => textIn(row, 'reference') === name)
      const id = mine === undefined ? await create(desk, name, document.body, leg) : idOf(mine)
      if (mine === undefined) desk.reached('created')
      if (mine === undefined || textIn(mine, 'state') !== 'done') await complete(desk, id, mine === undefined)
      reference = (await shipment.byNumber(desk, recordOf(MODEL, id)))?.reference ?? ''
    }
    return reference
  },
}
