/** The worklist: what waits for a person, and how a person closes it. */
import { z } from 'zod'
import { formatMessageId } from '../../channels/contract/index.ts'
import type { Reader, WorklistView } from '../../channels/contract/index.ts'
import { itemId } from './ids.ts'
import { operation } from './operation.ts'
import { Problem } from './problem.ts'
import { FailureCodeShape, WorklistShape, numberCursor, pageOf, paging } from './shapes.ts'

const ACTIONS = ['retry', 'edit', 'link', 'discard'] as const
/** What each action cannot do without, and why. */
const NEEDS = {
  retry: [],
  edit: [['value', 'edit needs the value that is missing or wrong']],
  link: [
    ['erpRef', 'link needs the number that it has in the ERP'],
    ['reason', 'link needs a reason; it is kept in the trail'],
  ],
  discard: [['reason', 'discard needs a reason; it is kept in the trail']],
} as const

export const ResolveShape = z
  .strictObject({
    action: z.enum(ACTIONS),
    reason: z.string().max(2000).nullish(),
    value: z.string().max(2000).nullish().meta({ description: 'For edit: the value, as text (decimals too).' }),
    erpRef: z.string().max(200).nullish().meta({ description: 'For link: the document’s number in the ERP.' }),
    by: z.string().max(100).nullish().meta({ description: 'Who decided, when the x-aqueduct-user header does not say.' }),
  })
  .check((context) => {
    for (const [member, message] of NEEDS[context.value.action]) {
      const value = context.value[member]
      if (value === undefined || value === null || value.trim() === '') context.issues.push({ code: 'custom', message, path: [member], input: undefined })
    }
  })
  .meta({ id: 'Resolution' })

export const listWorklist = operation({
  method: 'get',
  path: '/worklist',
  summary: 'What waits for a person.',
  query: z.strictObject({ state: z.enum(['open', 'closed']).default('open'), kind: FailureCodeShape.optional(), after: numberCursor, limit: paging.limit }),
  answer: pageOf(WorklistShape),
  async handle({ query: { state, kind, after, limit } }, { reader }) {
    const page = await reader.worklist({
      state,
      ...(kind === undefined ? {} : { kind }),
      ...(after === undefined ? {} : { after }),
      ...(limit === undefined ? {} : { limit }),
    })
    return { status: 200, body: page }
  },
})

export const getWorklistItem = operation({
  method: 'get',
  path: '/worklist/{id}',
  summary: 'One worklist item.',
  params: z.object({ id: itemId }),
  answer: WorklistShape,
  problems: { 404: 'There is no such item.' },
  async handle({ params }, { reader }) {
    return { status: 200, body: (await findItem(reader, params.id)) ?? unknownItem(params.id) }
  },
})

export const resolveItem = operation({
  method: 'post',
  path: '/worklist/{id}/resolve',
  summary: 'Closes an item; what waited for it goes on by itself.',
  params: z.object({ id: itemId }),
  body: ResolveShape,
  answer: z.object({
    kind: z.literal('resolved'),
    resumed: z.number().int(),
    rerun: z.array(z.string()).meta({ description: 'Messages that are mapped again.' }),
  }),
  problems: { 404: 'There is no such item.', 409: 'The item cannot be closed in this way.', 422: 'The value does not fit its field; the item stays open.' },
  async handle({ params, body, who }, { reader, control }) {
    const answer = await control.resolve({
      item: params.id,
      action: body.action,
      by: who,
      reason: body.reason ?? '',
      value: body.value ?? null,
      erpRef: body.erpRef ?? null,
    })
    if (answer.kind === 'resolved') return { status: 200, body: { kind: 'resolved', resumed: answer.resumed, rerun: answer.rerun.map(formatMessageId) } }
    if ((await findItem(reader, params.id)) === null) unknownItem(params.id)
    if (answer.place !== undefined)
      throw new Problem(422, {
        detail: answer.text,
        cure: `Send it again with another ${answer.place}; the item is open.`,
        findings: [{ place: `body.${answer.place}`, text: answer.text }],
      })
    throw new Problem(409, { detail: answer.text, cure: 'Look at the item with GET /worklist/{id}.' })
  },
})

function unknownItem(id: number): never {
  throw new Problem(404, { detail: `There is no worklist item ${String(id)}.`, cure: 'List items with GET /worklist, closed ones with ?state=closed.' })
}

/** One item out of the list: the cursor is an item's number, whichever way the list runs. */
async function findItem(reader: Reader, id: number): Promise<WorklistView | null> {
  for (const state of ['open', 'closed'] as const) {
    for (const after of [id - 1, id + 1]) {
      const { items } = await reader.worklist({ state, after, limit: 1 })
      const found = items.find((item) => item.id === id)
      if (found !== undefined) return found
    }
  }
  return null
}
