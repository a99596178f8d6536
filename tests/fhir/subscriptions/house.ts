/** A real store with the FHIR feeds on it, a clock that is moved, and a real HTTP receiver. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import type { Clock, Reader, ResourceMethod, ResourcesAnswer } from '../../../channels/contract/index.ts'
import { keysOf } from '../../../fhir/r4/index.ts'
import type { JsonObject } from '../../../fhir/r4/index.ts'
import { TOPICS } from '../../../fhir/subscriptions/index.ts'
import { createFhirFeeds } from '../../../server/fhir-feeds/index.ts'
import type { FhirFeeds, FhirWriting } from '../../../server/fhir-feeds/index.ts'
import { createNoticeFeed } from '../../../server/subscriptions/index.ts'
import { harness } from '../../store/fixtures.ts'
import type { Harness } from '../../store/fixtures.ts'
import { sqliteStore } from '../../store/sqlite.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- notifications are looked into by many paths
export type Json = any
export const BASE = 'https://engine.example/fhir'
export const SUPPLY_USED = TOPICS[0]!.url
const EXTENSION = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'

export interface Taken {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly raw: readonly string[]
  readonly body: string
  readonly json: Json
}

export interface Receiver {
  readonly url: string
  readonly taken: Taken[]
  /** Status of the next answers; 0: never answers. */
  status: number
}

export async function receiver(t: ExecutionContext): Promise<Receiver> {
  const taken: Taken[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      const { method = '', url = '', headers, rawHeaders } = request
      taken.push({ method, url, headers, raw: rawHeaders, body, json: body === '' ? null : (JSON.parse(body) as Json) })
      if (self.status !== 0) response.writeHead(self.status).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const self: Receiver = { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`, taken, status: 200 }
  return self
}

export class MovedClock implements Clock {
  readonly #store: { time: number }
  #timers: { readonly at: number; readonly task: () => void }[] = []
  constructor(store: { time: number }) {
    this.#store = store
  }
  now(): number {
    return this.#store.time
  }
  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#store.time + ms, task }
    this.#timers.push(timer)
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer))
  }
  move(ms: number): void {
    this.#store.time += ms
    const due = this.#timers.filter(({ at }) => at <= this.#store.time)
    this.#timers = this.#timers.filter(({ at }) => at > this.#store.time)
    for (const { task } of due) task()
  }
}

export interface House {
  readonly store: Harness
  readonly clock: MovedClock
  readonly reader: Reader
  feeds(): FhirFeeds
  /** Writes the next version, as a client of the face or the engine does. */
  write(resource: Json, method?: ResourceMethod): Promise<void>
  read(type: string, id: string): Promise<Json>
  /** Moves time by small steps until it is so. */
  until<T>(ask: () => T | Promise<T>, so?: (value: T) => boolean): Promise<T>
  /** Stops feeds and store where they are and starts them again on the same database. */
  restart(): Promise<void>
  /** Fails the next commits of this kind. */
  readonly broken: { resources: number; cursors: number }
}

export async function house(t: ExecutionContext): Promise<House> {
  const store = await harness(t, { kind: 'sqlite', file: await sqliteStore(t) })
  const clock = new MovedClock(store.clock)
  const broken = { resources: 0, cursors: 0 }
  const writing: FhirWriting = {
    async resources(op) {
      if (broken.resources > 0 && broken.resources--) throw new Error('the store failed')
      return store.value<'resources'>({ op: 'resources', messages: [], expects: [], ...op })
    },
    async cursors(rows) {
      if (broken.cursors > 0 && broken.cursors--) throw new Error('the store failed')
      await store.value<'cursor'>({ op: 'cursor', rows })
    },
  }
  const open = () => {
    const { reader } = store
    const feed = createNoticeFeed(reader, clock)
    const feeds = createFhirFeeds({
      reader,
      writing,
      feed,
      clock,
      installation: 'test',
      base: () => BASE,
      authority: { authorize: () => ({ ok: true }), mayReceive: () => true },
      problem: () => undefined,
      retry: { firstMs: 1_000, maxMs: 4_000, failures: 3 },
    })
    feeds.start()
    return {
      feeds,
      async stop() {
        feed.stop()
        let stopped = false
        void feeds.stop().then(() => (stopped = true))
        await self.until(() => stopped)
      },
    }
  }
  const self: House = {
    store,
    clock,
    broken,
    get reader() {
      return store.reader
    },
    feeds: () => running.feeds,
    async write(resource, method) {
      const { resourceType: type, id } = resource as { resourceType: string; id: string }
      const version = ((await store.reader.resource(type, id))?.version ?? 0) + 1
      const whole = { ...resource, meta: { ...resource.meta, versionId: String(version) } } as JsonObject
      const how = method ?? (version === 1 ? 'create' : 'update')
      const body = how === 'delete' ? null : JSON.stringify(whole)
      const write = { type, id, version, method: how, updated: clock.now(), body, keys: how === 'delete' ? [] : keysOf(whole) }
      const answer: ResourcesAnswer = await store.value<'resources'>({ op: 'resources', messages: [], expects: [], writes: [write] })
      if (answer.kind !== 'stored') return self.write(resource, method)
    },
    async read(type, id) {
      const found = await store.reader.resource(type, id)
      return found?.body == null ? null : (JSON.parse(found.body) as Json)
    },
    async until(ask, so = Boolean) {
      for (let i = 0; i < 2_000; i++) {
        const value = await ask()
        if (so(value)) return value
        clock.move(50)
        await new Promise((wake) => setTimeout(wake, 1))
      }
      throw new Error('it did not become so')
    },
    async restart() {
      await running.stop()
      await store.again()
      running = open()
    },
  }
  let running = open()
  t.teardown(() => running.stop())
  return self
}

export interface Wanted {
  readonly id?: string
  readonly criteria?: string
  readonly filters?: readonly string[]
  readonly content?: string
  readonly payload?: string
  readonly header?: readonly string[]
  readonly end?: string
  readonly heartbeat?: number
  readonly timeout?: number
  readonly maxCount?: number
}

/** A subscription of the backport profile. */
export function topicSubscription(endpoint: string, wanted: Wanted = {}): Json {
  const { id = 'sub-1', criteria = SUPPLY_USED, filters = [], content = 'full-resource', payload = 'application/fhir+json', header = [], end } = wanted
  const numbers = [
    ['backport-heartbeat-period', 'valueUnsignedInt', wanted.heartbeat],
    ['backport-timeout', 'valueUnsignedInt', wanted.timeout],
    ['backport-max-count', 'valuePositiveInt', wanted.maxCount],
  ] as const
  const extension = numbers.flatMap(([name, type, value]) => (value === undefined ? [] : [{ url: `${EXTENSION}/${name}`, [type]: value }]))
  return {
    resourceType: 'Subscription',
    id,
    meta: { profile: [`${EXTENSION}/backport-subscription`] },
    status: 'requested',
    reason: 'a test',
    ...(end === undefined ? {} : { end }),
    criteria,
    ...(filters.length === 0
      ? {}
      : { _criteria: { extension: filters.map((valueString) => ({ url: `${EXTENSION}/backport-filter-criteria`, valueString })) } }),
    channel: {
      ...(extension.length === 0 ? {} : { extension }),
      type: 'rest-hook',
      endpoint,
      payload,
      _payload: { extension: [{ url: `${EXTENSION}/backport-payload-content`, valueCode: content }] },
      ...(header.length === 0 ? {} : { header }),
    },
  }
}

/** A subscription of R4 core. */
export function coreSubscription(endpoint: string, criteria: string, payload?: string): Json {
  return {
    resourceType: 'Subscription',
    id: 'core-1',
    status: 'requested',
    reason: 'a test',
    criteria,
    channel: { type: 'rest-hook', endpoint, ...(payload === undefined ? {} : { payload }), header: ['X-Shared: one', 'X-Shared: two'] },
  }
}

/** What the recorder writes of a use. @param n which use */
export function used(n: number, more: Json = {}): Json {
  return {
    resourceType: 'SupplyDelivery',
    id: `m0000000000${String(n)}.usage.FT1`,
    meta: { tag: [{ system: 'urn:aqueduct:activity', code: 'usage.applied' }] },
    status: 'completed',
    patient: { type: 'Patient', identifier: { system: 'urn:test:mrn', value: 'P-77' } },
    suppliedItem: { quantity: { value: 1 }, itemCodeableConcept: { coding: [{ code: 'IMP-1' }] } },
    destination: { type: 'Location', display: 'OR-1' },
    ...more,
  }
}

export const parameter = (bundle: Json, name: string): Json => bundle.entry[0].resource.parameter.find((each: Json) => each.name === name)
export const typeOf = (bundle: Json): string => parameter(bundle, 'type')?.valueCode
export const numbersOf = (bundle: Json): string[] =>
  bundle.entry[0].resource.parameter
    .filter((each: Json) => each.name === 'notification-event')
    .map((each: Json) => each.part.find((part: Json) => part.name === 'event-number').valueString)
export const ofType = (taken: readonly Taken[], type: string): readonly Taken[] => taken.filter(({ json }) => json?.type === 'history' && typeOf(json) === type)
