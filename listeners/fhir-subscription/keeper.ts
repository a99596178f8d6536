/** Keeps a Subscription at the other server: finds its own, makes it where there is none, and asks for it again when it ails. */
import type { Clock } from '../../channels/contract/index.ts'
import type { FhirClient, FhirFailure } from '../../fhir/client/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import { objectOf, textOf } from './json.ts'
import { ailing, isOurs, renewed } from './subscription.ts'
import type { Wanted } from './subscription.ts'

export interface Kept {
  readonly ok: true
  readonly id: string
  /** It was made now: the other server counts its events from 1. */
  readonly created: boolean
  /** It was written now, so that a handshake follows or has come. */
  readonly written: boolean
  /** The other server's clock, or null. */
  readonly date: number | null
}

export interface KeeperOptions {
  readonly client: FhirClient
  readonly clock: Clock
  /** How often it is looked at. */
  readonly checkMs: number
}

/**
 * @param known its id, when it was known before; @param mark what was last written of it
 * @param renew write it again though it says that it is well: nothing is heard of it
 */
export async function keep(
  { client, clock, checkMs }: KeeperOptions,
  wanted: Wanted,
  known: string | null,
  mark: string,
  renew: boolean,
  signal: AbortSignal,
): Promise<Kept | FhirFailure> {
  let found: JsonObject | null = null
  let date: number | null = null
  if (known !== null) {
    const answer = await client.read('Subscription', known, { signal })
    if (!answer.ok && answer.status !== 404 && answer.status !== 410) return answer
    if (answer.ok) {
      found = answer.resource
      date = answer.date
    }
  }
  // After a crash between making it and remembering it there is one that nobody remembers.
  if (found === null) {
    const answer = await client.search(`Subscription?url=${encodeURIComponent(wanted.endpoint)}`, { signal, pages: 20 })
    if (answer.ok) {
      const ours = answer.entries.map(({ resource }) => objectOf(resource)).filter((one): one is JsonObject => one !== null && isOurs(one, wanted))
      found = ours.find((one) => one['status'] === 'active') ?? ours[0] ?? null
      date = answer.date
    } else if (answer.class !== 'permanent') return answer
    // A server that can't be asked for them gets a new one.
  }
  if (found === null) return create(client, wanted, signal)
  const id = textOf(found['id'])
  if (id === null) return create(client, wanted, signal)
  if (!renew && mark === wanted.mark && ailing(found, clock.now(), checkMs) === null) return { ok: true, id, created: false, written: false, date }
  const version = textOf(objectOf(found['meta'])?.['versionId'])
  const answer = await client.update(renewed(found, wanted, clock.now()), { signal, ...(version === null ? {} : { ifMatch: `W/"${version}"` }) })
  return answer.ok ? { ok: true, id, created: false, written: true, date: answer.date ?? date } : answer
}

async function create(client: FhirClient, wanted: Wanted, signal: AbortSignal): Promise<Kept | FhirFailure> {
  const answer = await client.create(wanted.resource, { signal })
  if (!answer.ok) return answer
  const id = answer.reference?.split('/')[1] ?? textOf(answer.resource?.['id'])
  if (id === undefined || id === null) {
    return {
      ok: false,
      status: answer.status,
      code: 'DESTINATION_FAILED',
      class: 'transient',
      text: 'The server made a Subscription and did not say its id.',
      issues: [],
    }
  }
  return { ok: true, id, created: true, written: true, date: answer.date }
}
