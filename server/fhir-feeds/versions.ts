/** Versions of resources that notices name, read and parsed once a round. */
import type { Reader, ResourceVersion } from '../../channels/contract/index.ts'
import { keysOf, parseFhirJson } from '../../fhir/r4/index.ts'
import type { Findable, JsonObject } from '../../fhir/r4/index.ts'
import type { Notice } from '../subscriptions/index.ts'

export interface ReadVersion extends Findable {
  readonly version: number
  readonly method: ResourceVersion['method']
  /** Null when it was deleted, or the version is not kept any more. */
  readonly resource: JsonObject | null
}

export const WRITES = ['resource.created', 'resource.updated', 'resource.deleted'] as const

/** Null for a notice that is of no write. */
export async function versionOf(reader: Pick<Reader, 'resourceVersion'>, notice: Notice): Promise<ReadVersion | null> {
  if (!WRITES.some((type) => type === notice.type)) return null
  const [type = '', id = ''] = notice.subject.split('/')
  const version = Number((JSON.parse(notice.body) as { readonly version?: string }).version)
  const found = await reader.resourceVersion(type, id, version)
  const parsed = found === null || found.body === null ? null : parseFhirJson(found.body)
  const resource = parsed?.ok === true ? parsed.value : null
  const method = notice.type === 'resource.created' ? 'create' : notice.type === 'resource.deleted' ? 'delete' : 'update'
  return { type, id, version, method, updated: found?.updated ?? notice.at, resource, keys: resource === null ? [] : keysOf(resource) }
}
