/** What edits on the worklist say about codes, for later messages too. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { Problem } from './problem.ts'
import { instant } from './shapes.ts'

const TranslationShape = z
  .object({ kind: z.string(), subject: z.string(), value: z.string(), by: z.string(), at: instant, item: z.number().int() })
  .meta({ id: 'Translation', description: 'An edit of a code: later events that lack the same get this value.' })

export const listTranslations = operation({
  method: 'get',
  path: '/translations',
  summary: 'Codes that edits on the worklist answer for later messages too.',
  answer: z.object({ items: z.array(TranslationShape) }),
  async handle(_request, { reader }) {
    return { status: 200, body: { items: await reader.translations() } }
  },
})

export const forgetTranslation = operation({
  method: 'delete',
  path: '/translations/{kind}/{subject}',
  summary: 'Takes one back: later messages with the code wait again. Audited.',
  params: z.object({ kind: z.string().min(1).max(200), subject: z.string().min(1).max(500) }),
  answer: z.object({ forgotten: z.literal(true) }),
  problems: { 404: 'No edit answers this code.' },
  async handle({ params, who }, { control }) {
    if (!(await control.forget(params.kind, params.subject, who)))
      throw new Problem(404, { detail: 'No edit answers this code.', cure: 'List them with GET /translations.' })
    return { status: 200, body: { forgotten: true } }
  },
})
