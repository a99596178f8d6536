/**
 * Decides what a set of writes comes to: one write alone, or a whole transaction (R4 §3.1.0.11.2). Everything is read here and nothing is
 * written; what was relied on goes into `expects` and into the versions, so that the commit fails when it no longer holds.
 */
import type { ResourceExpectation, ResourceKey, ResourceQuery, ResourceVersion, ResourceWrite } from '../../channels/contract/index.ts'
import { isObject, keysOf, matches as meets, referencesOf, rewriteReferences, writeFhirJson } from '../r4/index.ts'
import type { JsonObject, ToldResource } from '../r4/index.ts'
import { forbid } from './authorize.ts'
import type { FaceCaller } from './exchange.ts'
import type { FaceParts } from './ports.ts'
import { isRefusal, refuse, refuseWith, within } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { conditionQuery, isKept } from './search-string.ts'
import { isConditional, withInFront } from './stamp.ts'
import type { Step } from './step.ts'

/** What became of a step. */
export interface Done {
  readonly step: Step
  readonly status: 200 | 201 | 204
  readonly type: string
  readonly id: string
  /** 0: there is no version (deleted what never was). */
  readonly version: number
  readonly updated: number
  /** As stored; null when deleted. */
  readonly body: string | null
}

export interface Plan {
  readonly writes: readonly ResourceWrite[]
  readonly expects: readonly ResourceExpectation[]
  readonly told: readonly ToldResource[]
  /** By the order of the request. */
  readonly done: readonly Done[]
}

export interface PlanContext {
  readonly parts: FaceParts
  readonly base: string
  readonly caller: FaceCaller
  /** An id for each step without one, the same however often it is decided. */
  readonly newIds: readonly string[]
  readonly now: number
}

interface Target {
  readonly step: Step
  readonly id: string
  /** As it is to be stored, but for its links; null: deleted. */
  readonly resource: JsonObject | null
  /** What is stored of it now. */
  readonly current: ResourceVersion | null
  /** A conditional create that found what it would have made. */
  readonly found: boolean
}

const ORDER = { DELETE: 0, POST: 1, PUT: 2 } as const

export async function plan(steps: readonly Step[], context: PlanContext): Promise<Plan | Refusal> {
  const work = new Work(context)
  const targets: Target[] = []
  const taken = new Map<string, Step>()
  for (const step of steps.toSorted((a, b) => ORDER[a.method] - ORDER[b.method] || a.n - b.n)) {
    const target = await work.target(step)
    if (isRefusal(target)) return within(step.place, target)
    const name = `${step.type}/${target.id}`
    if (!target.found && taken.has(name)) return within(step.place, refuse(400, 'invalid', 'Two entries of the transaction are about the same resource.'))
    if (!target.found) taken.set(name, step)
    work.overlay(target)
    targets.push(target)
  }
  const rewritten = await work.link(targets)
  if (isRefusal(rewritten)) return rewritten
  return work.finish(targets, rewritten)
}

class Work {
  readonly #context: PlanContext
  readonly #expects: ResourceExpectation[] = []
  /** Resources of this transaction as they will be, by `Type/id`; null: deleted. */
  readonly #planned = new Map<string, JsonObject | null>()
  /** By what a planned resource is found: asked for by each condition, and made once. */
  readonly #keys = new WeakMap<JsonObject, readonly ResourceKey[]>()

  constructor(context: PlanContext) {
    this.#context = context
  }

  async target(step: Step): Promise<Target | Refusal> {
    const { parts, caller, newIds } = this.#context
    const { authority, reader } = parts
    const plain = { POST: 'create', PUT: 'update', DELETE: 'delete' } as const
    const refused = forbid(authority, caller, step.search === null ? plain[step.method] : `conditional-${plain[step.method]}`, step.type)
    if (refused) return refused
    let id = step.id
    let unmatched = false
    if (step.search !== null) {
      const matches = await this.#find(step.type, step.search)
      if (isRefusal(matches)) return matches
      if (matches.length > 1)
        return refuse(412, 'multiple-matches', 'The condition fits more than one resource.', step.method === 'POST' ? 'If-None-Exist' : undefined)
      const match = matches[0]
      if (step.method === 'POST') {
        if (match !== undefined) return { step, id: match, resource: null, current: await reader.resource(step.type, match), found: true }
      } else {
        const own = step.resource?.['id']
        if (match !== undefined && own !== undefined && own !== match)
          return refuse(400, 'invalid', 'The id of the resource is not that of the one which the condition finds.', `${step.type}.id`)
        id = match ?? (typeof own === 'string' ? own : null)
        unmatched = match === undefined
      }
    }
    if (id === null) {
      if (step.method === 'DELETE') return { step, id: '', resource: null, current: null, found: true }
      if (step.ifMatch !== null) return refuse(412, 'conflict', 'There is no such resource, so it has no version to match.', 'If-Match')
      return this.#admitted({ step, id: newIds[step.n] ?? parts.newId(), resource: step.resource, current: null, found: false })
    }
    const current = await reader.resource(step.type, id)
    const alive = current !== null && current.body !== null
    if (unmatched && alive) return refuse(409, 'conflict', 'There is a resource with this id, and the condition does not find it.', `${step.type}.id`)
    if (step.ifMatch !== null && (!alive || current.version !== step.ifMatch))
      return refuse(412, 'conflict', 'The resource has another version than If-Match says: read it again.', 'If-Match')
    if (step.onlyNew && alive) return refuse(412, 'conflict', 'There is such a resource already.', 'If-None-Match')
    return this.#admitted({ step, id, resource: step.resource, current, found: step.method === 'DELETE' && !alive })
  }

  /** Those who add to the face may refuse a write, or change what is stored. */
  #admitted(target: Target): Target | Refusal {
    let { resource } = target
    const { parts, caller } = this.#context
    const mayRead = (type: string) => parts.authority.mayReceive(caller, type)
    for (const addition of parts.additions) {
      const said = addition.admit?.({ type: target.step.type, id: target.id, resource, mayRead })
      if (said?.ok === false) return refuseWith(said.status, said.issues)
      if (said !== undefined) resource = said.resource
    }
    return { ...target, resource }
  }

  /** From now on the rest of the transaction sees this. */
  overlay({ step, id, resource, found }: Target): void {
    if (!found) this.#planned.set(`${step.type}/${id}`, resource)
  }

  /** Ids of the resources that a condition finds, those of this transaction included. The store's part of the answer must hold at the commit. */
  async #find(type: string, search: string): Promise<readonly string[] | Refusal> {
    const { parts, base } = this.#context
    const query = conditionQuery(type, search, base)
    if (isRefusal(query)) return query
    const { items } = await parts.reader.resources(query)
    const stored = items.map(({ id }) => id)
    this.#expects.push({ query, found: stored.map((id) => `${type}/${id}`) })
    const kept = stored.filter((id) => !this.#planned.has(`${type}/${id}`))
    return [...kept, ...this.#plannedIn(query, type)]
  }

  #plannedIn(query: ResourceQuery, type: string): readonly string[] {
    const { now } = this.#context
    return [...this.#planned].flatMap(([name, resource]) => {
      const [plannedType = '', id = ''] = name.split('/')
      if (resource === null || plannedType !== type) return []
      return meets(query, { type, id, updated: now, keys: this.#keysOf(resource, id) }) ? [id] : []
    })
  }

  #keysOf(resource: JsonObject, id: string): readonly ResourceKey[] {
    const known = this.#keys.get(resource)
    if (known) return known
    const keys = keysOf(withInFront(resource, { id }), this.#context.base)
    this.#keys.set(resource, keys)
    return keys
  }

  /** The resources with their references as they will be kept: temporary ones and conditional ones resolved (step 5 of the processing rules). */
  async link(targets: readonly Target[]): Promise<ReadonlyMap<Step, JsonObject> | Refusal> {
    const { parts, caller, base } = this.#context
    const names = new Map(targets.filter(({ step, id }) => step.fullUrl !== '' && id !== '').map(({ step, id }) => [step.fullUrl, `${step.type}/${id}`]))
    const linked = new Map<Step, JsonObject>()
    for (const { step, id, resource, found } of targets) {
      if (resource === null || found) continue
      const made = rewriteReferences(resource, (link) => inBundle(link, step.fullUrl, names) ?? onThisServer(link, base))
      this.#planned.set(`${step.type}/${id}`, made)
      linked.set(step, made)
    }
    const resolved = new Map<string, string>()
    for (const [step, resource] of linked) {
      for (const { path, reference } of referencesOf(resource)) {
        if (!isConditional(reference) || resolved.has(reference)) continue
        const at = reference.indexOf('?')
        const type = reference.slice(0, at)
        const refused = isKept(type)
          ? forbid(parts.authority, caller, 'search-type', type)
          : refuse(400, 'value', 'A conditional reference names a type that is none of R4.', path)
        if (refused) return within(step.place, refused)
        const matches = await this.#find(type, reference.slice(at + 1))
        if (isRefusal(matches)) return within(step.place, { ...matches, issues: matches.issues.map((issue) => ({ ...issue, expression: path })) })
        const [match] = matches
        if (match === undefined || matches.length > 1)
          return within(
            step.place,
            refuse(
              412,
              matches.length > 1 ? 'multiple-matches' : 'not-found',
              `A conditional reference to a ${type} fits ${String(matches.length)} resources; it must fit one.`,
              path,
            ),
          )
        resolved.set(reference, `${type}/${match}`)
      }
    }
    if (resolved.size === 0) return linked
    return new Map([...linked].map(([step, resource]) => [step, rewriteReferences(resource, (link) => resolved.get(link))]))
  }

  finish(targets: readonly Target[], linked: ReadonlyMap<Step, JsonObject>): Plan {
    const { base, now } = this.#context
    const writes: ResourceWrite[] = []
    const told: ToldResource[] = []
    const done: Done[] = []
    for (const { step, id, current, found } of targets) {
      const { type } = step
      if (found) {
        const status = step.method === 'DELETE' ? 204 : 200
        done.push({ step, status, type, id, version: current?.version ?? 0, updated: current?.updated ?? now, body: current?.body ?? null })
        continue
      }
      const version = (step.from ?? current?.version ?? 0) + 1
      const stored = stamp(linked.get(step) ?? null, id, version, now)
      const body = stored === null ? null : writeFhirJson(stored)
      const alive = current !== null && current.body !== null
      const method = stored === null ? 'delete' : alive ? 'update' : 'create'
      writes.push({ type, id, version, method, updated: now, body, keys: stored === null ? [] : keysOf(stored, base) })
      told.push({ type, id, resource: stored, updated: now })
      done.push({ step, status: stored === null ? 204 : alive ? 200 : 201, type, id, version, updated: now, body })
    }
    return { writes, expects: this.#expects, told, done: done.toSorted((a, b) => a.step.n - b.step.n) }
  }
}

/** What names a resource by this server's own address is kept like any other reference to it, whatever address the server has next. */
function onThisServer(link: string, base: string): string | undefined {
  if (!link.startsWith(`${base}/`)) return undefined
  const local = link.slice(base.length + 1)
  return /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}(\/_history\/[A-Za-z0-9.-]{1,64})?$/.test(local) ? local : undefined
}

/** What a link inside an entry points at within the Bundle (R4 §2.36.4.1): a fullUrl, or relative to the server of the entry's own fullUrl. */
function inBundle(link: string, own: string, names: ReadonlyMap<string, string>): string | undefined {
  const direct = names.get(link)
  if (direct !== undefined || !/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(link)) return direct
  const server = /^(https?:\/\/.+)\/[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.exec(own)?.[1]
  return server === undefined ? undefined : names.get(`${server}/${link}`)
}

/** As it is stored: with the id and the meta that the server owns. */
function stamp(resource: JsonObject | null, id: string, version: number, now: number): JsonObject | null {
  if (resource === null) return null
  const { meta } = resource
  const given = isObject(meta) ? meta : {}
  return withInFront(resource, { id, meta: { ...given, versionId: String(version), lastUpdated: new Date(now).toISOString() } })
}
