/** New suppliers (R41) and items (R40). Their own code tells them apart; the key is kept beside it. */
import type { Desk } from '../desk.ts'
import { currencyOf, partyOf, unitsOf } from '../masters.ts'
import { decimalOf, idIn, idOf, idsIn, refuse, said, textIn } from '../values.ts'
import type { Body } from '../values.ts'
import { domainOfNumber } from './kind.ts'
import type { KindTranslation } from './kind.ts'

const PARTY = 'party.party'
const PRODUCT = 'product.product'
const PRICE_DIGITS = 4
const LOT_PLACES = ['supplier', 'storage', 'customer']
const KEY = 12

export const supplier: KindTranslation = {
  async find(desk, key) {
    const [row] = await desk.rows('party.identifier', [['code', '=', key]], ['party', 'party.code'], { limit: 1 })
    const party = row === undefined ? null : idIn(row, 'party')
    if (party === null) return null
    const [found] = await desk.rows(PARTY, [['id', '=', party]], ['code'])
    return { id: party, reference: found === undefined ? '' : textIn(found, 'code'), key, state: 'active', step: null }
  },
  async byNumber(desk, number) {
    const [row] = await desk.rows(PARTY, [domainOfNumber(PARTY, number, 'code')], ['code', 'identifiers'], { limit: 1 })
    if (row === undefined) return null
    const codes = await desk.rows(
      'party.identifier',
      [
        ['id', 'in', idsIn(row, 'identifiers')],
        ['type', '=', null],
      ],
      ['code'],
    )
    const key = codes.map((one) => textIn(one, 'code')).find((code) => code.length === KEY) ?? ''
    return { id: idOf(row), reference: textIn(row, 'code'), key, state: 'active', step: null }
  },
  async deliver(desk, { key, body }) {
    const known = await supplier.find(desk, key)
    if (known !== null) return known.reference
    const code = said(body, 'supplier')
    if ((await supplier.byNumber(desk, code)) !== null) throw refuse(`The ERP already has a supplier with the code ${code}.`)
    const tax = said(body, 'taxId')
    const email = said(body, 'email')
    const address = { street: said(body, 'street'), city: said(body, 'city'), postal_code: said(body, 'postcode'), invoice: true, delivery: false }
    await desk.create(PARTY, {
      name: said(body, 'name'),
      code,
      addresses: [['create', [address]]],
      identifiers: [['create', [{ code: key }, ...(tax === '' ? [] : [{ code: tax }])]]],
      ...(email === '' ? {} : { contact_mechanisms: [['create', [{ type: 'email', value: email }]]] }),
    })
    return code
  },
}

async function categoryOf(desk: Desk, name: string): Promise<number> {
  const found = await desk.only(
    'product.category',
    [
      ['name', '=', name],
      ['accounting', '=', true],
    ],
    [],
    `accounting category ${name}`,
  )
  if (found === null) throw refuse(`The ERP has no accounting category ${name}.`)
  return idOf(found)
}

export const item: KindTranslation = {
  async find(desk, key) {
    const [row] = await desk.rows(PRODUCT, [['description', 'like', `${key}%`]], ['code'], { limit: 1 })
    return row === undefined ? null : { id: idOf(row), reference: textIn(row, 'code'), key, state: 'active', step: null }
  },
  async byNumber(desk, number) {
    const [row] = await desk.rows(PRODUCT, [domainOfNumber(PRODUCT, number, 'code')], ['code', 'description'], { limit: 1 })
    return row === undefined
      ? null
      : { id: idOf(row), reference: textIn(row, 'code'), key: textIn(row, 'description').slice(0, KEY), state: 'active', step: null }
  },
  async deliver(desk, { key, body }) {
    const known = await item.find(desk, key)
    if (known !== null) return known.reference
    const code = said(body, 'item')
    if ((await item.byNumber(desk, code)) !== null) throw refuse(`The ERP already has an item with the code ${code}.`)
    const price = (body['price'] ?? {}) as Body
    const units = await unitsOf(desk, [body, price])
    const unit = units.get(said(body, 'unit'))
    const gtin = said(body, 'gtin')
    const category = said(body, 'category')
    const product = {
      // Tryton computes a product's code; this is the part of it that is the variant's own.
      suffix_code: code,
      description: key,
      ...(gtin === '' ? {} : { identifiers: [['create', [{ type: 'ean', code: gtin }]]] }),
    }
    await desk.create('product.template', {
      name: said(body, 'description'),
      type: 'goods',
      default_uom: unit,
      purchasable: true,
      purchase_uom: units.get(said(price, 'unit')) ?? unit,
      list_price: decimalOf('0', PRICE_DIGITS, 'price'),
      cost_price_method: 'average',
      account_category: category === '' ? null : await categoryOf(desk, category),
      ...(body['lotRequired'] === true ? { lot_required: LOT_PLACES } : {}),
      products: [['create', [product]]],
      product_suppliers: await offersOf(desk, body, price),
    })
    return code
  },
}

async function offersOf(desk: Desk, body: Body, price: Body): Promise<readonly unknown[]> {
  const code = said(body, 'supplier')
  if (code === '') return []
  const party = await partyOf(desk, code)
  const amount = said(price, 'unitPrice')
  const prices = amount === '' ? {} : { prices: [['create', [{ quantity: 0, unit_price: decimalOf(amount, PRICE_DIGITS, 'price') }]]] }
  const currency = said(price, 'currency')
  return [['create', [{ party: party.id, code: said(body, 'vendorCatalog') || null, currency: await currencyOf(desk, currency), ...prices }]]]
}
