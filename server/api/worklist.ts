/** The worklist: what waits for a person, and how a person closes it. */
import { z } from 'zod'
import { formatMessageId } from '../../channels/contract/index.ts'
import type { Page, Reader, WorklistView } from '../../channels/contract/index.ts'
import { itemId } from './ids.ts'
import { operation } from './operation.ts'
import { Problem } from './problem.ts'
import { FailureCodeShape, WorklistShape, numberCursor, pageOf, paging } from './shapes.ts'

const ACTIONS = ['retry', 'edit', 'link', 'discard', 'release'] as const
/** What each action cannot do without, and why. */
const NEEDS = {
  retry: [],
  edit: [['value', 'edit needs the value that is missing or wrong']],
  link: [
    ['erpRef', 'link needs the number that it has in the ERP'],
    ['reason', 'link needs a reason; it is kept in the trail'],
  ],
  discard: [['reason', 'discard needs a reason; it is kept in the trail']],
  release: [['reason', 'release needs a reason; it goes with the document and is kept in the trail']],
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
  query: z.strictObject({
    state: z.enum(['open', 'closed']).default('open'),
    kind: FailureCodeShape.optional(),
    owner: z.string().min(1).max(200).optional(),
    severity: z.enum(['low', 'normal', 'high']).optional(),
    assignee: z.string().max(100).optional().meta({ description: 'Who works on it; empty: nobody yet.' }),
    after: numberCursor,
    limit: paging.limit,
  }),
  answer: pageOf(WorklistShape),
  async handle({ query }, { reader }) {
    return { status: 200, body: await pageOfItems(reader, query) }
  },
})

type Filter = Partial<Record<'owner' | 'severity' | 'assignee', string | undefined>>

/** A page of items that fit: pages of the store are read until it is full. */
async function pageOfItems(
  reader: Reader,
  query: Filter & {
    readonly state: 'open' | 'closed'
    readonly kind?: string | undefined
    readonly after?: number | undefined
    readonly limit?: number | undefined
  },
): Promise<Page<WorklistView>> {
  const { state, kind, owner, severity, assignee, limit = 50 } = query
  const fits = (item: WorklistView) =>
    (owner === undefined || item.owner === owner) &&
    (severity === undefined || item.severity === severity) &&
    (assignee === undefined || item.assignee === assignee)
  const isFiltered = owner !== undefined || severity !== undefined || assignee !== undefined
  const items: WorklistView[] = []
  let { after } = query
  for (;;) {
    const page = await reader.worklist({
      state,
      ...(kind === undefined ? {} : { kind }),
      ...(after === undefined ? {} : { after }),
      ...(query.limit === undefined && !isFiltered ? {} : { limit: isFiltered ? 500 : limit }),
    })
    for (const [n, item] of page.items.entries()) {
      if (fits(item)) items.push(item)
      if (isFiltered && items.length === limit) {
        const isEnd = n === page.items.length - 1 && page.next === null
        return { items, next: isEnd ? null : String(item.id) }
      }
    }
    if (!isFiltered || page.next === null) return { items, next: page.next }
    after = Number(page.next)
  }
}

export const getWorklistItem = operation({
  method: 'get',
  path: '/worklist/{id}',
  summary: 'One worklist item with its whole story and comments.',
  params: z.object({ id: itemId }),
  answer: WorklistShape,
  problems: { 404: 'There is no such item.' },
  async handle({ params }, { reader }) {
    return { status: 200, body: (await reader.worklistItem(params.id)) ?? unknownItem(params.id) }
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
  async handle({ params, body, raw, who }, { reader, control }) {
    if (body.action === 'release' && !raw.named)
      throw new Problem(400, {
        detail: 'A release is on the word of a person; the request names none.',
        cure: 'Name the person in the x-aqueduct-user header or in by.',
        findings: [{ place: 'body.by', text: 'release needs the name of the person', pointer: '/by' }],
      })
    const answer = await control.resolve({
      item: params.id,
      action: body.action,
      by: who,
      reason: body.reason ?? '',
      value: body.value ?? null,
      erpRef: body.erpRef ?? null,
    })
    if (answer.kind === 'resolved') return { status: 200, body: { kind: 'resolved', resumed: answer.resumed, rerun: answer.rerun.map(formatMessageId) } }
    if ((await reader.worklistItem(params.id)) === null) unknownItem(params.id)
    if (answer.place !== undefined)
      throw new Problem(422, {
        detail: answer.text,
        cure: `Send it again with another ${answer.place}; the item is open.`,
        findings: [{ place: `body.${answer.place}`, text: answer.text }],
      })
    throw new Problem(409, { detail: answer.text, cure: 'Look at the item with GET /worklist/{id}.' })
  },
})

export const commentItem = operation({
  method: 'post',
  path: '/worklist/{id}/comment',
  summary: 'Adds a comment to an item, gives it to someone, or both.',
  params: z.object({ id: itemId }),
  body: z
    .strictObject({
      text: z.string().trim().max(2000).default('').meta({ description: 'No patient data: it is shown with the item.' }),
      assignee: z.string().trim().max(100).nullish().meta({ description: 'Who has it from now on; empty: nobody; without it: unchanged.' }),
      by: z.string().max(100).nullish(),
    })
    .check((context) => {
      const { text, assignee } = context.value
      if (text === '' && (assignee === undefined || assignee === null))
        context.issues.push({ code: 'custom', message: 'a comment needs text, an assignee or both', path: ['text'], input: undefined })
    })
    .meta({ id: 'Comment' }),
  answer: WorklistShape,
  problems: { 404: 'There is no such item.', 409: 'The item is closed.' },
  async handle({ params, body, who }, { reader, control }) {
    const done = await control.comment({ item: params.id, by: who, text: body.text, assignee: body.assignee ?? null })
    const item = await reader.worklistItem(params.id)
    if (item === null) unknownItem(params.id)
    if (!done) throw new Problem(409, { detail: `Item ${String(params.id)} is closed.`, cure: 'Look at it with GET /worklist/{id}.' })
    return { status: 200, body: item }
  },
})

function unknownItem(id: number): never {
  throw new Problem(404, { detail: `There is no worklist item ${String(id)}.`, cure: 'List items with GET /worklist, closed ones with ?state=closed.' })
}
