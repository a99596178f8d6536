/** A fake of the store and engine behind the face: strict about versions, expectations and duplicates, as the contract says it. Nothing is durable. */
import { formatMessageId } from '../../../channels/contract/index.ts'
import type { EngineControl, Fault, Reader, ResourceKey, ResourceQuery, ResourceRequest, ResourceVersion } from '../../../channels/contract/index.ts'
import { matches as meets } from '../../../fhir/r4/index.ts'

interface Kept extends ResourceVersion {
  readonly keys: readonly ResourceKey[]
}
interface Message {
  readonly id: number
  readonly controlId: string
  readonly sender: string
  readonly raw: Uint8Array
  readonly answer: Uint8Array
  readonly request: ResourceRequest
}

export interface Fake {
  readonly reader: Partial<Reader>
  readonly control: Partial<EngineControl>
  readonly versions: Kept[]
  readonly messages: Message[]
  readonly audits: string[]
  /** What the next writes are refused with. */
  refuseNext: { fault: Fault; retry: boolean } | null
  /** Runs before the next write is judged: somebody who is faster. */
  before: (() => void) | null
}

export function createFake(): Fake {
  const versions: Kept[] = []
  const messages: Message[] = []
  const current = (type: string, id: string) => versions.findLast((each) => each.type === type && each.id === id) ?? null
  const alive = () => {
    const latest = new Map(versions.map((each) => [`${each.type}/${each.id}`, each]))
    return [...latest.values()].filter(({ body }) => body !== null).toSorted((a, b) => (`${a.type}/${a.id}` < `${b.type}/${b.id}` ? -1 : 1))
  }
  const find = (query: ResourceQuery) => alive().filter((each) => meets(query, each))
  const fake: Fake = {
    versions,
    messages,
    audits: [],
    refuseNext: null,
    before: null,
    reader: {
      resource: (type, id) => Promise.resolve(current(type, id)),
      resourceVersion: (type, id, version) =>
        Promise.resolve(versions.find((each) => each.type === type && each.id === id && each.version === version) ?? null),
      resourceHistory({ type, id, since, offset, limit }) {
        const all = versions.filter((each) => (type === '' || each.type === type) && (id === '' || each.id === id) && each.updated >= since).toReversed()
        return Promise.resolve({ items: all.slice(offset, offset + limit), total: all.length })
      },
      resources(query) {
        const all = find(query)
        const { after, sort } = query
        const rest = all.filter((each) => {
          if (!after) return true
          if (sort.length > 0 && each.updated !== after.updated) return sort[0]?.descending ? each.updated < after.updated : each.updated > after.updated
          return `${each.type}/${each.id}` > `${after.type}/${after.id}`
        })
        return Promise.resolve({ items: rest.slice(query.offset, query.offset + query.limit), total: all.length })
      },
      messages: ({ controlId }) =>
        Promise.resolve({ items: messages.filter((each) => each.controlId === controlId).map(({ id }) => ({ id: formatMessageId(id) }) as never), next: null }),
      raw: (id) => Promise.resolve(messages.find((each) => each.id === id)?.raw ?? null),
    },
    control: {
      audit(who, what, subject) {
        fake.audits.push(`${who}: ${what} ${subject}`)
        return Promise.resolve()
      },
      write(request) {
        fake.before?.()
        fake.before = null
        const same = messages.find(
          ({ controlId, sender, raw }) =>
            request.controlId !== '' && controlId === request.controlId && sender === request.sender && Buffer.from(raw).equals(request.raw),
        )
        if (same) return Promise.resolve({ kind: 'duplicate', message: formatMessageId(same.id), answer: same.answer })
        for (const [at, { query, found }] of request.expects.entries()) {
          const now = find({ ...query, limit: Number.MAX_SAFE_INTEGER }).map(({ type, id }) => `${type}/${id}`)
          if (now.toSorted().join(' ') !== [...found].toSorted().join(' ')) return Promise.resolve({ kind: 'conflict', what: 'expectation', at })
        }
        for (const [at, { type, id, version }] of request.writes.entries())
          if ((current(type, id)?.version ?? 0) + 1 !== version) return Promise.resolve({ kind: 'conflict', what: 'version', at })
        if (fake.refuseNext !== null) return Promise.resolve({ kind: 'refused', ...fake.refuseNext })
        const id = 4096 * 1000 + messages.length * 16
        for (const write of request.writes) versions.push({ ...write, message: id })
        messages.push({ id, controlId: request.controlId, sender: request.sender, raw: request.raw, answer: request.answer, request })
        return Promise.resolve({ kind: 'stored', messages: [formatMessageId(id)] })
      },
    },
  }
  return fake
}
