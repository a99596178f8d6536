/** The reader: every query of console, API and engine, on a connection that cannot write. */
import type {
  AckCode,
  BridgeTable,
  DeliveryState,
  LoadTable,
  MessageQuery,
  MessageState,
  Reader,
  ResourceQuery,
  RowQuery,
} from '../../channels/contract/index.ts'
import { contentOf, daySpan } from '../schema/content.ts'
import { numberOf, textOf } from '../sql/port.ts'
import type { Sql } from '../sql/port.ts'
import { workOf } from '../work.ts'
import { masterDataOf, stockOf } from './master.ts'
import { listMessages, oneMessage } from './messages.ts'
import { currentResource, resourceHistory, resourcesOfMessage, resourceVersion, searchResources } from './resources.ts'
import { apiKeysOf, dueTimersOf, noticesOf, pageOf, subscriptionsOf } from './rows.ts'
import { iso, refresh } from './source.ts'
import type { Source } from './source.ts'
import { traceOf } from './trace.ts'
import { listWorklist, oneItem } from './worklist.ts'

/** As the partial indexes say it; a list of states would cost a temporary table for every row that is written. */
const OPEN = `state <> 'SENT' and state <> 'CANCELLED'`

export class StoreReader implements Reader {
  readonly #source: Source
  readonly #stop: () => Promise<void>

  constructor(sql: Sql, stop: () => Promise<void> = async () => sql.close()) {
    this.#source = { sql, memory: { tables: new Set() } }
    this.#stop = stop
  }

  resource(type: string, id: string) {
    return currentResource(this.#source, type, id)
  }

  resourceVersion(type: string, id: string, version: number) {
    return resourceVersion(this.#source, type, id, version)
  }

  resourcesOf(message: number) {
    return resourcesOfMessage(this.#source, message)
  }

  resourceHistory(query: Parameters<Reader['resourceHistory']>[0]) {
    return resourceHistory(this.#source, query)
  }

  resources(query: ResourceQuery) {
    return searchResources(this.#source, query)
  }

  messages(query: MessageQuery) {
    return listMessages(this.#source, query)
  }

  async message(id: number) {
    await refresh(this.#source)
    return oneMessage(this.#source, id)
  }

  async raw(id: number) {
    await refresh(this.#source)
    const content = contentOf('raw', daySpan(id))
    if (!this.#source.memory.tables.has(content.table.name)) return null
    const bytes = (await this.#source.sql.select(content.select, [[id]]))[0]?.['bytes']
    return bytes instanceof Uint8Array ? bytes : null
  }

  async header(id: number) {
    const row = (await this.#source.sql.all('select channel, control_id, sender, type, accepted_config, state, ack_code from message where id = ?', [id]))[0]
    if (!row) return null
    return {
      channel: textOf(row['channel']),
      controlId: textOf(row['control_id']),
      sender: textOf(row['sender']),
      type: textOf(row['type']),
      acceptedConfig: textOf(row['accepted_config']),
      state: textOf(row['state']) as MessageState,
      ack: row['ack_code'] === null ? null : (textOf(row['ack_code']) as AckCode),
    }
  }

  async unfinished() {
    const rows = await this.#source.sql.all(`select id, state, ack_code from message where (state = 'RECEIVED' or ack_code is null) order by id`)
    return rows
      .filter((row) => row['state'] === 'RECEIVED' || row['state'] === 'MAPPED')
      .map((row) => ({ id: numberOf(row['id']), state: textOf(row['state']) as MessageState, acked: row['ack_code'] !== null }))
  }

  async openWork(destination: string, after: number, limit: number) {
    const rows = await this.#source.sql.all(`select * from delivery where destination = ? and seq > ? and ${OPEN} order by seq limit ?`, [
      destination,
      after,
      limit,
    ])
    return this.#work(rows)
  }

  async laneWork(destination: string, lane: string, limit: number) {
    const rows = await this.#source.sql.all(`select * from delivery where destination = ? and lane = ? and ${OPEN} order by seq limit ?`, [
      destination,
      lane,
      limit,
    ])
    return this.#work(rows)
  }

  async #work(rows: Parameters<typeof workOf>[1]) {
    if (rows.length > 0) await refresh(this.#source)
    return workOf(this.#source, rows)
  }

  async configuration(id: string) {
    const row = (await this.#source.sql.all('select files, overrides from configuration where id = ?', [id]))[0]
    if (!row) return null
    return { files: JSON.parse(textOf(row['files'])) as Record<string, string>, overrides: JSON.parse(textOf(row['overrides'])) as Record<string, string> }
  }

  worklist(query: Parameters<Reader['worklist']>[0]) {
    return listWorklist(this.#source, query)
  }

  worklistItem(id: number) {
    return oneItem(this.#source, id)
  }

  rows<T extends BridgeTable>(query: RowQuery<T>) {
    return pageOf(this.#source, query)
  }

  dueTimers(now: number, limit: number) {
    return dueTimersOf(this.#source, now, limit)
  }

  notices(query: Parameters<Reader['notices']>[0]) {
    return noticesOf(this.#source, query)
  }

  apiKeys() {
    return apiKeysOf(this.#source)
  }

  subscriptions() {
    return subscriptionsOf(this.#source)
  }

  trace(id: string) {
    return traceOf(this.#source, id)
  }

  /** Open deliveries only: what is closed grows without bound and is counted where it is settled. */
  async counts() {
    const deliveries = await this.#source.sql.all(
      `select destination, state, count(*) as n from delivery where ${OPEN} group by destination, state order by destination, state`,
    )
    const items = await this.#source.sql.all(`select kind, count(*) as n from worklist where state = 'open' group by kind order by kind`)
    const waiting = await this.#source.sql.all(`select count(*) as n from event where state = 'WAITING'`)
    return {
      deliveries: deliveries.map((row) => ({
        destination: textOf(row['destination']),
        state: textOf(row['state']) as DeliveryState,
        count: numberOf(row['n']),
      })),
      worklist: items.map((row) => ({ kind: textOf(row['kind']), count: numberOf(row['n']) })),
      waiting: numberOf(waiting[0]?.['n']),
    }
  }

  async highest() {
    const message = (await this.#source.sql.all('select max(id) as id from message'))[0]
    const seq = (await this.#source.sql.all(`select value from counter where name = 'seq'`))[0]
    return { message: numberOf(message?.['id']), seq: numberOf(seq?.['value']) }
  }

  masterData(): Promise<Readonly<Record<LoadTable, readonly Readonly<Record<string, string | number>>[]>>> {
    return masterDataOf(this.#source)
  }

  async translations() {
    const rows = await this.#source.sql.all('select * from translation order by kind, subject')
    return rows.map((row) => ({
      kind: textOf(row['kind']),
      subject: textOf(row['subject']),
      value: textOf(row['value']),
      by: textOf(row['by']),
      at: iso(numberOf(row['at'])),
      item: numberOf(row['item']),
    }))
  }

  stock(filter: Parameters<Reader['stock']>[0]) {
    return stockOf(this.#source, filter)
  }

  async audit(query: Parameters<Reader['audit']>[0]) {
    const rows = await this.#source.sql.all('select n, at, who, what, subject, hash from audit where n > ? order by n limit ?', [
      query.after ?? 0,
      Math.min(1000, query.limit ?? 100),
    ])
    return rows.map((row) => ({
      n: numberOf(row['n']),
      at: iso(numberOf(row['at'])),
      who: textOf(row['who']),
      what: textOf(row['what']),
      subject: textOf(row['subject']),
      hash: textOf(row['hash']),
    }))
  }

  stop(): Promise<void> {
    return this.#stop()
  }
}
