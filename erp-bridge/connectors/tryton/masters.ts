/** Master data by code: what documents name by code, Tryton names by id. What is not there is refused by its code. */
import type { Desk } from './desk.ts'
import { dateOf, Failure, idIn, idOf, idsIn, inner, refuse, said, textIn } from './values.ts'
import type { Body, Row } from './values.ts'

export interface Product {
  readonly id: number
  readonly name: string
  readonly unit: number
  readonly purchaseUnit: number | null
  readonly lots: boolean
}

async function byCode(desk: Desk, model: string, code: string, fields: readonly string[], what: string, domain: readonly unknown[] = []): Promise<Row> {
  const found = await desk.only(model, [['code', '=', code], ...domain], fields, `${what} with the code ${code}`)
  if (found === null) throw refuse(`The ERP has no ${what} with the code ${code}.`)
  return found
}
async function idByCode(desk: Desk, model: string, code: string, what: string, domain: readonly unknown[] = []): Promise<number> {
  return idOf(await byCode(desk, model, code, [], what, domain))
}

/** Products of all lines at once, by code. */
export async function productsOf(desk: Desk, lines: readonly Body[]): Promise<ReadonlyMap<string, Product>> {
  const codes = [...new Set(lines.map((line) => said(line, 'item')).filter((code) => code !== ''))]
  const fields = ['code', 'template.name', 'template.default_uom', 'template.purchase_uom', 'template.lot_required']
  const rows = await desk.rows('product.product', [['code', 'in', codes]], fields)
  const found = new Map<string, Product>()
  for (const row of rows) {
    const template = inner(row, 'template')
    const code = textIn(row, 'code')
    if (found.has(code)) throw refuse(`The ERP has more than one item with the code ${code}.`)
    found.set(code, {
      id: idOf(row),
      name: textIn(template, 'name'),
      unit: idIn(template, 'default_uom') ?? 0,
      purchaseUnit: idIn(template, 'purchase_uom'),
      lots: Array.isArray(template['lot_required']) && template['lot_required'].length > 0,
    })
  }
  for (const code of codes) if (!found.has(code)) throw refuse(`The ERP has no item with the code ${code}.`)
  return found
}
export function productIn(products: ReadonlyMap<string, Product>, line: Body): Product {
  const product = products.get(said(line, 'item'))
  if (product === undefined) throw refuse('A line names no item.')
  return product
}

/** Tryton's units by ours. */
export async function unitsOf(desk: Desk, lines: readonly Body[]): Promise<ReadonlyMap<string, number>> {
  const ours = [...new Set(lines.map((line) => said(line, 'unit')).filter((unit) => unit !== ''))]
  const symbol = (unit: string): string => desk.config.units.get(unit) ?? unit
  const rows = await desk.rows('product.uom', [['symbol', 'in', ours.map(symbol)]], ['symbol'])
  const ids = new Map(rows.map((row) => [textIn(row, 'symbol'), idOf(row)]))
  return new Map(
    ours.map((unit) => {
      const id = ids.get(symbol(unit))
      if (id === undefined) throw refuse(`The ERP has no unit ${symbol(unit)} for ${unit}; name its symbol in the option units.`)
      return [unit, id]
    }),
  )
}
/** The line's unit; without one the item's own. */
export function unitIn(units: ReadonlyMap<string, number>, line: Body, product: Product): number {
  return units.get(said(line, 'unit')) ?? product.unit
}

export interface Party {
  readonly id: number
  readonly address: number | null
  readonly term: number | null
}
export async function partyOf(desk: Desk, code: string): Promise<Party> {
  const row = await byCode(desk, 'party.party', code, ['addresses', 'supplier_payment_term'], 'supplier')
  return {
    id: idOf(row),
    address: idsIn(row, 'addresses')[0] ?? null,
    term: idIn(row, 'supplier_payment_term'),
  }
}
/** The account that a supplier is owed on: its own, else the company's. */
export async function payableOf(desk: Desk, party: Party): Promise<number> {
  const [own] = await desk.rows('party.party', [['id', '=', party.id]], ['account_payable'])
  const payable = own === undefined ? null : idIn(own, 'account_payable')
  if (payable !== null) return payable
  const [common] = await desk.rows('account.configuration', [], ['default_account_payable'])
  const fallback = common === undefined ? null : idIn(common, 'default_account_payable')
  if (fallback === null) throw refuse('The ERP has no payable account for the supplier.')
  return fallback
}

export const locationOf = (desk: Desk, code: string): Promise<number> => idByCode(desk, 'stock.location', code, 'location')
export const warehouseOf = (desk: Desk): Promise<number> => idByCode(desk, 'stock.location', desk.config.warehouse, 'warehouse', [['type', '=', 'warehouse']])
/** A currency by its code; '' is the company's own. */
export async function currencyOf(desk: Desk, code: string): Promise<number> {
  if (code !== '') return idByCode(desk, 'currency.currency', code, 'currency')
  const [company] = await desk.rows('company.company', [['id', '=', await companyOf(desk)]], ['currency'])
  return (company === undefined ? null : idIn(company, 'currency')) ?? 0
}
export const journalOf = (desk: Desk, code: string): Promise<number> => idByCode(desk, 'account.journal', code, 'journal')
export async function accountsOf(desk: Desk, codes: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const wanted = [...new Set(codes)]
  const company = await companyOf(desk)
  const rows = await desk.rows(
    'account.account',
    [
      ['code', 'in', wanted],
      ['company', '=', company],
    ],
    ['code'],
  )
  const found = new Map(rows.map((row) => [textIn(row, 'code'), idOf(row)]))
  for (const code of wanted) if (!found.has(code)) throw refuse(`The ERP has no account with the code ${code}.`)
  return found
}

export async function companyOf(desk: Desk): Promise<number> {
  const { company } = await desk.context()
  if (typeof company !== 'number') throw refuse('The bridge’s user has no company in the ERP.')
  return company
}

/** Where issued goods go, and where found ones come from. */
export async function nowhereOf(desk: Desk): Promise<number> {
  if (desk.config.issueTo !== null) return locationOf(desk, desk.config.issueTo)
  const [found] = await desk.rows('stock.location', [['type', '=', 'lost_found']], [], { limit: 1, order: [['id', 'ASC']] })
  if (found === undefined) throw refuse('The ERP has no location where issued goods go; name one in the option issue_to.')
  return idOf(found)
}

/** Where a supplier's consigned goods lie. */
export async function consignmentOf(desk: Desk, supplier: string): Promise<number> {
  const party = await partyOf(desk, supplier)
  const what = `consignment location of supplier ${supplier}`
  const found = await desk.only(
    'stock.location',
    [
      ['consignment_party', '=', party.id],
      ['type', '=', 'supplier'],
    ],
    [],
    what,
  )
  if (found === null) throw refuse(`The ERP has no ${what}.`)
  return idOf(found)
}

/** Id of the lot or serial number of a line, made when the ERP does not know it. Null when the line has none. */
export async function lotOf(desk: Desk, product: Product, line: Body): Promise<number | null> {
  const number = said(line, 'lot') || said(line, 'serial')
  if (number === '') return null
  const domain = [
    ['product', '=', product.id],
    ['number', '=', number],
  ]
  const [found] = await desk.rows('stock.lot', domain, [], { limit: 1, order: [['id', 'ASC']] })
  if (found !== undefined) return idOf(found)
  const expiry = said(line, 'expiry')
  return desk.create('stock.lot', { product: product.id, number, ...(expiry === '' ? {} : { shelf_life_expiration_date: dateOf(expiry) }) })
}

export interface Axes {
  readonly costCentre: number
  readonly serviceLine: number
  readonly members: ReadonlyMap<string, number>
}
/** The analytic accounts of a document and its lines. Null when none names a cost centre or service line. */
export async function axesOf(desk: Desk, bodies: readonly Body[]): Promise<Axes | null> {
  const named = (field: string): string[] => [...new Set(bodies.map((body) => said(body, field)).filter((code) => code !== ''))]
  const codes = [
    ['costCentre', 'cost centre', desk.config.axes.costCentre],
    ['serviceLine', 'service line', desk.config.axes.serviceLine],
  ] as const
  const members = new Map<string, number>()
  const roots: Record<string, number> = {}
  for (const [field, what, axis] of codes) {
    const wanted = named(field)
    if (wanted.length === 0) continue
    const root = await idByCode(desk, 'analytic_account.account', axis, 'analytic axis', [['type', '=', 'root']])
    roots[field] = root
    const rows = await desk.rows(
      'analytic_account.account',
      [
        ['code', 'in', wanted],
        ['root', '=', root],
        ['type', '=', 'normal'],
      ],
      ['code'],
    )
    for (const row of rows) members.set(`${field} ${textIn(row, 'code')}`, idOf(row))
    for (const code of wanted) if (!members.has(`${field} ${code}`)) throw refuse(`The ERP has no ${what} with the code ${code}.`)
  }
  return members.size === 0 ? null : { costCentre: roots['costCentre'] ?? 0, serviceLine: roots['serviceLine'] ?? 0, members }
}
/** The analytic entries of a line; what the line does not name, its document does. */
export function entriesOf(axes: Axes | null, line: Body, header: Body): readonly { readonly root: number; readonly account: number }[] {
  if (axes === null) return []
  return (['costCentre', 'serviceLine'] as const).flatMap((field) => {
    const account = axes.members.get(`${field} ${said(line, field) || said(header, field)}`)
    return account === undefined ? [] : [{ root: axes[field], account }]
  })
}

/** The open period of a day. @throws Failure ERP_PERIOD_CLOSED (R35) */
export async function periodOf(desk: Desk, day: string): Promise<number> {
  const domain = [
    ['start_date', '<=', dateOf(day)],
    ['end_date', '>=', dateOf(day)],
    ['type', '=', 'standard'],
    ['company', '=', await companyOf(desk)],
  ]
  const [found] = await desk.rows('account.period', domain, ['state', 'name'], { limit: 1 })
  const text = found === undefined ? `The ERP has no period for ${day}.` : `The ERP’s period ${textIn(found, 'name')} is closed.`
  if (found === undefined || textIn(found, 'state') !== 'open') throw new Failure({ kind: 'failed', code: 'ERP_PERIOD_CLOSED', text })
  return idOf(found)
}
