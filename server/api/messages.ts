/** Messages: what came in, what became of it, the bytes, the chain, doing it again. */
import { z } from 'zod'
import { formatMessageId, parseId } from '../../channels/contract/index.ts'
import type { MessageQuery } from '../../channels/contract/index.ts'
import { messageId, messageOf, unknownMessage } from './ids.ts'
import { operation } from './operation.ts'
import type { Answer, ApiParts } from './operation.ts'
import { Problem } from './problem.ts'
import { MESSAGE_STATUSES, MessageShape, TraceShape, pageOf, paging } from './shapes.ts'

const name = z.string().min(1).max(200)
const messageCursor = z
  .string()
  .refine((text) => parseId(text)?.kind === 'message', 'must be the `next` of the page before')
  .optional()
  .meta({ description: 'Cursor: the `next` of the page before.' })
const TRACE_CURE = 'Give a control id, message, event or delivery id, case, document key, ERP reference, lot or serial number, exactly as it was sent.'

export const listMessages = operation({
  method: 'get',
  path: '/messages',
  summary: 'Messages, newest first, without bodies.',
  query: z.strictObject({
    controlId: name.optional(),
    channel: name.optional(),
    state: z.enum(MESSAGE_STATUSES).optional(),
    after: messageCursor,
    limit: paging.limit,
  }),
  answer: pageOf(MessageShape),
  async handle({ query }, { reader }) {
    return { status: 200, body: await reader.messages(given(query)) }
  },
})

export const getMessage = operation({
  method: 'get',
  path: '/messages/{id}',
  summary: 'One message with its events’ bodies and where each field came from. Audited.',
  params: z.object({ id: messageId }),
  answer: MessageShape,
  problems: { 404: 'There is no such message.' },
  async handle({ params, who }, { reader, control }) {
    const view = await messageOf(reader, params.id)
    await control.audit(who, 'read message', view.id)
    return { status: 200, body: view }
  },
})

export const getRaw = operation({
  method: 'get',
  path: '/messages/{id}/raw',
  summary: 'The bytes of a message, exactly as they were received. Audited.',
  params: z.object({ id: messageId }),
  answer: null,
  problems: { 404: 'There is no such message, or its content is past retention.' },
  async handle({ params, who }, { reader, control }) {
    const raw = await reader.raw(params.id)
    const id = formatMessageId(params.id)
    if (raw === null) {
      if ((await reader.header(params.id)) === null) unknownMessage(params.id)
      throw new Problem(404, { detail: `The content of message ${id} is no longer kept.`, cure: 'What became of it is still told by GET /messages/{id}.' })
    }
    await control.audit(who, 'read raw', id)
    const isHl7 = raw[0] === 0x4d && raw[1] === 0x53 && raw[2] === 0x48
    return {
      status: 200,
      body: Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength),
      contentType: isHl7 ? 'application/hl7-v2' : 'application/octet-stream',
      headers: { 'content-disposition': `attachment; filename="${id}${isHl7 ? '.hl7' : '.bin'}"` },
    }
  },
})

export const replayMessage = operation({
  method: 'post',
  path: '/messages/{id}/replay',
  summary: 'Maps a stored message again under the active configuration, with a trail.',
  params: z.object({ id: messageId }),
  body: z.strictObject({ by: z.string().max(100).optional() }),
  answer: z.object({ events: z.number().int() }),
  problems: { 404: 'There is no such message.', 409: 'It cannot be replayed now.' },
  async handle({ params, who }, { reader, control }) {
    if ((await reader.header(params.id)) === null) unknownMessage(params.id)
    const answer = await control.replay(params.id, who)
    if (!answer.ok) throw new Problem(409, { detail: answer.text })
    return { status: 200, body: { events: answer.events } }
  },
})

async function trace(id: string, who: string, { reader, control }: ApiParts): Promise<Answer> {
  const view = await reader.trace(id)
  if (view.nodes.length === 0) throw new Problem(404, { detail: 'Nothing is known by this id.', cure: TRACE_CURE, more: { nodes: [], edges: [] } })
  // From a lot number to the patients’ messages: a look at content as much as reading one.
  await control.audit(who, 'trace', id)
  return { status: 200, body: view }
}

export const getTrace = operation({
  method: 'get',
  path: '/trace/{id}',
  summary: 'The chain of whatever the id names, in both directions. Audited.',
  params: z.object({ id: name.meta({ description: 'Control id, message, event, delivery, case, document key, ERP reference, lot or serial; URL-encoded.' }) }),
  answer: TraceShape,
  problems: { 404: 'Nothing is known by this id.' },
  handle: ({ params, who }, parts) => trace(params.id, who, parts),
})

export const findTrace = operation({
  method: 'get',
  path: '/trace',
  summary: 'The same with the id in the query, for ids that do not survive in a path.',
  query: z.strictObject({ id: name }),
  answer: TraceShape,
  problems: { 404: 'Nothing is known by this id.' },
  handle: ({ query, who }, parts) => trace(query.id, who, parts),
})

/** A query without the members that are not there. */
function given(query: { readonly [Key in keyof MessageQuery]: MessageQuery[Key] | undefined }): MessageQuery {
  const { controlId, channel, state, after, limit } = query
  return {
    ...(controlId === undefined ? {} : { controlId }),
    ...(channel === undefined ? {} : { channel }),
    ...(state === undefined ? {} : { state }),
    ...(after === undefined ? {} : { after }),
    ...(limit === undefined ? {} : { limit }),
  }
}
