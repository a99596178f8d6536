/** Reports below the process API. */
import { z } from 'zod'
import { allocate, ALLOCATION_AXES, daysBetween, MOST_DAYS, reconcile } from '../reports/index.ts'
import { operation } from './operation.ts'
import { Problem } from './problem.ts'
import { PROCESS_BASE } from './process/base.ts'

const day = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text), 'must be a day that exists, as 2026-03-01')
const count = z.number().int().nonnegative()

const ReconciliationShape = z
  .object({
    day: z.string(),
    company: z.string(),
    usage: z.object({ total: count, sent: count, held: count, excluded: count, waiting: count, refused: count, underWay: count }),
    messages: z.object({ taken: count, filtered: count, rejected: count, failed: count }),
    ledger: z.object({
      period: z.string(),
      compared: z.boolean().meta({ description: 'False: the ERP’s totals of the period were not pulled.' }),
      totals: z.array(z.object({ account: z.string(), costCentre: z.string(), currency: z.string(), bridge: z.string(), open: z.string(), erp: z.string() })),
    }),
    receivedNotInvoiced: z.array(z.object({ days: z.string(), currency: z.string(), lines: count, amount: z.string() })),
    billOnly: z.object({ uses: count, ordered: count, late: count, longestHours: count }),
    differences: z.array(z.object({ kind: z.enum(['usage', 'ledger']), subject: z.string(), text: z.string() })),
  })
  .meta({ id: 'Reconciliation', description: 'A day’s usage lines, what became of them, and the ledger (R43).' })

export const getReconciliation = operation({
  method: 'get',
  base: PROCESS_BASE,
  path: '/reconciliation',
  scope: 'process:read',
  summary: 'The reconciliation of a day: usage lines sent, held and excluded; totals against the ERP’s ledger; ageing.',
  query: z.strictObject({
    day: day.meta({ description: 'Day on which the lines were received, UTC.' }),
    company: z.string().min(1).max(60).optional().meta({ description: 'Company. Without it, all.' }),
  }),
  answer: ReconciliationShape,
  async handle({ query }, { reader, clock }) {
    return { status: 200, body: await reconcile(reader, { day: query.day, company: query.company ?? '', now: clock.now() }) }
  },
})

const axis = z.enum(ALLOCATION_AXES)
const AllocationShape = z
  .object({
    from: z.string(),
    to: z.string(),
    items: z.array(z.object({ group: z.partialRecord(axis, z.string()), currency: z.string(), amount: z.string(), lines: count })),
  })
  .meta({ id: 'Allocation', description: 'Cost by facility, service line, procedure …: totals of the journals’ lines that a cost centre bears.' })

export const getAllocation = operation({
  method: 'get',
  base: PROCESS_BASE,
  path: '/allocation/costs',
  scope: 'process:read',
  summary: 'What supplies and charges cost, by company, location, department, cost centre, service line, procedure or account.',
  query: z.strictObject({
    from: day.meta({ description: 'First posting day.' }),
    to: day.meta({ description: 'Last posting day.' }),
    company: z.string().min(1).max(60).optional().meta({ description: 'Company. Without it, all.' }),
    by: z
      .string()
      .default('costCentre')
      .transform((text) => text.split(','))
      .pipe(z.array(axis).min(1).max(ALLOCATION_AXES.length))
      .meta({ description: `One or several of ${ALLOCATION_AXES.join(', ')}, with commas.` }),
  }),
  answer: AllocationShape,
  problems: { 400: 'The days are in the wrong order, or more than a year.' },
  async handle({ query }, { reader }) {
    const days = daysBetween(query.from, query.to).length
    if (days === 0 || days >= MOST_DAYS)
      throw new Problem(400, {
        detail: days === 0 ? 'The first day is after the last.' : 'More than a year is asked for.',
        cure: 'Ask for at most a year, the earlier day first.',
        findings: [{ place: 'query.to', text: 'must be a day of the year that begins with `from`' }],
      })
    const items = await allocate(reader, { from: query.from, to: query.to, company: query.company ?? '', by: [...new Set(query.by)] })
    return { status: 200, body: { from: query.from, to: query.to, items } }
  },
})
