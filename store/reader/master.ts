/** Master data and stock, as they were loaded. */
import type { LoadTable, Reader } from '../../channels/contract/index.ts'
import { factorText, unscaled } from '../ledger/amount.ts'
import { numberOf, textOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import type { Source } from './source.ts'

type MasterRow = Readonly<Record<string, string | number>>

const texts = (row: Row, ...columns: string[]): Record<string, string> => Object.fromEntries(columns.map((column) => [column, textOf(row[column])]))

export async function masterDataOf(source: Source): Promise<Readonly<Record<LoadTable, readonly MasterRow[]>>> {
  const gtins = new Map<string, string>()
  for (const row of await source.sql.all(`select item, value from identifier where scheme = 'gtin' order by value desc`))
    gtins.set(textOf(row['item']), textOf(row['value']))
  const all = async (text: string, read: (row: Row) => MasterRow) => (await source.sql.all(text)).map(read)
  return {
    items: await all('select * from item order by item', (row) => ({
      ...texts(row, 'item', 'description', 'base_uom', 'category', 'ownership', 'supplier', 'vendor_catalog', 'charge_code', 'status', 'substitute'),
      gtin: gtins.get(textOf(row['item'])) ?? '',
      lot_required: numberOf(row['lot_required']) === 0 ? 'no' : 'yes',
    })),
    stock: await all('select * from stock order by location, item', (row) => ({
      ...texts(row, 'location', 'item'),
      on_hand: amount(row['on_hand']),
      min: amount(row['min']),
      max: amount(row['max']),
      multiple: amount(row['multiple']),
      par: amount(row['par']),
      min_order: amount(row['min_order']),
    })),
    suppliers: await all('select * from supplier order by supplier', (row) =>
      texts(row, 'supplier', 'name', 'status', 'currency', 'parent', 'tax_id', 'postcode', 'transmission'),
    ),
    locations: await all('select * from location order by location', (row) =>
      texts(row, 'location', 'name', 'department', 'status', 'parent', 'kind', 'company'),
    ),
    departments: await all('select * from department order by department', (row) => texts(row, 'department', 'name', 'cost_centre', 'service_line', 'company')),
    'cost-centres': await all('select * from cost_centre order by cost_centre', (row) =>
      texts(row, 'cost_centre', 'name', 'status', 'company', 'valid_from', 'valid_to'),
    ),
    units: await all('select * from unit order by item, unit', (row) => ({
      ...texts(row, 'item', 'unit'),
      factor: factorText(numberOf(row['numerator']), numberOf(row['denominator'])),
    })),
    prices: await all('select * from price order by item, supplier, unit, valid_from', (row) => ({
      ...texts(row, 'item', 'supplier', 'unit', 'currency', 'valid_from', 'valid_to', 'contract'),
      price: amount(row['price']),
    })),
    contracts: await all('select * from contract order by contract', (row) => texts(row, 'contract', 'supplier', 'name', 'status', 'valid_from', 'valid_to')),
    'service-lines': await all('select * from service_line order by service_line', (row) => texts(row, 'service_line', 'name', 'status')),
    accounts: await all('select * from gl_account order by account', (row) => texts(row, 'account', 'name', 'status', 'kind', 'company')),
    'cost-rules': await all('select * from cost_rule order by basis, value, valid_from', (row) =>
      texts(row, 'basis', 'value', 'cost_centre', 'service_line', 'valid_from', 'valid_to'),
    ),
    'cost-splits': await all('select * from cost_split order by cost_centre, valid_from, line', (row) => ({
      ...texts(row, 'cost_centre', 'target', 'service_line', 'valid_from', 'valid_to'),
      share: unscaled(numberOf(row['share']) * 100),
    })),
    lots: await all('select * from lot order by item, lot', (row) => texts(row, 'item', 'lot', 'expiry', 'status', 'reason')),
    periods: await all('select * from period order by company, ledger, period', (row) =>
      texts(row, 'company', 'ledger', 'period', 'kind', 'status', 'valid_from', 'valid_to'),
    ),
  }
}

export async function stockOf(source: Source, filter: { readonly item?: string; readonly location?: string }): ReturnType<Reader['stock']> {
  const where: string[] = []
  const values: Cell[] = []
  for (const column of ['location', 'item'] as const) {
    if (filter[column] === undefined) continue
    where.push(`${column} = ?`)
    values.push(filter[column])
  }
  const rows = await source.sql.all(`select * from stock${where.length > 0 ? ` where ${where.join(' and ')}` : ''} order by location, item`, values)
  return rows.map((row) => ({
    location: textOf(row['location']),
    item: textOf(row['item']),
    onHand: amount(row['on_hand']),
    min: amount(row['min']),
    max: amount(row['max']),
    onOrder: amount(row['on_order']),
  }))
}

function amount(cell: Cell | undefined): string {
  return unscaled(numberOf(cell))
}
