/** Goods receipts: the order's moves on a supplier shipment with the key as its reference, received and put away. */
import type { ErpDocument } from '../../connector.ts'
import type { Desk } from '../desk.ts'
import { companyOf, lotOf, partyOf, periodOf, productIn, productsOf, unitIn, unitsOf } from '../masters.ts'
import { dateOf, Failure, floatOf, idIn, idOf, linesOf, refuse, said, textIn } from '../values.ts'
import type { Row } from '../values.ts'
import { domainOfNumber, recordOf } from './kind.ts'
import type { Found, KindTranslation } from './kind.ts'
import { orderLineFor, orderLines, orderOf } from './order.ts'

export const MODEL = 'stock.shipment.in'
const FIELDS = ['state', 'number', 'reference']
const KEY = 12

function foundIn(row: Row): Found {
  const state = textIn(row, 'state')
  return {
    id: idOf(row),
    reference: textIn(row, 'number') || recordOf(MODEL, idOf(row)),
    key: textIn(row, 'reference').slice(0, KEY),
    state: state === 'done' ? 'posted' : state,
    step: state === 'done' ? null : state === 'draft' ? 'created' : state,
  }
}
async function find(desk: Desk, key: string): Promise<Found | null> {
  const domain = [
    ['reference', 'like', `${key}%`],
    ['state', '!=', 'cancelled'],
  ]
  const [row] = await desk.rows(MODEL, domain, FIELDS, { limit: 1, order: [['id', 'ASC']] })
  return row === undefined ? null : foundIn(row)
}

const MOVE_FIELDS = ['origin', 'product', 'uom', 'quantity', 'from_location', 'to_location', 'unit_price', 'currency', 'shipment', 'state']

/**
 * Made in one transaction: the first receipt of an order's line takes the move that waits for it, at the quantity that came, and Tryton makes a
 * move for the rest; further lots of the same line are moves of their own.
 */
async function create(desk: Desk, { key, body }: ErpDocument): Promise<Made> {
  const lines = linesOf(body)
  const { id: order } = await orderOf(desk, body)
  const [row] = await desk.rows('purchase.purchase', [['id', '=', order]], ['state', 'warehouse'])
  if (row === undefined || !['confirmed', 'processing'].includes(textIn(row, 'state')))
    throw refuse('The ERP’s order is not confirmed, so nothing can be received for it.')
  const ordered = (await orderLines(desk, [order])).get(order) ?? []
  const products = await productsOf(desk, lines)
  const units = await unitsOf(desk, lines)
  const moves = await desk.rows(
    'stock.move',
    [
      ['origin', 'in', ordered.map(({ id }) => recordOf('purchase.line', id))],
      ['state', '=', 'draft'],
      ['shipment', '=', null],
    ],
    MOVE_FIELDS,
  )
  const company = await companyOf(desk)
  const taken = new Set<number>()
  const actions: unknown[] = []
  for (const line of lines) {
    const product = productIn(products, line)
    const place = `line ${String(line['line'])}`
    const of = orderLineFor(ordered, line, product.id)
    if (of === null) throw refuse(`The ERP’s order has no line for ${place}.`)
    const waiting = moves.filter((move) => move['origin'] === recordOf('purchase.line', of.id))
    const [model] = waiting
    if (model === undefined) throw refuse(`The ERP expects nothing more of the order’s line ${String(of.line)}.`)
    const lot = await lotOf(desk, product, line)
    if (lot === null && product.lots) throw refuse(`The ERP wants a lot or serial number for ${place}.`)
    const values = {
      quantity: floatOf(said(line, 'quantity'), `quantity of ${place}`),
      uom: unitIn(units, line, product),
      lot,
    }
    const free = waiting.find((move) => !taken.has(idOf(move)))
    if (free === undefined) {
      const { origin, from_location, to_location, unit_price, currency } = model
      actions.push(['create', [{ product: product.id, company, origin, from_location, to_location, unit_price, currency, ...values }]])
    } else {
      taken.add(idOf(free))
      actions.push(['add', [idOf(free)]], ['write', [idOf(free)], values])
    }
  }
  const slip = said(body, 'packingSlip')
  const id = await desk.create(MODEL, {
    supplier: (await partyOf(desk, said(body, 'supplier'))).id,
    company,
    warehouse: idIn(row, 'warehouse'),
    reference: slip === '' ? key : `${key} ${slip}`,
    effective_date: dateOf(said(body, 'postingDate')),
    incoming_moves: actions,
  })
  return { id, taken: moves.filter((move) => taken.has(idOf(move))) }
}

/** A shipment and the order's moves as they were before it took them. */
interface Made {
  readonly id: number
  readonly taken: readonly Row[]
}

/** Gives the order its moves back. Cancelling the shipment with them in it would cancel what is still to come. */
async function takeAway(desk: Desk, { id, taken }: Made): Promise<void> {
  try {
    const all = await desk.rows('stock.move', [['shipment', '=', recordOf(MODEL, id)]], [])
    const own = all.map(idOf).filter((move) => !taken.some((row) => idOf(row) === move))
    if (taken.length > 0)
      await desk.write('stock.move', ...taken.flatMap((row) => [[idOf(row)], { shipment: null, quantity: row['quantity'], uom: row['uom'], lot: null }]))
    if (own.length > 0) await desk.remove('stock.move', own)
    await desk.button(MODEL, 'cancel', id)
    await desk.remove(MODEL, [id])
  } catch (error) {
    // The refusal is what is told; the draft that stays carries the key and is taken up again.
    if (!(error instanceof Failure)) throw error
  }
}

export const receipt: KindTranslation = {
  find,
  async byNumber(desk, number) {
    const [row] = await desk.rows(MODEL, [domainOfNumber(MODEL, number)], FIELDS, { limit: 1 })
    return row === undefined ? null : foundIn(row)
  },
  async deliver(desk, document) {
    const known = await find(desk, document.key)
    if (known?.step === null) return known.reference
    await periodOf(desk, said(document.body, 'postingDate'))
    const made = known === null ? await create(desk, document) : null
    const id = known?.id ?? made?.id ?? 0
    desk.reached('created')
    try {
      await desk.bring(MODEL, id, { draft: 'receive', received: 'done' }, ['done'])
    } catch (error) {
      if (made !== null && error instanceof Failure && error.failed.code !== 'NO_ANSWER') await takeAway(desk, made)
      throw error
    }
    const found = await receipt.byNumber(desk, recordOf(MODEL, id))
    if (found === null) throw refuse('The ERP no longer has the receipt.')
    return found.reference
  },
}
