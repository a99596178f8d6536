/** Deliveries as work, with what is to be sent: an event's body, or a document's. */
import type { DeliveryState, DeliveryWork } from '../channels/contract/index.ts'
import { bodiesOf, eventBody, keyOf } from './ledger/writing.ts'
import * as tables from './schema/tables.ts'
import { numberOf, selectFrom, textOf, textOrNull } from './sql/port.ts'
import type { Row, Sql } from './sql/port.ts'

const selectMessages = selectFrom(tables.message, { columns: ['id', 'control_id', 'lane'] })
const selectDocuments = selectFrom(tables.document, { columns: ['key', 'body'] })

/** @param rows whole rows of `delivery` */
export async function workOf(from: { readonly sql: Sql; readonly memory: { readonly tables: Set<string> } }, rows: readonly Row[]): Promise<DeliveryWork[]> {
  if (rows.length === 0) return []
  const messages = new Map<number, Row>()
  const ids = [...new Set(rows.map((row) => numberOf(row['message'])))]
  for (const row of await from.sql.select(
    selectMessages,
    ids.map((id) => [id]),
  ))
    messages.set(numberOf(row['id']), row)
  const keys = rows.flatMap((row) => (row['key'] === null ? [] : [textOf(row['key'])]))
  const documents = new Map<string, string>()
  for (const row of await from.sql.select(
    selectDocuments,
    keys.map((key) => [key]),
  ))
    documents.set(textOf(row['key']), textOf(row['body']))
  const events = new Map<string, readonly [number, number]>()
  for (const row of rows)
    if (row['key'] === null) events.set(keyOf(numberOf(row['message']), numberOf(row['event'])), [numberOf(row['message']), numberOf(row['event'])])
  const bodies = await bodiesOf(from, [...events.values()])
  return rows.map((row) => {
    const message = numberOf(row['message'])
    const controlId = textOf(messages.get(message)?.['control_id'])
    const messageLane = textOf(messages.get(message)?.['lane'])
    const key = textOrNull(row['key'])
    return {
      message,
      n: numberOf(row['n']),
      seq: numberOf(row['seq']),
      destination: textOf(row['destination']),
      lane: textOf(row['lane']),
      state: textOf(row['state']) as DeliveryState,
      attempts: numberOf(row['attempts']),
      due: numberOf(row['due']),
      step: textOrNull(row['step']),
      key,
      kind: textOf(row['kind']),
      controlId,
      messageLane,
      body: key === null ? eventBody(controlId, messageLane, bodies.get(keyOf(message, numberOf(row['event']))) ?? '{}') : (documents.get(key) ?? '{}'),
    }
  })
}
