/** Takes an event from an API caller into the engine, once for each idempotency key. */
import { z } from 'zod'
import { formatMessageId, parseMessageId } from '../../../channels/contract/index.ts'
import type { InjectedEvent, MessageView, SearchKey } from '../../../channels/contract/index.ts'
import { documentLine, eventSchemas } from '../../../canonical/schemas/index.ts'
import type { EventType } from '../../../canonical/index.ts'
import { operation } from '../operation.ts'
import type { Answer, ApiParts, Operation, RawRequest } from '../operation.ts'
import { Problem } from '../problem.ts'
import { PROCESS_BASE } from './base.ts'

const CHANNEL = 'bridge/api'
const ENVELOPE = { id: true, version: true, recordedAt: true, source: true, businessKey: true } as const
const businessKey = z.string().max(200).optional().meta({
  description: 'What other messages may say of the same fact: a reversal finds by it what it undoes. Without it, the Idempotency-Key.',
})

/** What only the worklist says (a release), only an ERP (our key there, its state, where an order came from), or only what is told whole. */
const NOT_SAID = ['released', 'key', 'origins', 'status', 'reverses']
/** What only the ERP says of its order's lines. */
const COUNTED = { received: true, invoiced: true } as const
/** Kinds whose lines a supplier answers one by one. */
const ANSWERS: readonly EventType[] = ['PurchaseOrderAcknowledged', 'ShipmentAnnounced']

/** An event as a caller writes it: without envelope. The type is needed only where an operation takes several. */
function callerSchema(type: EventType, isOnly: boolean): z.ZodType {
  const schema = eventSchemas[type] as unknown as z.ZodObject
  const hidden = { ...ENVELOPE, ...Object.fromEntries(NOT_SAID.filter((name) => name in schema.shape).map((name) => [name, true as const])) }
  const said = ANSWERS.includes(type) ? documentLine.omit(COUNTED) : documentLine.omit({ ...COUNTED, status: true })
  const line = said.meta({ id: `${type}Line`, description: 'A line, as its sender states it.' })
  const lines = 'lines' in schema.shape ? { lines: z.array(line).meta({ description: 'Its lines.' }) } : {}
  const reverses = type === 'SupplyReversed' ? { reverses: eventSchemas.SupplyReversed.shape.reverses.default([]) } : {}
  const own = schema.omit(hidden).extend({ businessKey, ...lines, ...reverses })
  const typed = isOnly ? own.extend({ type: z.literal(type).default(type) }) : own
  return typed.strict().meta({ id: `${type}Request` })
}

const AcceptedShape = z
  .object({
    message: z.string(),
    events: z.array(z.string()).meta({ description: 'Ids of the events.' }),
    links: z.object({ self: z.string(), trace: z.string() }).meta({ description: 'self: what became of it (process:read); trace: its chain (ops:read).' }),
  })
  .meta({ id: 'Accepted' })

const HEADERS = { 'idempotency-key!': '1–100 letters, digits, dots, dashes, colons, underscores; the same key with the same body is done once.' } as const

const PROBLEMS = {
  409: 'The engine cannot take it as things are.',
  422: 'The Idempotency-Key was used for something else.',
  429: 'Too many requests of this key are under way.',
  503: 'The store is full or fails; Retry-After says when to try again.',
}

type Body = Readonly<Record<string, unknown>>
interface Parts {
  readonly type: string
  readonly body: Body
  readonly caseKey: string
  /** Members that are no part of what was asked: another time makes no other request. */
  readonly stamped?: Body
}

interface SendSpec {
  readonly path: string
  readonly summary: string
  readonly types: readonly [EventType, ...EventType[]]
  /** `usage`: the message's type is `api^usage`. */
  readonly name: string
  /** What of the body makes the case that its events wake each other by. */
  readonly caseKey?: (body: Body) => string
}

const text = (value: unknown) => (typeof value === 'string' ? value : '')

/** Order-like events of one order wake each other. */
export const orderCase = (body: Body): string => (text(body['order']) === '' ? '' : `order:${text(body['order'])}`)

const bridgeQuery = z.strictObject({
  erp: z.string().max(200).optional().meta({ description: 'Destination of the ERP that decides; needed only where there are several.' }),
})

/** An operation that takes one canonical event. */
export function sending(spec: SendSpec): Operation {
  const { path, summary, types, name, caseKey = (body) => text(body['case']) } = spec
  const schemas = types.map((type) => callerSchema(type, types.length === 1))
  const [only] = schemas
  const body = schemas.length === 1 && only !== undefined ? only : z.discriminatedUnion('type', schemas as unknown as [z.ZodObject])
  return operation({
    method: 'post',
    base: PROCESS_BASE,
    path,
    scope: 'process:write',
    summary,
    status: 202,
    headers: HEADERS,
    query: bridgeQuery,
    body,
    answer: AcceptedShape,
    problems: PROBLEMS,
    handle({ body: given, query, raw }, parts) {
      const { type, ...rest } = given as Body
      return accept(raw, parts, name, query.erp ?? null, { type: text(type), body: rest, caseKey: caseKey(rest) })
    },
  })
}

const KEY = /^[\w.:-]{1,100}$/
const MOST_AT_ONCE = 64
/** Of each caller and key, one request at a time: the second sees what the first did. */
const underWay = new Map<string, Promise<unknown>>()
const busy = new Map<string, number>()

/** Stores an event once for each key of each caller. @throws Problem */
export async function accept(raw: RawRequest, parts: ApiParts, name: string, bridge: string | null, event: Parts): Promise<Answer> {
  const key = raw.header('idempotency-key')
  if (!KEY.test(key)) {
    throw new Problem(400, {
      detail: key === '' ? 'The request has no Idempotency-Key.' : 'The Idempotency-Key is not well formed.',
      cure: 'Send Idempotency-Key with up to 100 letters, digits, dots, dashes, colons or underscores; send the same one when you try again.',
      findings: [{ place: 'header.idempotency-key', text: key === '' ? 'is missing' : 'must be 1 to 100 letters, digits, . : - _' }],
    })
  }
  const sender = raw.caller.key ?? 'engine'
  const going = busy.get(sender) ?? 0
  if (going >= MOST_AT_ONCE)
    throw new Problem(429, {
      detail: `${String(MOST_AT_ONCE)} requests of this key are under way.`,
      cure: 'Wait for answers.',
      headers: { 'retry-after': '1' },
    })
  busy.set(sender, going + 1)
  const controlId = `${sender}/${key}`
  const before = underWay.get(controlId) ?? Promise.resolve()
  const mine = before.catch(() => undefined).then(() => once(parts, name, bridge, event, { sender, key, controlId }))
  underWay.set(controlId, mine)
  try {
    return await mine
  } finally {
    if (underWay.get(controlId) === mine) underWay.delete(controlId)
    const left = (busy.get(sender) ?? 1) - 1
    if (left === 0) busy.delete(sender)
    else busy.set(sender, left)
  }
}

interface Identity {
  readonly sender: string
  readonly key: string
  readonly controlId: string
}

async function once(parts: ApiParts, name: string, bridge: string | null, event: Parts, { sender, key, controlId }: Identity): Promise<Answer> {
  const { reader, control } = parts
  const type = `api^${name}`
  const written = canonicalJson({ ...event.body, type: event.type, ...(bridge === null ? {} : { erp: bridge }) })
  const known = (await reader.messages({ controlId, channel: CHANNEL, limit: 1 })).items[0]
  if (known !== undefined) return replayed(parts, known, type, written)
  const { businessKey: stated, ...body } = event.body
  const injected: InjectedEvent = {
    type: event.type,
    businessKey: text(stated) || keyOf(event, `${sender}/${key}`),
    caseKey: event.caseKey,
    body: { ...body, ...event.stamped },
    keys: searchKeys(body, event.caseKey),
  }
  const answer = await control.inject({ channel: CHANNEL, controlId, sender, type, raw: written, events: [injected], bridge, deliver: [] })
  if (answer.kind === 'refused') {
    if (answer.code === undefined) throw new Problem(409, { detail: answer.text })
    throw new Problem(503, {
      detail: answer.text,
      cure: 'Send it again with the same Idempotency-Key.',
      headers: { 'retry-after': '10' },
      more: { code: answer.code },
    })
  }
  return accepted(answer.message, answer.events, answer.kind === 'duplicate')
}

/** A reversal has the key of what it takes back, or none and is matched by case and item. */
function keyOf({ type, body }: Parts, own: string): string {
  if (type !== 'SupplyReversed') return own
  const matchers = (body['reverses'] ?? []) as readonly { readonly by: string; readonly value?: string }[]
  return matchers.find(({ by }) => by === 'businessKey')?.value ?? ''
}

async function replayed({ reader }: ApiParts, known: MessageView, type: string, written: string): Promise<Answer> {
  const id = parseMessageId(known.id)
  const bytes = id === null ? null : await reader.raw(id)
  if (bytes === null || known.type !== type || Buffer.from(bytes).toString('utf8') !== written)
    throw new Problem(422, {
      detail: bytes === null ? 'The Idempotency-Key was used long ago.' : 'The Idempotency-Key was used for another request.',
      cure: 'Make a new key for each fact; use the old one only to try the very same request again.',
      findings: [{ place: 'header.idempotency-key', text: 'was used before' }],
      more: { message: known.id },
    })
  return accepted(
    known.id,
    known.events.map((event) => event.id),
    true,
  )
}

function accepted(message: string, events: readonly string[], isReplay: boolean): Answer {
  const self = `${PROCESS_BASE}/requests/${message}`
  return {
    status: isReplay ? 200 : 202,
    body: { message, events, links: { self, trace: `/api/ops/v1/trace/${message}` } },
    headers: { location: self, ...(isReplay ? { 'idempotency-replayed': 'true' } : {}) },
  }
}

/** The same for the same content, in whatever order its members came. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

function searchKeys(body: Body, caseKey: string): readonly SearchKey[] {
  const keys: SearchKey[] = []
  const add = (kind: SearchKey['kind'], value: unknown) => {
    if (typeof value === 'string' && value !== '' && !keys.some((each) => each.kind === kind && each.value === value)) keys.push({ kind, value })
  }
  const of = (each: Body) => {
    add('lot', each['lot'])
    add('serial', each['serial'])
    add('di', (each['udi'] as { readonly di?: unknown } | undefined)?.di)
  }
  if (!caseKey.startsWith('order:')) add('case', caseKey)
  add('order', body['order'])
  of(body)
  if (Array.isArray(body['lines'])) for (const line of body['lines'] as readonly Body[]) of(line)
  return keys
}

const StatusShape = z
  .object({
    message: z.string(),
    state: z.string(),
    events: z.array(
      z.object({
        id: z.string(),
        type: z.string(),
        state: z.string(),
        waitsFor: z.array(z.union([z.number().int(), z.string()])).meta({ description: 'Worklist items, or words on what it waits for.' }),
        documents: z.array(
          z.object({ kind: z.string(), key: z.string().nullable(), destination: z.string(), state: z.string(), number: z.string().nullable() }),
        ),
      }),
    ),
  })
  .meta({ id: 'RequestStatus', description: 'What became of a request. Without its content.' })

export const getRequest = operation({
  method: 'get',
  base: PROCESS_BASE,
  path: '/requests/{message}',
  scope: 'process:read',
  summary: 'What became of a request: its event, what that waits for, the documents that followed.',
  params: z.object({ message: z.string().regex(/^m[0-9a-z]{11}$/, 'is no message id') }),
  answer: StatusShape,
  problems: { 404: 'There is no such request.' },
  async handle({ params }, { reader }) {
    const id = parseMessageId(params.message)
    const view = id === null ? null : await reader.message(id)
    if (view?.channel !== CHANNEL) throw new Problem(404, { detail: 'There is no such request.', cure: 'Take the id of the answer that accepted it.' })
    const events = view.events.map((event) => ({
      id: event.id,
      type: event.type,
      state: event.state,
      waitsFor: event.waitsFor,
      documents: event.deliveries.map(({ kind, key, destination, state, erpRef }) => ({ kind, key, destination, state, number: erpRef })),
    }))
    return { status: 200, body: { message: formatMessageId(id ?? 0), state: view.state, events } }
  },
})
