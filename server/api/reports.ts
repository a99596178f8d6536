/** Reports below the process API. */
import { z } from 'zod'
import { reconcile } from '../reports/index.ts'
import { operation } from './operation.ts'
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
