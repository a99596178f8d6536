/** The chain of whatever an id names, both ways: message → event → document → delivery, with what stopped or changed it. */
import { formatDeliveryId, formatEventId, formatMessageId, parseId } from '../../channels/contract/index.ts'
import type { TraceNode, TraceView } from '../../channels/contract/index.ts'
import { TAKEN_BACK } from '../ledger/taken-back.ts'
import { numberOf, textOf } from '../sql/port.ts'
import type { Row } from '../sql/port.ts'
import { addPurchases, namedPurchases, noPurchases, purchasesOf } from './purchasing.ts'
import type { Purchases } from './purchasing.ts'
import { eventsWithKey, messagesWithControlId } from './source.ts'
import type { Source } from './source.ts'

/** A lot may be in thousands of messages: a trace shows the newest. */
const MESSAGES = 200

/** What to show of a message: all of it, or only some of its events. */
type Wanted = Map<number, Set<number> | 'all'>

export async function traceOf(source: Source, id: string): Promise<TraceView> {
  const nodes = new Map<string, TraceNode>()
  const edges = new Map<string, { from: string; to: string; because: string }>()
  const graph = {
    node: (node: TraceNode) => void (nodes.has(node.id) || nodes.set(node.id, node)),
    edge: (from: string, to: string, because: string) => void edges.set(`${from}\u0001${to}\u0001${because}`, { from, to, because }),
  }
  const done = new Set<string>()
  const { wanted: named, purchases } = await resolve(source, id)
  let wanted = named
  for (let round = 0; (wanted.size > 0 || round === 0) && round < 5; round++) {
    const linked: Wanted = new Map()
    // Purchases of what was asked for; those of what they lead to are another story.
    const told = round === 0 ? purchases : null
    for (const [message, events] of [...wanted].slice(0, MESSAGES)) await addMessage(source, graph, message, events, done, linked, told)
    if (told) await addPurchases(source, graph, told, (message, n) => wantEvent(linked, message, n))
    wanted = linked
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

export interface Graph {
  node(node: TraceNode): void
  edge(from: string, to: string, because: string): void
}

/** Tries what an id can be, the most exact first. */
async function resolve(source: Source, id: string): Promise<{ readonly wanted: Wanted; readonly purchases: Purchases }> {
  const parsed = parseId(id)
  if (parsed) {
    if (parsed.kind === 'message') return { wanted: new Map([[parsed.message, 'all']]), purchases: noPurchases() }
    const row =
      parsed.kind === 'delivery'
        ? (await source.sql.all('select event as n from delivery where message = ? and n = ?', [parsed.message, parsed.n]))[0]
        : (await source.sql.all('select n from event where message = ? and rule = ? and anchor = ?', [parsed.message, parsed.rule, parsed.anchor]))[0]
    return { wanted: row ? new Map([[parsed.message, new Set([numberOf(row['n'])])]]) : new Map(), purchases: noPurchases() }
  }
  const wanted: Wanted = new Map()
  const want = (rows: readonly Row[]) => {
    for (const row of rows) wantEvent(wanted, numberOf(row['message']), numberOf(row['n']))
  }
  want(await source.sql.all('select message, n from document where key = ?', [id.toLowerCase()]))
  want(await source.sql.all('select message, event as n from delivery where erp_ref = ? and key is not null and erp_ref is not null', [id]))
  for (const message of await messagesWithControlId(source, id)) wanted.set(message, 'all')
  for (const [, message, n] of await eventsWithKey(source, id)) wantEvent(wanted, message, n)
  const purchases = await namedPurchases(source, id, (message, n) => wantEvent(wanted, message, n))
  return { wanted, purchases }
}

function wantEvent(wanted: Wanted, message: number, n: number): void {
  const events = wanted.get(message)
  if (events === 'all') return
  if (events) events.add(n)
  else wanted.set(message, new Set([n]))
}

async function addMessage(
  source: Source,
  graph: Graph,
  id: number,
  events: Set<number> | 'all',
  done: Set<string>,
  linked: Wanted,
  purchases: Purchases | null,
): Promise<void> {
  const message = (await source.sql.all('select id, channel, control_id, type, state from message where id = ?', [id]))[0]
  if (!message) return
  const name = formatMessageId(id)
  graph.node({
    kind: 'message',
    id: name,
    ref: textOf(message['control_id']),
    label: `${textOf(message['type'])} on ${textOf(message['channel'])}, ${textOf(message['state'])}`,
  })
  await addItems(source, graph, id, ['message'], 0, name)
  for (const event of await source.sql.all('select * from event where message = ? order by n', [id])) {
    const n = numberOf(event['n'])
    if ((events !== 'all' && !events.has(n)) || done.has(`${name}.${String(n)}`)) continue
    done.add(`${name}.${String(n)}`)
    const eventId = formatEventId(id, textOf(event['rule']), textOf(event['anchor']))
    graph.node({ kind: 'event', id: eventId, ref: textOf(event['state']), label: labelOf(event) })
    graph.edge(name, eventId, `rule ${textOf(event['rule'])}${event['anchor'] === '' ? '' : ` on ${textOf(event['anchor'])}`}`)
    await addItems(source, graph, id, ['event', 'bridge'], n, eventId)
    for (const row of await source.sql.all('select field, by, reason, item, at from correction where message = ? and n = ? order by at', [id, n])) {
      const correction = `${eventId}#${textOf(row['field'])}@${String(numberOf(row['at']))}`
      graph.node({ kind: 'correction', id: correction, ref: textOf(row['field']), label: `by ${textOf(row['by'])}` })
      graph.edge(correction, eventId, textOf(row['reason']))
    }
    await addDeliveries(source, graph, id, n, eventId, linked)
    await addSame(source, graph, id, event, eventId, linked)
    if (purchases) await purchasesOf(source, event, purchases)
  }
}

/** The use that this event tells again, those that tell it again, and what it takes back. */
async function addSame(source: Source, graph: Graph, message: number, event: Row, eventId: string, linked: Wanted): Promise<void> {
  const n = numberOf(event['n'])
  if (event['rule'] === TAKEN_BACK) {
    const original = parseId(textOf(event['anchor']))
    graph.edge(eventId, textOf(event['anchor']), 'takes back what is told no more')
    if (original?.kind === 'event') await wantPlace(source, original, linked)
  }
  const of = 'select u.same_message as message, u.same_n as n, e.rule, e.anchor from "usage" u join event e on e.message = u.same_message and e.n = u.same_n'
  for (const first of await source.sql.all(`${of} where u.message = ? and u.n = ?`, [message, n])) {
    graph.edge(eventId, nameOf(first), 'tells the same use again')
    wantEvent(linked, numberOf(first['message']), numberOf(first['n']))
  }
  const by = 'select u.message, u.n, e.rule, e.anchor from "usage" u join event e on e.message = u.message and e.n = u.n'
  for (const again of await source.sql.all(`${by} where u.same_message = ? and u.same_n = ? and u.same_message <> 0`, [message, n])) {
    graph.edge(nameOf(again), eventId, 'tells the same use again')
    wantEvent(linked, numberOf(again['message']), numberOf(again['n']))
  }
}

function nameOf(row: Row): string {
  return formatEventId(numberOf(row['message']), textOf(row['rule']), textOf(row['anchor']))
}

async function wantPlace(source: Source, place: { readonly message: number; readonly rule: string; readonly anchor: string }, linked: Wanted): Promise<void> {
  const rows = await source.sql.all('select n from event where message = ? and rule = ? and anchor = ?', [place.message, place.rule, place.anchor])
  for (const row of rows) wantEvent(linked, place.message, numberOf(row['n']))
}

async function addDeliveries(source: Source, graph: Graph, id: number, n: number, eventId: string, linked: Wanted): Promise<void> {
  for (const row of await source.sql.all('select * from delivery where message = ? and event = ? order by n', [id, n])) {
    const deliveryId = formatDeliveryId(id, numberOf(row['n']))
    graph.node({ kind: 'delivery', id: deliveryId, ref: textOf(row['state']), label: `${textOf(row['kind'])} to ${textOf(row['destination'])}` })
    await addItems(source, graph, id, ['delivery'], numberOf(row['n']), deliveryId)
    const how = row['state'] === 'SENT' && (await isLinked(source, id, numberOf(row['n']))) ? 'linked by a person in' : 'delivered to'
    if (row['key'] === null) {
      graph.edge(eventId, deliveryId, `${how} ${textOf(row['destination'])}`)
      continue
    }
    const key = textOf(row['key'])
    graph.node({ kind: 'document', id: key, ref: textOf(row['erp_ref']), label: textOf(row['kind']) })
    graph.edge(eventId, key, textOf(row['because']))
    graph.edge(key, deliveryId, `${how} ${textOf(row['destination'])}`)
    const document = (await source.sql.all('select mirror_of from document where key = ?', [key]))[0]
    const original = textOf(document?.['mirror_of'])
    if (original !== '') {
      graph.edge(key, original, 'mirrors')
      for (const other of await source.sql.all('select message, n from document where key = ?', [original]))
        wantEvent(linked, numberOf(other['message']), numberOf(other['n']))
    }
    for (const mirror of await source.sql.all(`select key, message, n from document where mirror_of = ? and mirror_of <> ''`, [key])) {
      graph.edge(textOf(mirror['key']), key, 'mirrors')
      wantEvent(linked, numberOf(mirror['message']), numberOf(mirror['n']))
    }
  }
}

/** An event's type, its case, and why it waits when it waits for a time. */
function labelOf(event: Row): string {
  const because = event['later_until'] === null ? '' : textOf(event['later_because'])
  const caseKey = textOf(event['case_key'])
  const of = caseKey === '' || caseKey.startsWith('order:') ? '' : ` of case ${caseKey}`
  return because === '' ? `${textOf(event['type'])}${of}` : `${textOf(event['type'])}${of}, waits: ${because}`
}

async function isLinked(source: Source, message: number, n: number): Promise<boolean> {
  const rows = await source.sql.all(
    `select 1 as there from waiter w join worklist i on i.id = w.item where w.message = ? and w.n = ? and w.what = 'delivery' and i.action = 'link' limit 1`,
    [message, n],
  )
  return rows.length > 0
}

async function addItems(source: Source, graph: Graph, message: number, whats: readonly string[], n: number, waiting: string): Promise<void> {
  const rows = await source.sql.all(
    'select distinct i.id, i.kind, i.subject, i.state, w.what from waiter w join worklist i on i.id = w.item where w.message = ? and w.n = ? order by i.id',
    [message, n],
  )
  for (const row of rows) {
    if (!whats.includes(textOf(row['what']))) continue
    const item = `worklist ${String(numberOf(row['id']))}`
    graph.node({ kind: 'worklist', id: item, ref: textOf(row['state']), label: `${textOf(row['kind'])} ${textOf(row['subject'])}` })
    graph.edge(waiting, item, row['state'] === 'open' ? 'waits for' : 'waited for')
  }
}
