/** Who may call the APIs, who is told of business events, and how far pulls have got. */
import type { ApiKeyOp, CursorOp, SubscriptionOp } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, textOf } from '../sql/port.ts'
import { audit } from './administration.ts'
import type { Writing } from './writing.ts'

const insertKey = insertInto(tables.apiKey, 'replace')
const insertSubscription = insertInto(tables.subscription, 'replace')

/** A key under its name. What was created first stays the time of creation. */
export async function keepApiKey(w: Writing, op: ApiKeyOp): Promise<{ readonly done: true }> {
  const known = (await w.sql.all('select created from api_key where name = ?', [op.name]))[0]
  await w.sql.insert(insertKey, [[op.name, op.hash, op.scopes.join(' '), op.expires, op.revoked ? 1 : 0, known?.['created'] ?? w.now, op.by]])
  await audit(w, [{ op: 'audit', who: op.by, what: op.revoked ? 'api-key.revoke' : 'api-key.keep', subject: op.name }])
  return { done: true }
}

/** Progress (cursor and failure alone) is no act of a person and is not audited. */
export async function keepSubscription(w: Writing, op: SubscriptionOp): Promise<{ readonly done: true }> {
  const known = (await w.sql.all('select url, types, secret, state from subscription where id = ?', [op.id]))[0]
  const types = op.types.join(' ')
  if (op.state === 'removed') await w.sql.run('delete from subscription where id = ?', [op.id])
  else await w.sql.insert(insertSubscription, [[op.id, op.url, types, op.secret, op.state, op.cursor, op.failure, op.by]])
  const same =
    known && textOf(known['url']) === op.url && textOf(known['types']) === types && textOf(known['secret']) === op.secret && textOf(known['state']) === op.state
  if (!same) await audit(w, [{ op: 'audit', who: op.by, what: `subscription.${known || op.state === 'removed' ? op.state : 'added'}`, subject: op.id }])
  return { done: true }
}

const insertCursor = insertInto(tables.bridgeTables.cursor, 'replace')

export async function moveCursors(w: Writing, op: CursorOp): Promise<{ readonly done: true }> {
  await w.sql.insert(
    insertCursor,
    op.rows.map((row) => [row.source, row.kind, row.value, row.at]),
  )
  return { done: true }
}
