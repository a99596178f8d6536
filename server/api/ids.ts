/** Ids in paths. What is no id is told from what does not exist: 400 and 404. */
import { z } from 'zod'
import { formatMessageId, parseId } from '../../channels/contract/index.ts'
import type { MessageView, Reader } from '../../channels/contract/index.ts'
import { Problem } from './problem.ts'

/** A message id (`m` and 11 characters) as its integer. */
export const messageId = z
  .string()
  .transform((text, context) => {
    const id = parseId(text)
    if (id?.kind === 'message') return id.message
    const message =
      id === null
        ? 'is no message id; one is m and 11 characters, as GET /messages lists them'
        : `names ${id.kind === 'event' ? 'an event' : 'a delivery'}; its message is ${formatMessageId(id.message)}`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .meta({ type: 'string', description: 'Message id: m and 11 characters.', example: 'm0c1d2e3f4g5' })

/** A worklist item's number. */
export const itemId = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, 'is no worklist item; one is a number, as GET /worklist lists them')
  .transform(Number)
  .refine(Number.isSafeInteger, 'is no worklist item; the number is too large')
  .meta({ type: 'integer', description: 'Number of the worklist item.' })

export async function messageOf(reader: Reader, id: number): Promise<MessageView> {
  return (await reader.message(id)) ?? unknownMessage(id)
}

export function unknownMessage(id: number): never {
  throw new Problem(404, {
    detail: `There is no message ${formatMessageId(id)}.`,
    cure: 'List messages with GET /messages, or find it by any other id with GET /trace/{id}.',
  })
}
