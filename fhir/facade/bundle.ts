/** A Bundle posted to the base: transaction, batch or message. */
import { isArray, isObject, refuses, withMembers, writeFhirJson } from '../r4/index.ts'
import type { JsonObject } from '../r4/index.ts'
import { forbid } from './authorize.ts'
import { judge } from './body.ts'
import { bundleText, entryText } from './bundle-text.ts'
import { commit } from './commit.ts'
import { entriesOf, placeOf, readEntry } from './entry.ts'
import type { Asked, Reading } from './entry.ts'
import { preferenceOf } from './exchange.ts'
import type { FaceAnswer, FaceRequest } from './exchange.ts'
import { plan } from './plan.ts'
import type { Done } from './plan.ts'
import type { FaceParts } from './ports.ts'
import { isRefusal, outcomeText, refuse, refuseWith, within } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { locationOf, wordsOf } from './write.ts'

/** More is a transaction that holds the store too long; send it in parts. */
const MOST_ENTRIES = 1000
/** Entries of a batch that are under way at once: what waits together is committed together. */
const AT_ONCE = 16

/** Reads by the same handlers as a GET of its own. */
export type ReadWithin = (reading: Reading) => Promise<FaceAnswer>

export async function runBundle(bundle: JsonObject, request: FaceRequest, parts: FaceParts, read: ReadWithin): Promise<FaceAnswer | Refusal> {
  const type = bundle['type'] === 'batch' ? 'batch' : 'transaction'
  const refused = forbid(parts.authority, request.caller, type, null) ?? refuseEnvelope(bundle, parts)
  if (refused) return refused
  return type === 'batch' ? runBatch(bundle, request, parts, read) : runTransaction(bundle, request, parts, read)
}

/** The Bundle without its resources: those are judged by themselves, each in its place. */
function refuseEnvelope(bundle: JsonObject, { profiles }: FaceParts): Refusal | null {
  const entries = entriesOf(bundle)
  if (entries.length > MOST_ENTRIES) return refuse(413, 'too-long', `A Bundle has at most ${String(MOST_ENTRIES)} entries here.`, 'Bundle.entry')
  const bare = entries.map((entry) => (isObject(entry) ? withMembers(entry, { resource: undefined }) : entry))
  const envelope = isArray(bundle['entry']) ? { ...bundle, entry: bare } : bundle
  const errors = judge(envelope, [], profiles).issues.filter((issue) => refuses([issue]))
  return errors.length === 0 ? null : refuseWith(400, errors)
}

async function runTransaction(bundle: JsonObject, request: FaceRequest, parts: FaceParts, read: ReadWithin): Promise<FaceAnswer | Refusal> {
  const { base, caller } = request
  const asked: Asked[] = []
  for (const [n, entry] of entriesOf(bundle).entries()) {
    const each = await readEntry(entry, n, parts, base)
    if (isRefusal(each)) return whole(each)
    asked.push(each)
  }
  const urls = asked.flatMap((each) => (each.kind === 'write' && each.step.fullUrl !== '' ? [each.step.fullUrl] : []))
  if (new Set(urls).size < urls.length) return refuse(400, 'invalid', 'Two entries have the same fullUrl.', 'Bundle.entry.fullUrl')
  const steps = asked.flatMap((each) => (each.kind === 'write' ? [each.step] : []))
  const newIds = asked.map(() => parts.newId())
  const id = parts.newId()
  const readings = asked.flatMap((each) => (each.kind === 'read' ? [each.reading] : []))
  const answered = await commit({
    parts,
    caller,
    raw: request.body,
    controlId: request.header('idempotency-key').slice(0, 200),
    interaction: 'transaction',
    decide: async () => {
      const decided = await plan(steps, { parts, base, caller, newIds, now: parts.clock.now() })
      return isRefusal(decided) ? whole(decided) : decided
    },
    answer: ({ done }) => bundleAnswer(id, 'transaction-response', entriesInOrder(asked.length, id, done, request)),
  })
  if (isRefusal(answered) || readings.length === 0) return answered
  // What is read is read after what was written (R4 §3.1.0.11.2, step 4), and again when the answer is an earlier one.
  let body = answered.body ?? ''
  const made = /"id":"([^"]+)"/.exec(body)?.[1] ?? ''
  const looked: string[] = []
  for (const reading of readings) {
    const answer = await read(reading)
    body = body.replace(pending(made, reading.n), () => answerEntry(answer, base))
    if (answer.shows) looked.push(answer.shows.subject)
  }
  return { ...answered, body, ...(looked.length === 0 ? {} : { shows: { what: 'read in a transaction', subject: looked.join(' ') } }) }
}

/** Stands where a read's answer will: no resource can hold it, for the Bundle's id is not known before. */
const pending = (id: string, n: number): string => `{"pending":"${id} ${String(n)}"}`

/** A transaction that fails is a client error as a whole, and nothing of it is stored. */
function whole(refusal: Refusal): Refusal {
  const issues = refusal.issues.map((issue, n) => (n > 0 ? issue : { ...issue, diagnostics: `${issue.diagnostics} Nothing of the transaction was stored.` }))
  return { ...refusal, issues }
}

async function runBatch(bundle: JsonObject, request: FaceRequest, parts: FaceParts, read: ReadWithin): Promise<FaceAnswer> {
  const entries = entriesOf(bundle)
  const texts: string[] = []
  const looked: string[] = []
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    const some = entries.slice(from, from + AT_ONCE).map(async (entry, i) => {
      const answer = await runAlone(entry as JsonObject, from + i, request, parts, read)
      if (isRefusal(answer)) return refusalEntry(answer)
      if (answer.shows) looked.push(answer.shows.subject)
      return answer.entry
    })
    texts.push(...(await Promise.all(some)))
  }
  return {
    ...bundleAnswer(parts.newId(), 'batch-response', texts),
    ...(looked.length === 0 ? {} : { shows: { what: 'read in a batch', subject: looked.join(' ') } }),
  }
}

/** An entry of a batch on its own: its failure is its own too. */
async function runAlone(entry: JsonObject, n: number, request: FaceRequest, parts: FaceParts, read: ReadWithin) {
  const { base, caller } = request
  const asked = await readEntry(entry, n, parts, base)
  if (isRefusal(asked)) return asked
  if (asked.kind === 'read') {
    const answer = await read(asked.reading)
    return { entry: answerEntry(answer, base), shows: answer.shows }
  }
  const newIds = Array.from({ length: n + 1 }, () => parts.newId())
  const key = request.header('idempotency-key').slice(0, 200)
  let text = ''
  const answered = await commit({
    parts,
    caller,
    raw: new TextEncoder().encode(writeFhirJson(entry)),
    controlId: key === '' ? '' : `${key} ${placeOf(n)}`,
    interaction: 'batch',
    decide: async () => {
      const decided = await plan([asked.step], { parts, base, caller, newIds, now: parts.clock.now() })
      return isRefusal(decided) ? within(asked.step.place, decided) : decided
    },
    answer: ({ done: [done] }) => {
      text = done === undefined ? '' : doneEntry(done, request)
      return { status: 200, headers: {}, body: text }
    },
  })
  return isRefusal(answered) ? answered : { entry: answered.body ?? text, shows: undefined }
}

function bundleAnswer(id: string, type: string, entries: readonly string[]): FaceAnswer {
  return { status: 200, headers: {}, body: bundleText({ type, id }, entries) }
}

function entriesInOrder(count: number, id: string, done: readonly Done[], request: FaceRequest): readonly string[] {
  const texts = new Map(done.map((each) => [each.step.n, doneEntry(each, request)]))
  return Array.from({ length: count }, (_, n) => texts.get(n) ?? pending(id, n))
}

const WORDS: Readonly<Record<number, string>> = { 200: '200 OK', 201: '201 Created', 204: '204 No Content', 304: '304 Not Modified' }
const statusText = (status: number): string => WORDS[status] ?? String(status)

function doneEntry(done: Done, request: FaceRequest): string {
  const { status, type, id, version, updated, body } = done
  const { returns } = preferenceOf(request.header('prefer'))
  const stored = status !== 204
  return entryText(stored ? `${request.base}/${type}/${id}` : null, stored && returns === 'representation' ? body : null, {
    response: {
      status: statusText(status),
      ...(stored ? { location: locationOf(done, request.base) } : {}),
      ...(version === 0 ? {} : { etag: `W/"${String(version)}"`, lastModified: new Date(updated).toISOString() }),
      ...(returns === 'OperationOutcome'
        ? { outcome: { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational', diagnostics: wordsOf(done) }] } }
        : {}),
    },
  })
}

/** A read's answer as an entry: what it gave, or its outcome. */
function answerEntry({ status, headers, body, shows }: FaceAnswer, base: string): string {
  const good = status < 300
  const etag = headers['etag']
  const response = `"response":{"status":${JSON.stringify(statusText(status))}${etag === undefined ? '' : `,"etag":${JSON.stringify(etag)}`}${good || body === null ? '' : `,"outcome":${body}`}}`
  const named = good ? /^(\S+)\/_history\/\d+$/.exec(shows?.subject ?? '')?.[1] : undefined
  const fullUrl = named === undefined ? '' : `"fullUrl":${JSON.stringify(`${base}/${named}`)},`
  return `{${fullUrl}${good && body !== null ? `"resource":${body},` : ''}${response}}`
}

function refusalEntry(refusal: Refusal): string {
  return `{"response":{"status":"${String(refusal.status)}","outcome":${outcomeText(refusal.issues)}}}`
}
