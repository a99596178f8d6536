/** Master data of Tryton as changes whose attributes are columns of load files. */
import type { InjectedEvent } from '../../../../channels/contract/index.ts'
import type { Desk } from '../desk.ts'
import { companyOf } from '../masters.ts'
import { dayOf, idIn, idOf, idsIn, inner, numberText, plain, textIn } from '../values.ts'
import type { Row } from '../values.ts'
import { all, rowsById } from './changes.ts'
import type { Watch } from './changes.ts'

/** How a kind is pulled: what is watched, and what is told of those that changed. */
export interface Source {
  readonly watches: (desk: Desk) => readonly Watch[]
  readonly tell: (desk: Desk, ids: readonly number[], stamps: ReadonlyMap<number, string>) => Promise<readonly InjectedEvent[]>
}

type Attributes = Readonly<Record<string, string>>
export function occurred(stamps: ReadonlyMap<number, string>, id: number): string {
  return `${(stamps.get(id) ?? '1970-01-01T00:00:00').slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}Z`
}

function change(type: string, table: string | null, code: string, at: string, attributes: Attributes, label = ''): InjectedEvent {
  const status = attributes['status']
  const body = {
    occurredAt: at,
    code,
    ...(label === '' ? {} : { description: label }),
    ...(status === undefined ? {} : { status }),
    ...(table === null ? {} : { table }),
    attributes,
  }
  return { type, businessKey: '', caseKey: '', body, keys: [] }
}
const activity = (row: Row): string => (row['active'] === false ? 'inactive' : 'active')
const known = (attributes: Readonly<Record<string, string | null>>): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ''))

/** Tryton's symbol as our unit. */
export function ourUnit(desk: Desk, symbol: string): string {
  for (const [ours, theirs] of desk.config.units) if (theirs === symbol) return ours
  return symbol
}
/** The company as the bridge knows it: the code of its party. */
export async function companyCode(desk: Desk): Promise<string> {
  const [row] = await desk.rows('company.company', [['id', '=', await companyOf(desk)]], ['party.code'])
  return row === undefined ? '' : textIn(inner(row, 'party'), 'code')
}

/** Owners of changed records through one of their fields. */
function by(field: string): NonNullable<Watch['of']> {
  return (rows) => Promise.resolve(new Map(rows.map((row) => [idOf(row), idIn(row, field) === null ? idsIn(row, field) : [idIn(row, field) ?? 0]])))
}
/** Products of changed offers: an offer is of a product, or of all products of a template. */
function offered(desk: Desk): NonNullable<Watch['of']> {
  return async (rows) => {
    const products = await desk.rows('product.product', [['template', 'in', rows.map((row) => idIn(row, 'template') ?? 0)]], ['template'])
    return new Map(
      rows.map((row) => {
        const own = idIn(row, 'product')
        const ids = own === null ? products.filter((product) => idIn(product, 'template') === idIn(row, 'template')).map(idOf) : [own]
        return [idOf(row), ids]
      }),
    )
  }
}

const OFFER = ['template', 'product', 'party.code', 'code', 'currency.code', 'sequence']
async function offersOf(desk: Desk, products: readonly Row[]): Promise<(product: Row) => readonly Row[]> {
  const domain = ['OR', ['product', 'in', products.map(idOf)], ['template', 'in', products.map((row) => idIn(row, 'template'))]]
  const offers = await desk.rows('purchase.product_supplier', [domain], OFFER, {
    order: [
      ['sequence', 'ASC NULLS FIRST'],
      ['id', 'ASC'],
    ],
  })
  return (product) =>
    offers.filter(
      (offer) => idIn(offer, 'product') === idOf(product) || (idIn(offer, 'product') === null && idIn(offer, 'template') === idIn(product, 'template')),
    )
}
const PRODUCT = [
  'code',
  'active',
  'template',
  'template.name',
  'template.account_category',
  'template.lot_required',
  'template.default_uom',
  'template.purchase_uom',
  'identifiers',
]
async function symbolsOf(desk: Desk, products: readonly Row[]): Promise<ReadonlyMap<number, Row>> {
  const ids = products.flatMap((row) => [idIn(inner(row, 'template'), 'default_uom') ?? 0, idIn(inner(row, 'template'), 'purchase_uom') ?? 0])
  return new Map((await rowsById(desk, 'product.uom', [...new Set(ids)], ['symbol', 'factor'])).map((row) => [idOf(row), row]))
}

const items: Source = {
  watches: (desk) => [
    { model: 'product.product', domain: all('product.product') },
    { model: 'product.template', domain: all('product.template'), fields: ['products'], of: by('products') },
    { model: 'purchase.product_supplier', fields: ['template', 'product'], of: offered(desk) },
    { model: 'product.identifier', fields: ['product'], of: by('product') },
  ],
  async tell(desk, ids, stamps) {
    const products = await rowsById(desk, 'product.product', ids, PRODUCT)
    const offers = await offersOf(desk, products)
    const units = await symbolsOf(desk, products)
    const identifiers = await rowsById(
      desk,
      'product.identifier',
      products.flatMap((row) => idsIn(row, 'identifiers')),
      ['product', 'type', 'code'],
    )
    const names = products.map((row) => idIn(inner(row, 'template'), 'account_category') ?? 0)
    const categories = new Map((await rowsById(desk, 'product.category', [...new Set(names)], ['name'])).map((row) => [idOf(row), textIn(row, 'name')]))
    return products.flatMap((row) => {
      const code = textIn(row, 'code')
      if (code === '') return []
      const template = inner(row, 'template')
      const [base, bought] = [units.get(idIn(template, 'default_uom') ?? 0), units.get(idIn(template, 'purchase_uom') ?? 0)]
      const [offer] = offers(row)
      const gtin = identifiers.find((one) => idIn(one, 'product') === idOf(row) && textIn(one, 'type') === 'ean')
      const at = occurred(stamps, idOf(row))
      const unit = ourUnit(desk, textIn(base ?? {}, 'symbol'))
      const attributes = known({
        item: code,
        description: textIn(template, 'name'),
        base_uom: unit,
        category: categories.get(idIn(template, 'account_category') ?? 0) ?? '',
        supplier: offer === undefined ? '' : textIn(inner(offer, 'party'), 'code'),
        vendor_catalog: offer === undefined ? '' : textIn(offer, 'code'),
        gtin: gtin === undefined ? '' : textIn(gtin, 'code'),
        lot_required: idsOrNames(template['lot_required']) > 0 ? 'yes' : 'no',
        status: activity(row),
      })
      const pack = ourUnit(desk, textIn(bought ?? {}, 'symbol'))
      const factor = Number(bought?.['factor']) / Number(base?.['factor'])
      const packed = pack === '' || pack === unit || !Number.isFinite(factor)
      const more = packed ? [] : [change('MasterDataChanged', 'units', `${code}|${pack}`, at, { item: code, unit: pack, factor: plain(factor) })]
      return [change('ItemChanged', null, code, at, attributes, textIn(template, 'name')), ...more]
    })
  },
}
function idsOrNames(value: unknown): number {
  return Array.isArray(value) ? value.length : 0
}

const prices: Source = {
  watches: (desk) => [
    { model: 'purchase.product_supplier', fields: ['template', 'product'], of: offered(desk) },
    {
      model: 'purchase.product_supplier.price',
      fields: ['product_supplier'],
      async of(rows) {
        const parents = await rowsById(
          desk,
          'purchase.product_supplier',
          [...new Set(rows.map((row) => idIn(row, 'product_supplier') ?? 0))],
          ['template', 'product'],
        )
        const products = await offered(desk)(parents)
        return new Map(rows.map((row) => [idOf(row), products.get(idIn(row, 'product_supplier') ?? 0) ?? []]))
      },
    },
  ],
  async tell(desk, ids, stamps) {
    const products = await rowsById(desk, 'product.product', ids, PRODUCT)
    const offers = await offersOf(desk, products)
    const units = await symbolsOf(desk, products)
    const parents = [...new Set(products.flatMap((product) => offers(product).map(idOf)))]
    // The price from the first piece on; breaks by quantity are the contract's.
    const rows = await desk.rows(
      'purchase.product_supplier.price',
      [
        ['product_supplier', 'in', parents],
        ['quantity', '=', 0],
      ],
      ['product_supplier', 'unit_price'],
    )
    return products.flatMap((product) =>
      offers(product).flatMap((offer) => {
        const price = rows.find((row) => idIn(row, 'product_supplier') === idOf(offer))
        const [item, supplier] = [textIn(product, 'code'), textIn(inner(offer, 'party'), 'code')]
        if (price === undefined || item === '' || supplier === '') return []
        const unit = ourUnit(desk, textIn(units.get(idIn(inner(product, 'template'), 'purchase_uom') ?? 0) ?? {}, 'symbol'))
        const attributes = known({ item, supplier, unit, price: numberText(price['unit_price']), currency: textIn(inner(offer, 'currency'), 'code') })
        return [change('MasterDataChanged', 'prices', `${item}|${supplier}|${unit}`, occurred(stamps, idOf(product)), attributes)]
      }),
    )
  },
}

const suppliers: Source = {
  watches: () => [
    { model: 'party.party', domain: all('party.party') },
    { model: 'party.address', fields: ['party'], of: by('party') },
  ],
  async tell(desk, ids, stamps) {
    const rows = await rowsById(desk, 'party.party', ids, ['code', 'name', 'active', 'addresses', 'tax_identifier.code'])
    const employees = await desk.rows('company.employee', [['party', 'in', ids]], ['party'])
    const companies = await desk.rows('company.company', [['party', 'in', ids]], ['party'])
    const own = new Set([...employees, ...companies].map((row) => idIn(row, 'party')))
    const addresses = await rowsById(
      desk,
      'party.address',
      rows.flatMap((row) => idsIn(row, 'addresses').slice(0, 1)),
      ['postal_code'],
    )
    return rows.flatMap((row) => {
      const code = textIn(row, 'code')
      if (own.has(idOf(row)) || code === '') return []
      const address = addresses.find((one) => idOf(one) === idsIn(row, 'addresses')[0])
      const tax = textIn(inner(row, 'tax_identifier'), 'code')
      const attributes = known({
        supplier: code,
        name: textIn(row, 'name'),
        status: activity(row),
        tax_id: tax,
        postcode: address === undefined ? '' : textIn(address, 'postal_code'),
      })
      return [change('SupplierChanged', null, code, occurred(stamps, idOf(row)), attributes, textIn(row, 'name'))]
    })
  },
}

const KINDS: Readonly<Record<string, string>> = { warehouse: 'warehouse', storage: 'storage', supplier: 'consignment' }
const locations: Source = {
  watches: () => [{ model: 'stock.location', domain: all('stock.location') }],
  async tell(desk, ids, stamps) {
    const rows = await rowsById(desk, 'stock.location', ids, ['code', 'name', 'active', 'type', 'parent.code', 'consignment_party'])
    return rows.flatMap((row) => {
      const [code, type] = [textIn(row, 'code'), textIn(row, 'type')]
      // The supplier's and the customer's own places are none of the hospital's.
      if (code === '' || KINDS[type] === undefined || (type === 'supplier' && idIn(row, 'consignment_party') === null)) return []
      const parent = textIn(inner(row, 'parent'), 'code')
      const attributes = known({ location: code, name: textIn(row, 'name'), status: activity(row), kind: KINDS[type] ?? '', parent })
      return [change('LocationChanged', null, code, occurred(stamps, idOf(row)), attributes, textIn(row, 'name'))]
    })
  },
}

function axis(table: 'cost-centres' | 'service-lines', column: string): Source {
  return {
    watches: (desk) => [
      { model: 'analytic_account.account', domain: [...all('analytic_account.account'), ['type', '=', 'normal'], ['root.code', '=', rootOf(desk, table)]] },
    ],
    async tell(desk, ids, stamps) {
      const rows = await rowsById(desk, 'analytic_account.account', ids, ['code', 'name', 'active'])
      return rows.flatMap((row) => {
        const code = textIn(row, 'code')
        if (code === '') return []
        const attributes = known({ [column]: code, name: textIn(row, 'name'), status: activity(row) })
        return [change('MasterDataChanged', table, code, occurred(stamps, idOf(row)), attributes, textIn(row, 'name'))]
      })
    },
  }
}
function rootOf(desk: Desk, table: 'cost-centres' | 'service-lines'): string {
  return table === 'cost-centres' ? desk.config.axes.costCentre : desk.config.axes.serviceLine
}

const FLAGS = ['expense', 'revenue', 'payable', 'receivable', 'stock'] as const
const accounts: Source = {
  watches: () => [{ model: 'account.account', domain: [['code', '!=', null]] }],
  async tell(desk, ids, stamps) {
    const company = await companyCode(desk)
    const rows = await rowsById(desk, 'account.account', ids, ['code', 'name', 'closed', ...FLAGS.map((flag) => `type.${flag}`)])
    return rows.flatMap((row) => {
      const code = textIn(row, 'code')
      if (code === '') return []
      const flags = inner(row, 'type')
      const kind = FLAGS.find((flag) => flags[flag] === true) ?? ''
      const attributes = known({ account: code, name: textIn(row, 'name'), status: row['closed'] === true ? 'blocked' : 'active', kind, company })
      return [change('MasterDataChanged', 'accounts', code, occurred(stamps, idOf(row)), attributes, textIn(row, 'name'))]
    })
  },
}

/** Tryton closes a period for all ledgers at once. */
const LEDGERS = ['GL', 'AP', 'INV'] as const
const periods: Source = {
  watches: () => [{ model: 'account.period' }],
  async tell(desk, ids, stamps) {
    const company = await companyCode(desk)
    const rows = await rowsById(desk, 'account.period', ids, ['start_date', 'end_date', 'type', 'state'])
    return rows.flatMap((row) => {
      const [from, to] = [dayOf(row['start_date']) ?? '', dayOf(row['end_date']) ?? '']
      const kind = textIn(row, 'type') === 'standard' ? 'standard' : 'adjustment'
      const period = kind === 'standard' ? from.slice(0, 'YYYY-MM'.length) : `${from}A`
      const status = textIn(row, 'state') === 'open' ? 'open' : 'closed'
      return LEDGERS.map((ledger) => {
        const attributes = known({ company, ledger, period, valid_from: from, valid_to: to, kind })
        const told = change('MasterDataChanged', 'periods', `${company}|${ledger}|${period}`, occurred(stamps, idOf(row)), attributes)
        // Its status is none of the three of other master data.
        return { ...told, body: { ...told.body, attributes: { ...attributes, status } } }
      })
    })
  },
}

export const MASTERS = {
  items,
  prices,
  suppliers,
  locations,
  'cost-centres': axis('cost-centres', 'cost_centre'),
  'service-lines': axis('service-lines', 'service_line'),
  accounts,
  periods,
} as const
export { change }
