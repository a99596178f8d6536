/** Looks by `_lastUpdated` for what was not told, and tells it: where there are no event numbers, or no `$events`. */
import type { FhirClient, FhirFailure } from '../../fhir/client/index.ts'
import { toldBundle } from '../../fhir/r4/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import { NOTHING_AT_HAND, gather } from './gather.ts'
import type { AtHand } from './gather.ts'
import { instantOf, objectOf } from './json.ts'
import type { Kept } from './teller.ts'
import { ownReference, versionOf } from './references.ts'

/**
 * A resource gets its lastUpdated when its transaction begins and is seen when it ends: what is searched for begins so long before the last
 * that was seen. What comes twice is known by its version.
 */
export const OVERLAP_MS = 60_000
/** Versions that are remembered as told, so that the overlap costs nothing. */
const REMEMBERED = 20_000

export interface MissedDeps {
  readonly client: FhirClient
  readonly include: readonly string[]
  readonly tell: (bundle: JsonObject) => Promise<Kept>
  readonly signal: AbortSignal
}

export type Looked = { readonly ok: true; /** Milliseconds: lastUpdated of the latest, or what was given. */ readonly at: number } | FhirFailure

/** Nothing was stored: it is to be told again. */
export const NOT_TAKEN: FhirFailure = { ok: false, status: 0, code: 'STORE_FAILED', class: 'transient', text: 'The engine could not take it now.', issues: [] }

export class Missed {
  readonly #deps: MissedDeps
  #told = new Set<string>()

  constructor(deps: MissedDeps) {
    this.#deps = deps
  }

  /** Tells everything that fits `criterion` and was changed since `since` (milliseconds), oldest first. */
  async look(criterion: string, since: number): Promise<Looked> {
    const { client, signal } = this.#deps
    const from = new Date(Math.max(0, since - OVERLAP_MS)).toISOString()
    const query = `${criterion}${criterion.includes('?') ? '&' : '?'}_lastUpdated=${encodeURIComponent(`ge${from}`)}&_sort=_lastUpdated&_count=100`
    let at = since
    const answer = await client.search(query, {
      signal,
      each: async (entries) => {
        const { matches, included } = sorted(entries)
        for (const resource of matches) {
          const failure = await this.resource(resource, { with: new Map(), near: included })
          if (failure !== null) return failure
          at = Math.max(at, updatedOf(resource) ?? at)
        }
        return null
      },
    })
    if (!answer.ok) return answer
    // A server need not sort, so what was seen counts only when all was seen.
    return answer.cut ? { ...NOT_TAKEN, code: 'DESTINATION_FAILED', text: 'The search has more pages than can be followed.' } : { ok: true, at }
  }

  /**
   * Tells one resource as it stands; null when it is stored. A version is one message, however it came: by an event, by a search, or both.
   *
   * @param otherwise control id of one that does not say its version
   */
  async resource(resource: JsonObject, atHand: AtHand = NOTHING_AT_HAND, otherwise = ''): Promise<FhirFailure | null> {
    const { client, include, signal, tell } = this.#deps
    const reference = ownReference(resource)
    if (reference === null) return null
    const version = versionOf(resource)
    const isKnown = !version.endsWith('/')
    if (isKnown && this.#told.has(version)) return null
    const gathered = await gather(client, include, [resource], atHand, signal)
    if (!gathered.ok) return gathered
    const controlId = isKnown || otherwise === '' ? version : otherwise
    const bundle = toldBundle({ server: client.base, controlId, told: [{ reference, resource }], referred: gathered.referred })
    if ((await tell(bundle)) === 'later') return NOT_TAKEN
    if (isKnown) this.#remember(version)
    return null
  }

  /** Tells that it was deleted. */
  async deleted(reference: string, deletedAt: string | null, controlId: string): Promise<FhirFailure | null> {
    const bundle = toldBundle({
      server: this.#deps.client.base,
      controlId,
      told: [{ reference, resource: null, ...(deletedAt === null ? {} : { deletedAt }) }],
      referred: new Map(),
    })
    return (await this.#deps.tell(bundle)) === 'later' ? NOT_TAKEN : null
  }

  #remember(version: string): void {
    if (this.#told.size >= REMEMBERED) this.#told = new Set([...this.#told].slice(REMEMBERED / 2))
    this.#told.add(version)
  }
}

/** Those found, oldest first, and those that came with them. */
function sorted(entries: readonly JsonObject[]): { readonly matches: readonly JsonObject[]; readonly included: ReadonlyMap<string, JsonObject> } {
  const included = new Map<string, JsonObject>()
  const matches: JsonObject[] = []
  for (const entry of entries) {
    const resource = objectOf(entry['resource'])
    const reference = resource === null ? null : ownReference(resource)
    if (resource === null || reference === null) continue
    if (objectOf(entry['search'])?.['mode'] === 'include') included.set(reference, resource)
    else matches.push(resource)
  }
  return { included, matches: matches.sort((a, b) => (updatedOf(a) ?? 0) - (updatedOf(b) ?? 0)) }
}

const updatedOf = (resource: JsonObject): number | null => instantOf(objectOf(resource['meta'])?.['lastUpdated'])
