/** Month end, asked for by name: accruals of what was used or received and not billed (R36). */
import { z } from 'zod'
import type { Reader } from '../../../channels/contract/index.ts'
import { operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { PROCESS_BASE } from './base.ts'
import { accept } from './sending.ts'

const part = (about: string) =>
  z
    .string()
    .regex(/^[^/\s]{1,60}$/, 'must be 1 to 60 characters without spaces and slashes')
    .meta({ description: about })

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/

/** A period is a month, or one that the periods know; a company is one of theirs, where there are any. @throws Problem 422 */
async function knownPeriod(reader: Reader, { company, period }: { readonly company: string; readonly period: string }): Promise<void> {
  const has = async (where: Readonly<Record<string, string>>) => (await reader.rows({ table: 'period', where, limit: 1 })).items.length > 0
  const ofCompany = async (where: Readonly<Record<string, string>>) => (await has({ ...where, company })) || (await has({ ...where, company: '' }))
  if (!MONTH.test(period) && !(await ofCompany({ period })))
    throw unknown('period', 'The period is none that is known, nor a month as YYYY-MM.', 'Load it with aqueduct load periods, or close another one.')
  if (!(await ofCompany({})) && (await has({})))
    throw unknown('company', 'No period is of this company.', 'Give a company that GET /api/system/v1/periods names, or load its periods.')
}

function unknown(member: string, detail: string, cure: string): Problem {
  return new Problem(422, { detail, cure, findings: [{ place: `body.${member}`, text: detail, pointer: `/${member}` }] })
}

export const endPeriod = operation({
  method: 'post',
  base: PROCESS_BASE,
  path: '/allocation/period-ends',
  scope: 'process:write',
  summary: 'Ends a period of a company: what was used or received and is not billed is accrued.',
  status: 202,
  headers: { 'idempotency-key!': 'The same key with the same body is done once.' },
  query: z.strictObject({
    erp: z.string().max(200).optional().meta({ description: 'Destination of the ERP that decides; needed only where there are several.' }),
  }),
  body: z
    .strictObject({ company: part('Company, as the periods know it.'), period: part('Period, as the periods know it: 2026-11.') })
    .meta({ id: 'PeriodEnd' }),
  answer: z.object({ message: z.string(), events: z.array(z.string()), links: z.object({ self: z.string(), trace: z.string() }) }),
  problems: {
    409: 'The engine cannot take it as things are.',
    422: 'No such period or company, or the Idempotency-Key was used for something else.',
    429: 'Too many requests of this key are under way.',
    503: 'The store is full or fails; Retry-After says when to try again.',
  },
  async handle({ body, query, raw }, parts) {
    await knownPeriod(parts.reader, body)
    const subject = `${body.company}/${body.period}`
    const now = parts.clock.now()
    return accept(raw, parts, 'period-end', query.erp ?? null, {
      type: 'TimerFired',
      body: { name: 'period-end', subject },
      caseKey: subject,
      stamped: { occurredAt: new Date(now).toISOString(), due: String(now) },
    })
  },
})
