/** What the server itself says in a Subscription: its status, and why it is in error. */
import type { Clock, Reader } from '../../channels/contract/index.ts'
import { keysOf, parseFhirJson, withMembers, writeFhirJson } from '../../fhir/r4/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import type { FhirWriting } from './writing.ts'

export interface Stored {
  readonly version: number
  readonly resource: JsonObject
}

/** The current version, or null when there is none. */
export async function subscriptionOf(reader: Pick<Reader, 'resource'>, id: string): Promise<Stored | null> {
  const found = await reader.resource('Subscription', id)
  const parsed = found === null || found.body === null ? null : parseFhirJson(found.body)
  return found === null || parsed?.ok !== true ? null : { version: found.version, resource: parsed.value }
}

/** Says it of exactly this version: when the client was faster, nothing is written and what it wrote counts. */
export async function sayStatus(
  writing: Pick<FhirWriting, 'resources'>,
  clock: Pick<Clock, 'now'>,
  id: string,
  { version, resource }: Stored,
  status: 'active' | 'error' | 'off',
  error: string,
): Promise<boolean> {
  const updated = clock.now()
  const before = resource['meta']
  const meta = {
    ...(typeof before === 'object' && before !== null && !Array.isArray(before) ? before : {}),
    versionId: String(version + 1),
    lastUpdated: new Date(updated).toISOString(),
  }
  const said = withMembers(resource, { meta, status, error: error === '' ? undefined : error })
  const write = { type: 'Subscription', id, version: version + 1, method: 'update', updated, body: writeFhirJson(said), keys: keysOf(said) } as const
  return (await writing.resources({ writes: [write] })).kind === 'stored'
}
