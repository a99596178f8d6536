/** Turns business events into versions of resources: what changed, and one Provenance each. */
import type { BridgeTables, Reader, ResourceKey, ResourceWrite } from '../../channels/contract/index.ts'
import { parseFhirJson, writeFhirJson } from '../r4/index.ts'
import type { JsonObject } from '../r4/index.ts'
import { gather } from './gather.ts'
import type { RecordReader } from './gather.ts'
import { ACTIVITY_SYSTEM } from './own.ts'
import { provenanceOf } from './provenance.ts'

export interface RecordParts {
  readonly reader: RecordReader & Pick<Reader, 'resource'>
  /** Search keys of a resource. */
  keys(resource: JsonObject): readonly ResourceKey[]
  now(): number
  readonly installation: string
}

interface Known {
  readonly version: number
  readonly resource: JsonObject | null
}

/** Versions for all of the notices, in their order; the same resource may get several. What is as it was gets none, unless the event is of itself. */
export async function recordOf(notices: readonly Readonly<BridgeTables['notice']>[], parts: RecordParts): Promise<readonly ResourceWrite[]> {
  const known = new Map<string, Known>()
  const writes: ResourceWrite[] = []
  const write = async (resource: JsonObject, activity: string): Promise<string | null> => {
    const type = String(resource['resourceType'])
    const id = String(resource['id'])
    const name = `${type}/${id}`
    const current = known.get(name) ?? (await currentOf(parts, type, id))
    if (isSame(current.resource, resource)) return null
    const version = current.version + 1
    const updated = parts.now()
    const tag = { system: ACTIVITY_SYSTEM, code: activity }
    const whole: JsonObject = { ...resource, meta: { versionId: String(version), lastUpdated: new Date(updated).toISOString(), tag: [tag] } }
    known.set(name, { version, resource: whole })
    writes.push({ type, id, version, method: version === 1 ? 'create' : 'update', updated, body: writeFhirJson(whole), keys: parts.keys(whole) })
    return `${name}/_history/${String(version)}`
  }
  for (const notice of notices) {
    const { resources, what } = await gather(notice, parts.reader)
    const targets: string[] = []
    for (const resource of resources) {
      const target = await write(plain(resource), notice.type)
      if (target !== null) targets.push(target)
    }
    if (targets.length === 0) continue
    const { seq, at, type: activity } = notice
    await write(plain(provenanceOf({ seq, at, activity, what, installation: parts.installation }, targets)), activity)
  }
  return writes
}

async function currentOf({ reader }: RecordParts, type: string, id: string): Promise<Known> {
  const found = await reader.resource(type, id)
  if (found === null) return { version: 0, resource: null }
  const parsed = found.body === null ? null : parseFhirJson(found.body)
  return { version: found.version, resource: parsed?.ok === true ? parsed.value : null }
}

/** A resource of the typed kind as plain JSON, without members that are undefined. */
function plain(resource: object): JsonObject {
  return JSON.parse(JSON.stringify(resource)) as JsonObject
}

function isSame(before: JsonObject | null, after: JsonObject): boolean {
  if (before === null) return false
  const { meta: _, ...rest } = before
  return JSON.stringify(rest) === JSON.stringify(after)
}
