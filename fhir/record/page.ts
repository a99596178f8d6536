/** Rows for a page of business events: what belongs to their messages is read in a few queries for all of them, and each message once. */
import type { BridgeTable, BridgeTables, Reader } from '../../channels/contract/index.ts'

export type RecordReader = Pick<Reader, 'rows' | 'message' | 'worklistItem'>
type Row<T extends BridgeTable> = Readonly<BridgeTables[T]>
type Message = Awaited<ReturnType<Reader['message']>>

/** Tables whose rows belong to an event by its message and number. */
type EventTable = 'document' | 'order_line' | 'demand_line'

export class Page {
  readonly #reader: RecordReader
  readonly #messages: readonly number[]
  readonly #events = new Map<EventTable, Promise<ReadonlyMap<string, readonly Row<EventTable>[]>>>()
  readonly #read = new Map<number, Promise<Message>>()

  constructor(reader: RecordReader, messages: readonly number[]) {
    this.#reader = reader
    this.#messages = [...new Set(messages)]
  }

  message(id: number): Promise<Message> {
    let message = this.#read.get(id)
    if (!message) this.#read.set(id, (message = this.#reader.message(id)))
    return message
  }

  worklistItem(id: number): ReturnType<Reader['worklistItem']> {
    return this.#reader.worklistItem(id)
  }

  async one<T extends BridgeTable>(table: T, where: Partial<BridgeTables[T]>): Promise<Row<T> | undefined> {
    return (await this.#reader.rows({ table, where, limit: 1 })).items[0]
  }

  async all<T extends BridgeTable>(
    table: T,
    where: { readonly [C in keyof BridgeTables[T]]?: BridgeTables[T][C] | readonly BridgeTables[T][C][] },
  ): Promise<readonly Row<T>[]> {
    const items: BridgeTables[T][] = []
    for (let after: readonly (string | number)[] | undefined; ;) {
      const page = await this.#reader.rows({ table, where, limit: 1000, ...(after === undefined ? {} : { after }) })
      items.push(...page.items)
      if (page.next === null) return items
      after = JSON.parse(page.next) as (string | number)[]
    }
  }

  /** Rows of an event of one of the page's messages, or of another. */
  async ofEvent<T extends EventTable>(table: T, message: number, n: number): Promise<readonly Row<T>[]> {
    if (!this.#messages.includes(message)) return this.all(table, { message, n } as Partial<BridgeTables[T]>)
    let rows = this.#events.get(table)
    if (!rows) this.#events.set(table, (rows = this.#ofMessages(table)))
    return ((await rows).get(`${String(message)}.${String(n)}`) ?? []) as readonly Row<T>[]
  }

  async #ofMessages(table: EventTable): Promise<ReadonlyMap<string, readonly Row<EventTable>[]>> {
    const rows = new Map<string, Row<EventTable>[]>()
    for (const row of await this.all(table, { message: this.#messages } as Parameters<Page['all']>[1] as never)) {
      const name = `${String(row.message)}.${String(row.n)}`
      const known = rows.get(name)
      if (known) known.push(row)
      else rows.set(name, [row])
    }
    return rows
  }
}
