/** Items of a load and what they are called: a name of several items names none, and says so with the item '' (R40). */
import { AqueductError, normalised } from '../../channels/contract/index.ts'
import type { LoadOp } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, selectFrom, textOf } from '../sql/port.ts'
import type { Row } from '../sql/port.ts'
import { History } from './history.ts'
import type { LoadedItem } from './load-rows.ts'
import type { Writing } from './writing.ts'

const { identifier } = tables.bridgeTables
const selectGtin = selectFrom(identifier, { key: ['item'], where: `"scheme" = 'gtin' and "unit" = ''` })
const selectIdentifier = selectFrom(identifier)
const upsertIdentifier = insertInto(identifier, 'replace')

/** The names that a row of items gives its item beside its number, as `scheme␁value`. */
function namesOf(row: Row | LoadedItem['item']): readonly string[] {
  const vendor = textOf(row['vendor_catalog'])
  const charge = textOf(row['charge_code'])
  return [
    ['vendor', vendor],
    ['charge', charge],
    // A number that has its plain form already is found without.
    ...[textOf(row['item']), vendor, charge].flatMap((name, i) => (i === 0 && normalised(name) === name ? [] : [['norm', normalised(name)]])),
  ].flatMap(([scheme = '', value = '']) => (value === '' ? [] : [`${scheme}\u0001${value}`]))
}

/** GTINs by item, before they are loaded. */
export async function gtinsOf(w: Writing, rows: readonly LoadedItem[]): Promise<ReadonlyMap<string, string>> {
  const keys = rows.map(({ item }) => [item.item])
  return new Map((await w.sql.select(selectGtin, keys)).map((row) => [textOf(row['item']), textOf(row['value'])]))
}

/**
 * Gives the items of a load their names, once their rows are written.
 * @param before the rows as they were, by item: what one of them was called may now name another alone
 * @param gtins as {@link gtinsOf} gave them, for the history
 * @throws AqueductError BAD_VALUE when a GTIN names another item already
 */
export async function loadIdentifiers(
  w: Writing,
  op: LoadOp,
  rows: readonly LoadedItem[],
  before: ReadonlyMap<string, Row>,
  gtins: ReadonlyMap<string, string>,
): Promise<void> {
  const history = new History(w, 'item', op.source)
  for (const { item, gtin } of rows) if (before.has(item.item)) history.add(item.item, 'gtin', gtins.get(item.item) ?? '', gtin)
  await history.write()
  for (const { item } of rows)
    await w.sql.run(`delete from identifier where item = ? and scheme in ('gtin','vendor','charge','norm') and unit = ''`, [item.item])

  const owners = new Map<string, string>()
  const claim = (name: string, item: string) => {
    const other = owners.get(name)
    owners.set(name, other === undefined || other === item ? item : '')
  }
  rows.forEach(({ item, gtin }, index) => {
    owners.set(`item\u0001${item.item}`, item.item)
    const device = `gtin\u0001${gtin}`
    const other = owners.get(device)
    if (gtin !== '' && other !== undefined && other !== item.item) refuseGtin(op, index, other)
    if (gtin !== '') owners.set(device, item.item)
    for (const name of namesOf(item)) claim(name, item.item)
  })
  const freed = [...before.values()].flatMap(namesOf).filter((name) => !owners.has(name))
  const doubtful = new Set<string>()
  const asked = [...owners.keys(), ...new Set(freed)].map((name) => name.split('\u0001'))
  for (const row of await w.sql.select(selectIdentifier, asked)) {
    const name = `${textOf(row['scheme'])}\u0001${textOf(row['value'])}`
    const known = textOf(row['item'])
    const owner = owners.get(name)
    if (known === '') doubtful.add(name)
    else if (owner === undefined || owner === known) continue
    else if (row['scheme'] === 'gtin')
      refuseGtin(
        op,
        rows.findIndex(({ gtin }) => gtin === row['value']),
        known,
      )
    else owners.set(name, '')
  }
  if (doubtful.size > 0) await settleDoubtful(w, doubtful, owners, claim)
  await w.sql.insert(
    upsertIdentifier,
    [...owners].map(([name, item]) => [...name.split('\u0001'), item, '']),
  )
}

/** Names that were of several items: the item rows tell whether they still are. Those that are of none any more go. */
async function settleDoubtful(
  w: Writing,
  doubtful: ReadonlySet<string>,
  owners: Map<string, string>,
  claim: (name: string, item: string) => void,
): Promise<void> {
  for (const name of doubtful) owners.delete(name)
  for (const row of await w.sql.all('select item, vendor_catalog, charge_code from item order by item'))
    for (const name of namesOf(row)) if (doubtful.has(name)) claim(name, textOf(row['item']))
  for (const name of doubtful) if (!owners.has(name)) await w.sql.run('delete from identifier where scheme = ? and value = ?', name.split('\u0001'))
}

function refuseGtin(op: LoadOp, index: number, other: string): never {
  const place = `${op.source} line ${String(index + 2)} column gtin`
  throw new AqueductError('BAD_VALUE', `${place}: this GTIN names item ${other} already; nothing of the file was loaded.`, { place })
}
