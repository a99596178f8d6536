/** The lines of a supplier's invoice as Tryton takes them: changes to drafts that the order made, and lines of its own. */
import { parseDecimal } from '../../../amounts.ts'
import type { Desk } from '../desk.ts'
import { accountsOf, axesOf, companyOf, currencyOf, entriesOf, productsOf, unitsOf } from '../masters.ts'
import type { Product } from '../masters.ts'
import { decimalOf, floatOf, idIn, idOf, inner, linesOf, refuse, said } from '../values.ts'
import type { Body, Row } from '../values.ts'
import { recordOf } from './kind.ts'
import { orderLineFor, orderLines, orderOf } from './order.ts'
import type { OrderLine } from './order.ts'

const PRICE_DIGITS = 4

export interface Bill {
  /** The order's draft invoice that becomes this one; null: it is a new invoice. */
  readonly draft: number | null
  /** Changes of its lines. */
  readonly actions: readonly unknown[]
  /** Lines of the order's other drafts that are in this one now. */
  readonly emptied: readonly { readonly invoice: number; readonly lines: readonly number[] }[]
}

interface Ground {
  readonly ordered: readonly OrderLine[]
  readonly drafts: readonly Row[]
  readonly products: ReadonlyMap<string, Product>
  readonly units: ReadonlyMap<string, number>
  readonly accounts: ReadonlyMap<string, number>
  readonly shared: Body
  readonly entries: (line: Body) => readonly unknown[]
  readonly sign: 1 | -1
}

/** Charges that are in the total. A variance is mostly within the lines' own prices; it is a line only when the total needs it. */
function chargesIn(body: Body): readonly Body[] {
  const charges = Array.isArray(body['charges']) ? (body['charges'] as readonly Body[]) : []
  const cents = (text: string): bigint => {
    const value = parseDecimal(text)
    return value === null ? 0n : (value.over * 1_000_000n) / value.under
  }
  const sum = (bodies: readonly Body[]): bigint => bodies.reduce((total, one) => total + cents(said(one, 'amount')), 0n)
  const plain = charges.filter((charge) => charge['kind'] !== 'variance')
  return sum(linesOf(body)) + sum(plain) === cents(said(body, 'total')) ? plain : charges
}

function accountOfCharge(desk: Desk, charge: Body): string {
  const kind = said(charge, 'kind')
  const code = said(charge, 'account') || desk.config.charges.get(kind) || ''
  if (code === '') throw refuse(`The ${kind} of the invoice has no account; name one in the option charges.`)
  return code
}

/** The account of a product's line: what its receipt was booked against, else its expense. */
async function productAccount(desk: Desk, product: number): Promise<number> {
  const [row] = await desk.rows('product.product', [['id', '=', product]], ['template.account_category'])
  const category = row === undefined ? null : idIn(inner(row, 'template'), 'account_category')
  const [accounts] = category === null ? [] : await desk.rows('product.category', [['id', '=', category]], ['account_stock_in', 'account_expense'])
  const account = accounts === undefined ? null : (idIn(accounts, 'account_stock_in') ?? idIn(accounts, 'account_expense'))
  if (account === null) throw refuse('The ERP has no account for an item of the invoice.')
  return account
}

async function ownLine(desk: Desk, ground: Ground, line: Body, of: OrderLine | null): Promise<unknown> {
  const product = of?.product ?? ground.products.get(said(line, 'item'))?.id ?? null
  const place = `line ${String(line['line'])}`
  const named = said(line, 'account')
  if (named === '' && product === null) throw refuse(`The ERP’s ${place} has neither item nor account.`)
  const entries = ground.entries(line)
  return {
    type: 'line',
    ...ground.shared,
    product,
    account: named === '' ? await productAccount(desk, product ?? 0) : ground.accounts.get(named),
    description: said(line, 'description') || said(line, 'item') || place,
    quantity: ground.sign * floatOf(said(line, 'quantity'), `quantity of ${place}`),
    unit: ground.units.get(said(line, 'unit')) ?? null,
    unit_price: decimalOf(said(line, 'unitPrice'), PRICE_DIGITS, `price of ${place}`),
    origin: of === null ? null : recordOf('purchase.line', of.id),
    ...(entries.length === 0 ? {} : { analytic_accounts: [['create', entries]] }),
  }
}

async function groundOf(desk: Desk, body: Body): Promise<Ground> {
  const lines = linesOf(body)
  const charges = chargesIn(body)
  const credit = body['credit'] === true
  const ofOrder = said(body, 'order') !== '' || said(body, 'orderKey') !== ''
  const order = ofOrder ? (await orderOf(desk, body)).id : null
  const ordered = order === null ? [] : ((await orderLines(desk, [order])).get(order) ?? [])
  const origins = ordered.map(({ id }) => recordOf('purchase.line', id))
  const open = [
    ['origin', 'in', origins],
    ['invoice.state', '=', 'draft'],
    ['invoice.reference', '=', null],
  ]
  const drafts = credit || order === null ? [] : await desk.rows('account.invoice.line', open, ['origin', 'invoice', 'quantity'], { order: [['id', 'ASC']] })
  const axes = await axesOf(desk, [...lines, ...charges])
  return {
    ordered,
    drafts,
    products: await productsOf(desk, lines),
    units: await unitsOf(desk, lines),
    accounts: await accountsOf(desk, [
      ...lines.map((line) => said(line, 'account')).filter((code) => code !== ''),
      ...charges.map((charge) => accountOfCharge(desk, charge)),
    ]),
    shared: { company: await companyOf(desk), currency: await currencyOf(desk, said(body, 'currency')) },
    entries: (line) => entriesOf(axes, line, {}),
    sign: credit ? -1 : 1,
  }
}

/** What is to be done to lines. Nothing is changed yet. */
export async function billLines(desk: Desk, body: Body): Promise<Bill> {
  const ground = await groundOf(desk, body)
  const matched = linesOf(body).map((line) => {
    const product = ground.products.get(said(line, 'item'))?.id ?? null
    const of = orderLineFor(ground.ordered, line, product)
    if (of === null && line['orderLine'] !== undefined) throw refuse(`The ERP’s order has no line ${String(line['orderLine'])}.`)
    return { line, of }
  })
  const draftsOf = (of: OrderLine | null): readonly Row[] =>
    of === null ? [] : ground.drafts.filter((row) => row['origin'] === recordOf('purchase.line', of.id))
  const first = matched.flatMap(({ of }) => draftsOf(of))[0]
  const base = first === undefined ? null : idIn(first, 'invoice')
  const actions: unknown[] = []
  const used = new Set<number>()
  const moved = new Map<number, number[]>()
  for (const { line, of } of matched) {
    const rows = draftsOf(of).filter((row) => !used.has(idOf(row)))
    const kept = rows.find((row) => idIn(row, 'invoice') === base)
    for (const row of rows) {
      used.add(idOf(row))
      const invoice = idIn(row, 'invoice') ?? 0
      if (row === kept) continue
      if (invoice === base) actions.push(['delete', [idOf(row)]])
      else moved.set(invoice, [...(moved.get(invoice) ?? []), idOf(row)])
    }
    if (kept === undefined) actions.push(['create', [await ownLine(desk, ground, line, of)]])
    else actions.push(['write', [idOf(kept)], changes(ground, line)])
  }
  // Received, but not on this invoice: the order makes a draft of it again.
  const unbilled = ground.drafts.filter((row) => idIn(row, 'invoice') === base && !used.has(idOf(row))).map(idOf)
  if (base !== null && unbilled.length > 0) actions.push(['delete', unbilled])
  for (const charge of chargesIn(body)) {
    const entries = ground.entries(charge)
    actions.push([
      'create',
      [
        {
          type: 'line',
          ...ground.shared,
          account: ground.accounts.get(accountOfCharge(desk, charge)),
          description: said(charge, 'kind'),
          quantity: ground.sign,
          unit_price: decimalOf(said(charge, 'amount'), PRICE_DIGITS, said(charge, 'kind')),
          ...(entries.length === 0 ? {} : { analytic_accounts: [['create', entries]] }),
        },
      ],
    ])
  }
  return { draft: base, actions, emptied: [...moved].map(([invoice, lines]) => ({ invoice, lines })) }
}

function changes(ground: Ground, line: Body): Body {
  const place = `line ${String(line['line'])}`
  const unit = ground.units.get(said(line, 'unit'))
  return {
    quantity: floatOf(said(line, 'quantity'), `quantity of ${place}`),
    unit_price: decimalOf(said(line, 'unitPrice'), PRICE_DIGITS, `price of ${place}`),
    ...(unit === undefined ? {} : { unit }),
  }
}
