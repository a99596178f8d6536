/**
 * What is kept of FHIR subscriptions besides the resource: rows of `cursor`, because they move in one commit. The place in the feed of
 * writes and every count that changed up to it are one commit, so an event gets its number once, whenever the engine is killed. The log
 * says which write each number is of; what was written is read again from the store's versions, so nothing is kept twice.
 */
import type { BridgeTables, Reader } from '../../channels/contract/index.ts'
import type { FhirWriting } from './writing.ts'

/** A subscription as the fold over the feed left it. */
export interface Head {
  readonly id: string
  /** The version of the resource that it goes by. */
  readonly version: number
  /** Events are counted: it was active once and is neither off nor deleted. */
  readonly counting: boolean
  /** Events since it started. */
  readonly events: number
}

/** Place of the write that each event is of: event n stands at n - 1 - BLOCK × block. */
export type Block = readonly number[]

const PLACE = 'fhir-subscriptions'
const HEAD = 'fhir-subscription'
const SENT = 'fhir-subscription-sent'
const LOG = 'fhir-subscription-log'
export const BLOCK = 100

type CursorRow = BridgeTables['cursor']

export class Tally {
  readonly #reader: Pick<Reader, 'rows'>
  readonly #writing: Pick<FhirWriting, 'cursors'>
  readonly #now: () => number

  constructor(reader: Pick<Reader, 'rows'>, writing: Pick<FhirWriting, 'cursors'>, now: () => number) {
    this.#reader = reader
    this.#writing = writing
    this.#now = now
  }

  /** Null before the first commit. */
  async place(): Promise<number | null> {
    const value = await this.#value(PLACE, 'place')
    return value === null ? null : Number(value)
  }

  async heads(): Promise<readonly Head[]> {
    const heads: Head[] = []
    for (let after: readonly (string | number)[] | undefined; ;) {
      const page = await this.#reader.rows({ table: 'cursor', where: { source: HEAD }, limit: 1000, ...(after === undefined ? {} : { after }) })
      heads.push(...page.items.map(({ value }) => JSON.parse(value) as Head))
      if (page.next === null) return heads
      after = JSON.parse(page.next) as (string | number)[]
    }
  }

  async head(id: string): Promise<Head | null> {
    const value = await this.#value(HEAD, id)
    return value === null ? null : (JSON.parse(value) as Head)
  }

  /** Number of the last event that the subscriber took. */
  async sent(id: string): Promise<number> {
    return Number((await this.#value(SENT, id)) ?? 0)
  }

  async keepSent(id: string, number: number): Promise<void> {
    await this.#writing.cursors([this.#row(SENT, id, String(number))])
  }

  async block(id: string, block: number): Promise<Block> {
    const value = await this.#value(LOG, `${id}/${String(block)}`)
    return value === null ? [] : (JSON.parse(value) as number[])
  }

  /** Places of the events from `first` to `last`, both counted from 1. */
  async places(id: string, first: number, last: number): Promise<readonly { readonly number: number; readonly seq: number }[]> {
    const found: { number: number; seq: number }[] = []
    for (let block = Math.floor((first - 1) / BLOCK); block * BLOCK < last; block++) {
      const places = await this.block(id, block)
      places.forEach((seq, i) => {
        const number = block * BLOCK + i + 1
        if (number >= first && number <= last) found.push({ number, seq })
      })
    }
    return found
  }

  /** One commit: how far the fold has come, and what it changed. */
  async keep(place: number, heads: readonly Head[], blocks: ReadonlyMap<string, Block>): Promise<void> {
    await this.#writing.cursors([
      ...heads.map((head) => this.#row(HEAD, head.id, JSON.stringify(head))),
      ...[...blocks].map(([name, block]) => this.#row(LOG, name, JSON.stringify(block))),
      this.#row(PLACE, 'place', String(place)),
    ])
  }

  async #value(source: string, kind: string): Promise<string | null> {
    return (await this.#reader.rows({ table: 'cursor', where: { source, kind } })).items[0]?.value ?? null
  }

  #row(source: string, kind: string, value: string): CursorRow {
    return { source, kind, value, at: this.#now() }
  }
}
