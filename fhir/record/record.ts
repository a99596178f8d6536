/** Turns business events into versions of resources: what changed, and one Provenance each. */
import type { BridgeTables, Reader, ResourceKey, ResourceWrite } from '../../channels/contract/index.ts'
import { parseFhirJson, writeFhirJson } from '../r4/index.ts'
import type { JsonObject } from '../r4/index.ts'
import { gather } from './gather.ts'
import { Page } from './page.ts'
import type { RecordReader } from './page.ts'
import { ACTIVITY_SYSTEM } from './own.ts'
import { provenanceOf } from './provenance.ts'

export interface RecordParts {
  readonly reader: RecordReader & Pick<Reader, 'resources'>
  /** Search keys of a resource. */
  keys(resource: JsonObject): readonly ResourceKey[]
  now(): number
  readonly installation: string
}

interface Known {
  readonly version: number
  readonly resource: JsonObject | null
}

const BLANK: Known = { version: 0, resource: null }

/** Versions for all of the notices, in their order; the same resource may get several. What is as it was gets none. */
export async function recordOf(notices: readonly Readonly<BridgeTables['notice']>[], parts: RecordParts): Promise<readonly ResourceWrite[]> {
  const page = new Page(
    parts.reader,
    notices.map(({ message }) => message),
  )
  const gathered = []
  for (const notice of notices) {
    const { resources, what } = await gather(notice, page)
    gathered.push({ notice, what, resources: resources.map(plain) })
  }
  const known = await currentOf(
    parts,
    gathered.flatMap(({ resources }) => resources),
  )
  const writes: ResourceWrite[] = []
  const write = (resource: JsonObject, activity: string): string | null => {
    const name = nameOf(resource)
    const current = known.get(name) ?? BLANK
    if (isSame(current.resource, resource)) return null
    const version = current.version + 1
    const updated = parts.now()
    const tag = { system: ACTIVITY_SYSTEM, code: activity }
    const whole: JsonObject = { ...resource, meta: { versionId: String(version), lastUpdated: new Date(updated).toISOString(), tag: [tag] } }
    known.set(name, { version, resource: whole })
    const [type = '', id = ''] = name.split('/')
    writes.push({ type, id, version, method: version === 1 ? 'create' : 'update', updated, body: writeFhirJson(whole), keys: parts.keys(whole) })
    return `${name}/_history/${String(version)}`
  }
  for (const { notice, what, resources } of gathered) {
    const { seq, at, type: activity } = notice
    const targets = resources.map((resource) => write(resource, activity)).filter((target) => target !== null)
    // Its id is the event's place, so there is none before it.
    if (targets.length > 0) write(plain(provenanceOf({ seq, at, activity, what, installation: parts.installation }, targets)), activity)
  }
  return writes
}

const nameOf = (resource: JsonObject): string => `${String(resource['resourceType'])}/${String(resource['id'])}`

/** The current versions of these resources, by `Type/id`. */
async function currentOf({ reader }: RecordParts, resources: readonly JsonObject[]): Promise<Map<string, Known>> {
  const known = new Map<string, Known>()
  const types = new Map<string, Set<string>>()
  for (const resource of resources) {
    const type = String(resource['resourceType'])
    types.set(type, (types.get(type) ?? new Set()).add(String(resource['id'])))
  }
  for (const [type, names] of types) {
    const ids = [...names]
    for (let at = 0; at < ids.length; at += MOST_IDS) {
      const some = ids.slice(at, at + MOST_IDS)
      const { items } = await reader.resources({ types: [type], ids: some, updated: [], criteria: [], sort: [], offset: 0, limit: MOST_IDS })
      for (const { id, version, body } of items) {
        const parsed = body === null ? null : parseFhirJson(body)
        known.set(`${type}/${id}`, { version, resource: parsed?.ok === true ? parsed.value : null })
      }
    }
  }
  return known
}

/** Ids that are asked for at once. */
const MOST_IDS = 200

/** A resource of the typed kind as plain JSON, without members that are undefined. */
function plain(resource: object): JsonObject {
  return JSON.parse(JSON.stringify(resource)) as JsonObject
}

function isSame(before: JsonObject | null, after: JsonObject): boolean {
  if (before === null) return false
  const { meta: _, ...rest } = before
  return JSON.stringify(rest) === JSON.stringify(after)
}
