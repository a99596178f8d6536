/** 856: what is on its way. One event for each order in it. */
import { readDate } from '../x12/index.ts'
import { partnersOf } from './meaning.ts'
import type { Meaning, Source } from './meaning.ts'
import { before, dateOf, descriptionOf, first, itemOf, present, productIds, realOf, referencesOf } from './transaction.ts'
import type { Line } from './transaction.ts'

interface Level {
  readonly n: number
  readonly id: string
  readonly parent: string
  readonly kind: string
  readonly lines: readonly Line[]
}

export function readShipment(source: Source): readonly Meaning[] {
  const bsn = first(source.lines, 'BSN')
  if (bsn === undefined) return []
  const levels = levelsOf(source.lines)
  const byId = new Map(levels.map((level) => [level.id, level]))
  const shipment = levels.find((level) => level.kind === 'S')
  const head = [...before(source.lines, ['HL']), ...(shipment?.lines ?? [])]
  const delivery = dateOf(head, ['067', '017', '002', '035'])
  const items = levels.filter((level) => level.kind === 'I')
  const orders = levels.filter((level) => level.kind === 'O')
  return (orders.length === 0 ? [null] : orders).map((order) => {
    const own = items.filter((item) => order === null || ancestor(item, 'O', byId) === order)
    const prf = first(order?.lines ?? head, 'PRF') ?? own.map((item) => first(item.lines, 'PRF')).find((found) => found !== undefined)
    const made = own.flatMap((item, n) => linesOf(item, n + 1, delivery))
    return {
      part: order === null ? '' : `HL(${String(order.n)})`,
      type: 'ShipmentAnnounced',
      body: present({
        occurredAt: readDate(bsn.at(3)) ?? source.today,
        number: bsn.at(2),
        order: prf?.at(1),
        date: readDate(bsn.at(3)) ?? undefined,
        reference: referencesOf(head, ['CN', 'BM', '2I'])[0],
        lines: made,
      }),
      places: { number: 'BSN-2', order: prf ? `${prf.place}-1` : 'PRF-1', occurredAt: 'BSN-3', date: 'BSN-3', reference: 'REF-2', lines: 'LIN' },
      partners: partnersOf(source),
      amounts: false,
      doubts: [],
    } satisfies Meaning
  })
}

function levelsOf(lines: readonly Line[]): readonly Level[] {
  const levels: (Level & { lines: Line[] })[] = []
  for (const line of lines) {
    if (line.id === 'HL') levels.push({ n: levels.length + 1, id: line.at(1), parent: line.at(2), kind: line.at(3), lines: [] })
    else if (line.id !== 'CTT') levels.at(-1)?.lines.push(line)
  }
  return levels
}

/** The nearest level of a kind above one; a ring of parents ends the search. */
function ancestor(level: Level, kind: string, byId: ReadonlyMap<string, Level>): Level | null {
  const seen = new Set<Level>()
  let at: Level | undefined = level
  while (at !== undefined && !seen.has(at)) {
    if (at.kind === kind) return at
    seen.add(at)
    at = byId.get(at.parent)
  }
  return null
}

/** A line of an item; as many as it has serial numbers when they are as many as pieces. */
function linesOf({ lines }: Level, n: number, delivery: string | undefined): Record<string, unknown>[] {
  const lin = first(lines, 'LIN')
  const sn1 = first(lines, 'SN1')
  const ids = lin === undefined ? new Map<string, string>() : productIds(lin, 2)
  const lots = unique([...(ids.get('LT') === undefined ? [] : [ids.get('LT') ?? '']), ...referencesOf(lines, ['LT', 'BT'])])
  const serials = unique([...(ids.get('SN') === undefined ? [] : [ids.get('SN') ?? '']), ...referencesOf(lines, ['SE'])])
  const number = lin?.at(1) || sn1?.at(1) || ''
  const value = sn1 === undefined ? undefined : realOf(sn1, 2)
  const unit = sn1?.at(3) ?? ''
  const common = {
    orderLine: number,
    item: itemOf(ids),
    description: descriptionOf(lines),
    date: dateOf(lines, ['067', '017', '002']) ?? delivery,
    // Several lots in one line are not told apart by quantity: none is claimed.
    lot: lots.length === 1 ? lots[0] : undefined,
    expiry: dateOf(lines, ['036']),
  }
  const line = number === '' ? String(n) : number
  if (serials.length > 1 && value !== undefined && Number(value) === serials.length) {
    return serials.map((serial, k) => present({ line: `${line}.${String(k + 1)}`, ...common, serial, quantity: { value: '1', unit } }))
  }
  const quantity = value === undefined || value.startsWith('-') ? undefined : { value, unit }
  return [present({ line, ...common, serial: serials.length === 1 ? serials[0] : undefined, quantity })]
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)]
}
