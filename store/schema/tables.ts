/** The tables as statements see them. How they are laid out is in `migrations/`. */
import { BRIDGE_COLUMNS, BRIDGE_KEYS } from '../../channels/contract/index.ts'
import type { BridgeTable } from '../../channels/contract/index.ts'
import type { ColumnType, Table } from '../sql/port.ts'

function table(name: string, key: readonly string[], columns: Readonly<Record<string, ColumnType>>): Table {
  return { name, key, columns }
}

export const message = table('message', ['id'], {
  id: 'int',
  channel: 'text',
  control_id: 'text',
  sender: 'text',
  type: 'text',
  lane: 'text',
  state: 'text',
  accepted_config: 'text',
  run_config: 'text',
  ack_code: 'text',
  ack_bytes: 'bytes',
  ack_at: 'int',
  bytes: 'int',
  fault: 'text',
})
/** `config`: the configuration that decides it, when that is not its message's run_config (after a release). */
export const event = table('event', ['message', 'n'], {
  message: 'int',
  n: 'int',
  rule: 'text',
  anchor: 'text',
  type: 'text',
  state: 'text',
  business_key: 'text',
  case_key: 'text',
  origin: 'int',
  run: 'int',
  bridge: 'text',
  config: 'text',
  later_until: 'int',
})
/** What a decision writes to an event that waits; kept apart so that intake does not write it. */
export const eventWaiting = table('event', ['message', 'n'], { message: 'int', n: 'int', state: 'text', later_until: 'int', later_because: 'text' })
export const delivery = table('delivery', ['message', 'n'], {
  message: 'int',
  n: 'int',
  event: 'int',
  destination: 'text',
  lane: 'text',
  seq: 'int',
  state: 'text',
  attempts: 'int',
  due: 'int',
  step: 'text',
  failure: 'text',
  erp_ref: 'text',
  key: 'text',
  kind: 'text',
  because: 'text',
})
/** Deliveries of events that wait: they become deliveries when the event is applied. */
export const planned = table('planned', ['message', 'n'], { message: 'int', n: 'int', event: 'int', destination: 'text', lane: 'text' })
export const document = table('document', ['key'], {
  key: 'text',
  id: 'text',
  kind: 'text',
  message: 'int',
  n: 'int',
  delivery: 'int',
  mirror_of: 'text',
  chain: 'text',
  body: 'text',
})
export const searchLog = table('search_log', ['id'], { id: 'int', value: 'text', kind: 'text', message: 'int', n: 'int' })
export const origin = table('origin', ['id'], { id: 'int', json: 'text' })
export const configuration = table('configuration', ['id'], { id: 'text', files: 'text', overrides: 'text', policies: 'text', at: 'int' })
export const worklist = table('worklist', ['id'], {
  id: 'int',
  kind: 'text',
  subject: 'text',
  state: 'text',
  text: 'text',
  owner: 'text',
  severity: 'text',
  opened: 'int',
  due: 'int',
  action: 'text',
  by: 'text',
  at: 'int',
  reason: 'text',
  assignee: 'text',
  escalated: 'int',
  care: 'int',
  supply: 'int',
  money: 'int',
  currency: 'text',
  story: 'text',
  releasable: 'int',
})
/** `what` waits: `message` (n = 0), `event` (for its mapping), `bridge` (an event, for its decision), `delivery`. */
export const waiter = table('waiter', ['item', 'message', 'what', 'n', 'field'], {
  item: 'int',
  message: 'int',
  what: 'text',
  n: 'int',
  field: 'text',
  place: 'text',
})
export const correction = table('correction', ['message', 'n', 'field', 'at'], {
  message: 'int',
  n: 'int',
  field: 'text',
  value: 'text',
  by: 'text',
  reason: 'text',
  at: 'int',
  item: 'int',
})
export const translation = table('translation', ['kind', 'subject'], { kind: 'text', subject: 'text', value: 'text', by: 'text', at: 'int', item: 'int' })
export const run = table('run', ['message', 'run'], { message: 'int', run: 'int', config: 'text', reason: 'text', by: 'text', at: 'int' })
export const audit = table('audit', ['n'], { n: 'int', at: 'int', who: 'text', what: 'text', subject: 'text', hash: 'text' })
export const counter = table('counter', ['name'], { name: 'text', value: 'int' })
export const partition = table('content_table', ['name'], { name: 'text', kind: 'text', span: 'text', created: 'int' })

export const worklistComment = table('worklist_comment', ['item', 'at', 'n'], { item: 'int', at: 'int', n: 'int', by: 'text', text: 'text' })
export const apiKey = table('api_key', ['name'], { name: 'text', hash: 'text', scopes: 'text', expires: 'int', revoked: 'int', created: 'int', by: 'text' })
export const subscription = table('subscription', ['id'], {
  id: 'text',
  url: 'text',
  types: 'text',
  secret: 'text',
  state: 'text',
  cursor: 'int',
  failure: 'text',
  by: 'text',
})

/** The current version of each resource; `deleted`: that version is its deletion. */
export const resource = table('resource', ['type', 'id'], { type: 'text', id: 'text', version: 'int', updated: 'int', deleted: 'int', seq: 'int' })
export const resourceVersion = table('resource_version', ['seq'], {
  seq: 'int',
  type: 'text',
  id: 'text',
  version: 'int',
  method: 'text',
  updated: 'int',
  message: 'int',
  body: 'text',
})
export const resourceMessage = table('resource_message', ['message'], { message: 'int', first: 'int' })
export const resourceKey = table('resource_key', ['id', 'type', 'n'], {
  type: 'text',
  id: 'text',
  n: 'int',
  param: 'text',
  system: 'text',
  value: 'text',
  head: 'text',
  low: 'float',
  high: 'float',
})
export const onceValue = table('once_value', ['scope', 'value'], { scope: 'text', value: 'text', until: 'int' })
/** What stands of things that are told whole: the event that tells each line. */
export const statement = table('statement', ['subject', 'line'], {
  subject: 'text',
  line: 'text',
  message: 'int',
  n: 'int',
  digest: 'text',
  reversal: 'text',
})
/** Which message told a thing last. */
export const told = table('told', ['subject'], { subject: 'text', at: 'int', message: 'int' })

/** The bridge's own tables (contract/rows.ts), `document` apart: that one is written through decisions. */
export const bridgeTables = Object.fromEntries(
  (Object.keys(BRIDGE_COLUMNS) as BridgeTable[])
    .filter((name) => name !== 'document')
    .map((name) => [name, table(name, BRIDGE_KEYS[name], BRIDGE_COLUMNS[name])]),
) as Readonly<Record<Exclude<BridgeTable, 'document'>, Table>>

/** Tables of content, by UTC day of the message id, and of lookup, by week: their names are made when they are first needed. */
export const contentTables = {
  raw: (span: string) => table(`raw_${span}`, ['message'], { message: 'int', bytes: 'bytes' }),
  /** `bodies`: one line of JSON an event, the n-th line is event n: one row a message keeps commits short. */
  body: (span: string) => table(`body_${span}`, ['message'], { message: 'int', bodies: 'text' }),
  identity: (span: string) => table(`identity_${span}`, ['control_id', 'message'], { control_id: 'text', message: 'int', sender: 'text', hash: 'bytes' }),
  search: (span: string) =>
    table(`search_${span}`, ['run', 'value', 'kind', 'message', 'n'], { run: 'int', value: 'text', kind: 'text', message: 'int', n: 'int' }),
} as const
export type ContentKind = keyof typeof contentTables
