/** Requisitions: made and handed in; a buyer approves them (R9, R10, R13). */
import type { ErpDocument } from '../../connector.ts'
import type { Desk } from '../desk.ts'
import { companyOf, currencyOf, partyOf, productIn, productsOf, unitIn, unitsOf, warehouseOf } from '../masters.ts'
import { dateOf, decimalOf, floatOf, idOf, linesOf, refuse, said, textIn } from '../values.ts'
import type { Body, Row } from '../values.ts'
import { domainOfNumber, recordOf } from './kind.ts'
import type { Found, KindTranslation } from './kind.ts'

export const MODEL = 'purchase.requisition'
const FIELDS = ['state', 'number', 'description']
const KEY = 12
const PRICE_DIGITS = 4

function foundIn(row: Row): Found {
  const state = textIn(row, 'state')
  return {
    id: idOf(row),
    reference: textIn(row, 'number') || recordOf(MODEL, idOf(row)),
    key: textIn(row, 'description').slice(0, KEY),
    state: state === 'waiting' ? 'submitted' : state,
    step: state === 'draft' ? 'created' : null,
  }
}

async function find(desk: Desk, key: string): Promise<Found | null> {
  const [row] = await desk.rows(MODEL, [['description', 'like', `${key}%`]], FIELDS, { limit: 1, order: [['id', 'ASC']] })
  return row === undefined ? null : foundIn(row)
}

/** What the line says beyond its fields: where it goes, by when, whose number it is. */
function words(line: Body, name: string): string {
  const location = said(line, 'location')
  return [said(line, 'description') || name, ...(location === '' ? [] : [`for ${location}`])].join(' ')
}

async function create(desk: Desk, { key, body }: ErpDocument): Promise<number> {
  const lines = linesOf(body)
  const products = await productsOf(desk, lines)
  const units = await unitsOf(desk, lines)
  const supplier = said(body, 'supplier') === '' ? null : await partyOf(desk, said(body, 'supplier'))
  const { employee } = await desk.context()
  const currency = said(body, 'currency')
  const needed = said(body, 'needed')
  const location = said(body, 'location')
  return desk.create(MODEL, {
    description: [key, said(body, 'reason'), ...(location === '' ? [] : [location])].join(' '),
    // Tryton wants a day; without one it is needed at once.
    supply_date: dateOf(needed || said(body, 'documentDate')),
    warehouse: await warehouseOf(desk),
    company: await companyOf(desk),
    currency: await currencyOf(desk, currency),
    ...(typeof employee === 'number' ? { employee } : {}),
    lines: [
      [
        'create',
        lines.map((line) => {
          const product = productIn(products, line)
          const price = said(line, 'unitPrice')
          const place = `line ${String(line['line'])}`
          return {
            product: product.id,
            description: words(line, product.name),
            unit: unitIn(units, line, product),
            quantity: floatOf(said(line, 'quantity'), `quantity of ${place}`),
            unit_price: price === '' ? null : decimalOf(price, PRICE_DIGITS, `price of ${place}`),
            supplier: supplier?.id ?? null,
          }
        }),
      ],
    ],
  })
}

export const requisition: KindTranslation = {
  find,
  async byNumber(desk, number) {
    const [row] = await desk.rows(MODEL, [domainOfNumber(MODEL, number)], FIELDS, { limit: 1 })
    return row === undefined ? null : foundIn(row)
  },
  async deliver(desk, document) {
    const known = await find(desk, document.key)
    const id = known?.id ?? (await create(desk, document))
    desk.reached('created')
    if (known === null || known.step !== null)
      await desk.bring(MODEL, id, { draft: 'wait' }, ['waiting', 'approved', 'processing', 'done', 'rejected', 'cancelled'])
    const [row] = await desk.rows(MODEL, [['id', '=', id]], FIELDS)
    if (row === undefined) throw refuse('The ERP no longer has the requisition.')
    return foundIn(row).reference
  },
}
