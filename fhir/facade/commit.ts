/** From a decision to what is durable: written in one commit, decided again when someone was faster, answered again when it was sent before. */
import { parseMessageId } from '../../channels/contract/index.ts'
import type { ResourceExpectation } from '../../channels/contract/index.ts'

import { parseFhirJson, referencesOf } from '../r4/index.ts'
import type { FhirContent, JsonObject, ToldResource } from '../r4/index.ts'
import type { FaceAnswer, FaceCaller } from './exchange.ts'
import { inTurn } from './in-turn.ts'
import type { Plan } from './plan.ts'
import type { FaceParts } from './ports.ts'
import { isRefusal, refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { isKept } from './search-string.ts'

/** As often as a write is decided anew because another one came first; each time at least one of those that contend gets through. */
const MOST_DECISIONS = 64

export interface CommitRequest {
  readonly parts: FaceParts
  readonly caller: FaceCaller
  readonly raw: Uint8Array
  /** Idempotency-Key or MessageHeader.id; '' when it may be taken twice. */
  readonly controlId: string
  readonly interaction: string
  readonly decide: () => Promise<Plan | Refusal>
  readonly answer: (plan: Plan) => FaceAnswer
  /** What the channels see; what was written when left out. */
  readonly content?: { readonly content: FhirContent; readonly types: readonly string[] }
}

/** The same key in other bytes is told from a new one only by what was stored before: those of one key wait for each other. */
export function commit(request: CommitRequest): Promise<FaceAnswer | Refusal> {
  const { parts, caller, controlId } = request
  return controlId === '' ? decided(request) : inTurn(parts.control, `${caller.sender}\n${controlId}`, () => decided(request))
}

async function decided(request: CommitRequest): Promise<FaceAnswer | Refusal> {
  const { parts, caller, raw, controlId, interaction } = request
  const before = controlId === '' ? null : await earlier(request)
  if (before !== null) return before
  for (let decision = 0; decision < MOST_DECISIONS; decision++) {
    const plan = await request.decide()
    if (isRefusal(plan)) return plan
    const answer = request.answer(plan)
    if (plan.writes.length === 0 && request.content === undefined) return answer
    const content = request.content ?? { content: await contentOf(plan.told, parts), types: [...new Set(plan.told.map(({ type }) => type))] }
    const written = await parts.control.write({
      raw,
      controlId,
      sender: caller.sender,
      interaction,
      ...content,
      writes: plan.writes,
      expects: plan.expects,
      answer: controlId === '' ? NOTHING : keptAnswer(answer),
    })
    switch (written.kind) {
      case 'stored':
        return { ...answer, headers: { ...answer.headers, ...(written.messages.length === 0 ? {} : { 'x-aqueduct-message': written.messages.join(' ') }) } }
      case 'duplicate':
        return again(written.answer)
      case 'refused': {
        const { fault, retry } = written
        return retry
          ? refuse(503, 'transient', fault.text, undefined, { 'retry-after': '2' })
          : refuse(422, 'processing', `${fault.text} [${fault.code}]`, fault.place)
      }
      case 'conflict':
    }
  }
  return refuse(503, 'lock-error', 'Too many writes to the same resource at once; nothing was stored.', undefined, { 'retry-after': '1' })
}

const NOTHING = new Uint8Array(0)

function keptAnswer({ status, headers, body }: FaceAnswer): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ status, headers, body }))
}

/** The first answer, as it was kept with the message. */
function again(kept: Uint8Array | null): FaceAnswer | Refusal {
  if (kept === null || kept.length === 0)
    return refuse(409, 'duplicate', 'The same request is being taken at this moment.', 'Idempotency-Key', { 'retry-after': '1' })
  const { status, headers, body } = JSON.parse(new TextDecoder().decode(kept)) as FaceAnswer
  return { status, headers: { ...headers, 'idempotency-replayed': 'true' }, body }
}

/** No store keeps a resource with such an id, so this holds for none: an op with it writes nothing, and still tells what it duplicates. */
const NEVER: ResourceExpectation = {
  query: { types: ['Basic'], ids: ['!'], updated: [], criteria: [], sort: [], offset: 0, limit: 1 },
  found: ['Basic/!'],
}

/**
 * Was something taken under this key before? The same bytes get the first answer, before anything is decided about them: what they did is done,
 * and would be judged otherwise now. Other bytes are refused, but for a message bundle: told again in another envelope, it was heard.
 */
async function earlier(request: CommitRequest): Promise<FaceAnswer | Refusal | null> {
  const { parts, caller, raw, controlId, interaction } = request
  const { items } = await parts.reader.messages({ controlId, limit: 20 })
  for (const { id } of items) {
    const number = parseMessageId(id)
    const kept = number === null ? null : await parts.reader.raw(number)
    if (kept === null) continue
    const asked = await parts.control.write({
      raw: kept,
      controlId,
      sender: caller.sender,
      interaction,
      types: [],
      content: null,
      writes: [],
      expects: [NEVER],
      answer: NOTHING,
    })
    if (asked.kind !== 'duplicate') continue
    if (interaction === 'message' || Buffer.from(kept).equals(raw)) return again(asked.answer)
    return refuse(422, 'duplicate', 'The Idempotency-Key was used for another request.', 'Idempotency-Key')
  }
  return null
}

/** What is told and what it refers to on this server, one step far, as a mapping may ask. */
export async function contentOf(told: readonly ToldResource[], { reader }: Pick<FaceParts, 'reader'>): Promise<FhirContent> {
  const known = new Map<string, JsonObject>(told.flatMap(({ type, id, resource }) => (resource === null ? [] : [[`${type}/${id}`, resource] as const])))
  const wanted = new Set([...known.values()].flatMap((resource) => referencesOf(resource).map(({ reference }) => localOf(reference))))
  const loaded = await Promise.all(
    [...wanted].map(async (name) => {
      if (name === null || known.has(name)) return null
      const [type = '', id = ''] = name.split('/')
      const stored = isKept(type) ? await reader.resource(type, id) : null
      const read = stored?.body == null ? null : parseFhirJson(stored.body)
      return read?.ok === true ? ([name, read.value] as const) : null
    }),
  )
  const all = new Map<string, JsonObject>([...known, ...loaded.filter((each) => each !== null)])
  return { server: '', told, resolve: (reference) => all.get(localOf(reference) ?? reference) ?? null }
}

/** `Device/12` of `Device/12/_history/3`; null for what is not of this server. */
function localOf(reference: string): string | null {
  return /^([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/.+)?$/.exec(reference)?.[1] ?? null
}
