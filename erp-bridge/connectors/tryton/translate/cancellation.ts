/** Takes lines back from an order (R33): out of it while it is not confirmed; by an order of negative quantity afterwards. */
import type { ErpDocument } from '../../connector.ts'
import type { Desk } from '../desk.ts'
import { productIn, productsOf, unitIn, unitsOf } from '../masters.ts'
import { floatOf, idIn, idOf, idsIn, linesOf, plain, refuse, said, textIn } from '../values.ts'
import type { Row } from '../values.ts'
import { recordOf } from './kind.ts'
import type { Found, KindTranslation } from './kind.ts'
import { findOrder, foundIn, MODEL, orderByNumber, orderLineFor, orderLines, orderOf } from './order.ts'

const FIELDS = ['state', 'number', 'reference', 'comment']
const COPIED = ['party', 'invoice_address', 'payment_term', 'company', 'currency', 'warehouse', 'invoice_method'] as const

/** The order that bears the cancellation's key in its comment: `less KEY`, or `all taken back KEY`. */
async function marked(desk: Desk, key: string): Promise<Row | null> {
  const [row] = await desk.rows(MODEL, [['comment', 'ilike', `%${key}%`]], FIELDS, { limit: 1 })
  return row ?? null
}
function markedState(row: Row, key: string): Found {
  const order = foundIn(row)
  const open = textIn(row, 'comment').includes(`all taken back ${key}`) ? order.state !== 'cancelled' : order.step !== null
  return { ...order, key, state: open ? 'draft' : 'cancelled', step: open ? 'taken' : null }
}

/** What is left of an unconfirmed order, in one write with the mark. Answers whether nothing is. */
async function takeOut(desk: Desk, { key, body }: ErpDocument, id: number, comment: string): Promise<void> {
  const lines = linesOf(body)
  const ordered = (await orderLines(desk, [id])).get(id) ?? []
  const products = await productsOf(desk, lines)
  const units = await unitsOf(desk, lines)
  const left = new Map(ordered.map((line) => [line.id, line.quantity]))
  for (const line of lines) {
    const product = productIn(products, line)
    const place = `line ${String(line['line'])}`
    const of = orderLineFor(ordered, line, product.id) ?? ordered.find((one) => one.line === line['line'] && one.product === product.id)
    if (of === undefined) throw refuse(`The ERP’s order has no line for ${place}.`)
    if (of.unit !== unitIn(units, line, product)) throw refuse(`The ERP’s order has ${place} in another unit.`)
    const rest = Number(plain((left.get(of.id) ?? 0) - floatOf(said(line, 'quantity'), `quantity of ${place}`)))
    if (rest < 0) throw refuse(`The ERP’s order has less left of ${place} than is taken back.`)
    left.set(of.id, rest)
  }
  const all = [...left.values()].every((quantity) => quantity === 0)
  const mark = [comment, `${all ? 'all taken back' : 'less'} ${key}`].filter((text) => text !== '').join('\n')
  const actions = [...left].map(([line, quantity]) => (quantity === 0 ? ['delete', [line]] : ['write', [line], { quantity }]))
  await desk.write(MODEL, [id], all ? { comment: mark } : { comment: mark, lines: actions })
}

/** From where the mark stands to the end. */
async function finish(desk: Desk, key: string, row: Row): Promise<string> {
  const id = idOf(row)
  const all = textIn(row, 'comment').includes(`all taken back ${key}`)
  if (all) await desk.bring(MODEL, id, { draft: 'cancel', quotation: 'cancel' }, ['cancelled'])
  else if (foundIn(row).step !== null) await desk.bring(MODEL, id, { draft: 'quote' }, ['quotation', 'confirmed', 'processing', 'done'])
  return foundIn(row).reference
}

/** A confirmed order stays as it is; one of negative quantity takes it back, at its own prices and bearers. */
async function reverseOrder(desk: Desk, { key, body }: ErpDocument, id: number): Promise<string> {
  const known = await findOrder(desk, key)
  const made = known?.id ?? (await createReverse(desk, key, body, id))
  desk.reached('created')
  await desk.bring(MODEL, made, { draft: 'quote' }, ['quotation', 'confirmed', 'processing', 'done'])
  return (await orderByNumber(desk, recordOf(MODEL, made)))?.reference ?? ''
}

async function createReverse(desk: Desk, key: string, body: ErpDocument['body'], id: number): Promise<number> {
  const lines = linesOf(body)
  const [order] = await desk.rows(MODEL, [['id', '=', id]], COPIED)
  if (order === undefined) throw refuse('The ERP no longer has the order.')
  const ordered = (await orderLines(desk, [id])).get(id) ?? []
  const products = await productsOf(desk, lines)
  const units = await unitsOf(desk, lines)
  const values = []
  for (const line of lines) {
    const product = productIn(products, line)
    const of = orderLineFor(ordered, line, product.id) ?? ordered.find((one) => one.line === line['line'] && one.product === product.id)
    if (of === undefined) throw refuse(`The ERP’s order has no line for line ${String(line['line'])}.`)
    const entries = await desk.rows('analytic.account.entry', [['id', 'in', idsIn(of.row, 'analytic_accounts')]], ['root', 'account'])
    values.push({
      type: 'line',
      sequence: line['line'],
      product: product.id,
      description: textIn(of.row, 'description') || product.name,
      quantity: -floatOf(said(line, 'quantity'), `quantity of line ${String(line['line'])}`),
      unit: unitIn(units, line, product),
      unit_price: of.row['unit_price'],
      analytic_accounts: [['create', entries.map((entry) => ({ root: idIn(entry, 'root'), account: idIn(entry, 'account') }))]],
    })
  }
  const copied = Object.fromEntries(COPIED.map((field) => [field, order[field]]))
  return desk.create(MODEL, { ...copied, reference: key, description: 'taken back', comment: 'to be quotation', lines: [['create', values]] })
}

export const cancellation: KindTranslation = {
  async find(desk, key) {
    const row = await marked(desk, key)
    return row === null ? findOrder(desk, key) : markedState(row, key)
  },
  byNumber: orderByNumber,
  async deliver(desk, document) {
    const { key, body } = document
    const known = await marked(desk, key)
    if (known !== null) return finish(desk, key, known)
    const order = await orderOf(desk, body)
    const [row] = await desk.rows(MODEL, [['id', '=', order.id]], FIELDS)
    const state = row === undefined ? '' : textIn(row, 'state')
    if (state === 'cancelled') return order.reference
    if (state !== 'draft' && state !== 'quotation') return reverseOrder(desk, document, order.id)
    // Only drafts can be changed; the mark of its goal leads it back to a quotation.
    await desk.bring(MODEL, order.id, { quotation: 'draft' }, ['draft'])
    await takeOut(desk, document, order.id, row === undefined ? '' : textIn(row, 'comment'))
    desk.reached('taken')
    const changed = await marked(desk, key)
    if (changed === null) throw refuse('The ERP no longer has the order.')
    return finish(desk, key, changed)
  },
}
