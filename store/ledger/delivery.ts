/** Claims, outcomes and acknowledgements. Moves are guarded by the state table: a row that may not move is left as it is. */
import { DELIVERY_MOVES, formatDeliveryId } from '../../channels/contract/index.ts'
import type { AcknowledgeOp, ClaimOp, DeliveryState, SettleOp } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { numberOf, selectFrom, updateOf } from '../sql/port.ts'
import type { Cell, Row, Update } from '../sql/port.ts'
import { workOf } from '../work.ts'
import { touch } from './event.ts'
import { wait } from './worklist.ts'
import type { Waiting } from './worklist.ts'
import type { Writing } from './writing.ts'

function sourcesOf(to: DeliveryState): readonly string[] {
  return [...new Set(DELIVERY_MOVES.filter((move) => move.to === to).map((move) => move.from))]
}

const claimUpdate = updateOf(tables.delivery, ['state', 'attempts'], { column: 'state', among: ['QUEUED'] })
const settleSet = ['state', 'attempts', 'due', 'step', 'failure', 'erp_ref'] as const
const settleUpdates = new Map<DeliveryState, Update>(
  (['QUEUED', 'UNKNOWN', 'SENT', 'HELD', 'CANCELLED', 'SENDING'] as const).map((to) => [
    to,
    updateOf(tables.delivery, settleSet, { column: 'state', among: sourcesOf(to) }),
  ]),
)
const acknowledgeUpdate = updateOf(tables.message, ['ack_code', 'ack_bytes', 'ack_at'])
const selectEvents = selectFrom(tables.delivery, { columns: ['message', 'n', 'event', 'key'] })

export async function claim(w: Writing, ops: readonly ClaimOp[]): Promise<readonly { readonly claimed: boolean }[]> {
  const changed = await w.sql.update(
    claimUpdate,
    ops.map((op) => ['SENDING', op.attempts, op.message, op.n]),
  )
  return changed.map((claimed) => ({ claimed }))
}

export async function settle(w: Writing, ops: readonly SettleOp[]): Promise<readonly { readonly settled: boolean }[]> {
  const answers: { settled: boolean }[] = new Array<{ settled: boolean }>(ops.length)
  const byState = new Map<DeliveryState, number[]>()
  ops.forEach((op, i) => {
    const list = byState.get(op.state)
    if (list) list.push(i)
    else byState.set(op.state, [i])
  })
  for (const [state, indexes] of byState) {
    const update = settleUpdates.get(state)
    if (!update) continue
    const rows = indexes.map((i): Cell[] => {
      const op = ops[i] as SettleOp
      return [op.state, op.attempts, op.due, op.step, op.failure ? JSON.stringify(op.failure) : null, op.reference, op.message, op.n]
    })
    const changed = await w.sql.update(update, rows)
    indexes.forEach((i, at) => (answers[i] = { settled: changed[at] ?? false }))
  }
  const settled = ops.filter((_, i) => answers[i]?.settled)
  await wait(
    w,
    settled.flatMap((op) => (op.state === 'HELD' ? [held(op)] : [])),
  )
  if (w.memory.numbers.later) await touchSettled(w, settled)
  return answers
}

function held(op: SettleOp): Waiting {
  const { code, text } = op.failure ?? { code: 'DESTINATION_REFUSED' as const, text: 'The destination refused it.' }
  return { kind: code, subject: formatDeliveryId(op.message, op.n), text, message: op.message, what: 'delivery', n: op.n, field: '', place: '' }
}

/** Reversals may wait for what was settled. */
async function touchSettled(w: Writing, ops: readonly SettleOp[]): Promise<void> {
  const events: [number, number][] = []
  for (const row of await w.sql.select(
    selectEvents,
    ops.map((op) => [op.message, op.n]),
  )) {
    if (row['key'] !== null) events.push([numberOf(row['message']), numberOf(row['event'])])
  }
  await touch(w, events)
}

export async function acknowledge(w: Writing, ops: readonly AcknowledgeOp[]): Promise<readonly { readonly done: true }[]> {
  await w.sql.update(
    acknowledgeUpdate,
    ops.map((op) => [op.ack.code, op.ack.bytes, op.ack.at, op.message]),
  )
  return ops.map(() => ({ done: true }))
}

const selectDeliveries = selectFrom(tables.delivery)
const moveUpdates = new Map<string, Update>()

/** Moves one delivery on a person's word; gives its row as it is now, or null when it may not move. */
export async function moveDelivery(
  w: Writing,
  message: number,
  n: number,
  change: { readonly state: DeliveryState; readonly erpRef?: string },
): Promise<Row | null> {
  const set = change.erpRef === undefined ? ['state', 'due'] : ['state', 'due', 'erp_ref', 'failure']
  const name = `${change.state} ${set.join()}`
  let update = moveUpdates.get(name)
  if (!update) moveUpdates.set(name, (update = updateOf(tables.delivery, set, { column: 'state', among: sourcesOf(change.state) })))
  const cells: Cell[] = change.erpRef === undefined ? [change.state, 0, message, n] : [change.state, 0, change.erpRef, null, message, n]
  const [moved] = await w.sql.update(update, [cells])
  return moved ? ((await w.sql.select(selectDeliveries, [[message, n]]))[0] ?? null) : null
}

/** Lets a held delivery go to its lane again, through lookup after any attempt. */
export async function reopenDelivery(w: Writing, message: number, n: number): Promise<boolean> {
  const row = (await w.sql.all('select key, attempts from delivery where message = ? and n = ?', [message, n]))[0]
  const asked = row?.['key'] !== null && numberOf(row?.['attempts']) > 0
  const moved = await moveDelivery(w, message, n, { state: asked ? 'UNKNOWN' : 'QUEUED' })
  if (moved) w.work.push(...(await workOf(w, [moved])))
  return moved !== null
}

/** Highest delivery number of each message, those planned included. */
export async function lastNumbers(w: Writing, messages: Iterable<number>): Promise<Map<number, number>> {
  const last = new Map<number, number>()
  for (const message of new Set(messages)) {
    const deliveries = await w.sql.all('select max(n) as n from delivery where message = ?', [message])
    const planned = await w.sql.all('select max(n) as n from planned where message = ?', [message])
    last.set(message, Math.max(numberOf(deliveries[0]?.['n']), numberOf(planned[0]?.['n'])))
  }
  return last
}
