/** Fetches what a told resource refers to, as far as `include` says. */
import type { FhirClient, FhirFailure } from '../../fhir/client/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import { allReferences, ownReference, referencesAt, relativeOf } from './references.ts'

/** How far references of references are followed, */
const DEPTH = 3
/** and how many in all: what refers to more is no single fact. */
const MOST = 500

export type Gathered = { readonly ok: true; readonly referred: ReadonlyMap<string, JsonObject> } | FhirFailure

export interface AtHand {
  /** Belongs to it, whatever refers to it. */
  readonly with: ReadonlyMap<string, JsonObject>
  /** Belongs to it when something of it refers to it. */
  readonly near: ReadonlyMap<string, JsonObject>
}

export const NOTHING_AT_HAND: AtHand = { with: new Map(), near: new Map() }

/**
 * What is at hand is not fetched.
 *
 * @returns by `Type/id`; a resource that is not there (any more) is left out: what it meant is for the mapping to miss
 */
export async function gather(
  client: FhirClient,
  include: readonly string[],
  roots: readonly JsonObject[],
  atHand: AtHand,
  signal: AbortSignal,
): Promise<Gathered> {
  const referred = new Map(atHand.with)
  const asked = new Set(roots.flatMap((root) => ownReference(root) ?? []))
  const own = (references: readonly string[]) => references.flatMap((one) => relativeOf(one, client.base) ?? [])
  let level = [...roots, ...referred.values()]
  for (const one of referred.keys()) asked.add(one)
  for (let depth = 0; depth < DEPTH && level.length > 0; depth++) {
    const named = own(level.flatMap((resource) => include.flatMap((path) => referencesAt(resource, path))))
    const near = own(level.flatMap(allReferences)).filter((one) => atHand.near.has(one))
    const wanted = [...new Set([...named, ...near])].filter((one) => !asked.has(one)).slice(0, Math.max(0, MOST - asked.size))
    for (const one of wanted) asked.add(one)
    const answers = await Promise.all(wanted.map((one) => atHand.near.get(one) ?? fetchOne(client, one, signal)))
    level = []
    for (const [n, answer] of answers.entries()) {
      if (answer === null) continue
      if (isFailure(answer)) return answer
      referred.set(wanted[n] ?? '', answer)
      level.push(answer)
    }
  }
  return { ok: true, referred }
}

/** A resource has no member `ok`. */
const isFailure = (answer: JsonObject | FhirFailure): answer is FhirFailure => 'ok' in answer && 'code' in answer && 'issues' in answer

/** Null when it is not there, or not for us: then it is not known, which the mapping says of the field that needs it. */
async function fetchOne(client: FhirClient, reference: string, signal: AbortSignal): Promise<JsonObject | null | FhirFailure> {
  const [type = '', id = ''] = reference.split('/')
  const answer = await client.read(type, id, { signal })
  if (answer.ok) return answer.resource
  return answer.class === 'permanent' ? null : answer
}
