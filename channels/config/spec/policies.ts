/** `policies/*.yaml`: one or several files that are read as one. */
import { z } from 'zod'
import { duration, oneOf, text } from '../leaves.ts'

const owner = (what: string) =>
  oneOf({ bridge: '', erp: '' }, { description: `Who ${what}: the bridge or the ERP, never both.`, examples: ['bridge'] }).optional()
const account = (what: string, example: string) => text({ description: `Account for ${what}.`, examples: [example] }).optional()

export const policiesSpec = z
  .strictObject({
    company: text({ description: 'Company the documents are made for, as the ERP knows it.', examples: ['H1'] }).optional(),
    currency: text(
      { description: 'Currency of the company, ISO 4217.', examples: ['USD'] },
      { pattern: /^[A-Z]{3}$/, expected: 'a currency of three capital letters such as USD' },
    ).optional(),
    stock_owner: owner('moves stock'),
    reorder_owner: owner('orders what falls below its minimum'),
    gl_owner: owner('books the general ledger'),
    order_state: oneOf({ draft: '', submitted: '' }, { description: 'State at which an order stops; approval is the ERP’s.', examples: ['draft'] }).prefault(
      'draft',
    ),
    accounts: z
      .strictObject({
        inventory: account('stock', '1400'),
        accrued: account('what was used and is not invoiced yet', '2150'),
        clearing: account('consigned and bill-only goods', '2160'),
        waste: account('waste', '6190'),
        expense: z
          .record(z.string(), text({ description: 'Account.', examples: ['6100'] }))
          .prefault({})
          .meta({ description: 'Expense account by item category; `default` is the rest.', examples: [{ implant: '6110', default: '6100' }] }),
      })
      .prefault({})
      .meta({ description: 'General ledger accounts, in quotes.' }),
    reversal_wait: duration({ description: 'How long a reversal waits for its original before a person is asked.', examples: ['2d'] }).prefault('2d'),
    routes: z
      .record(z.string(), text({ description: 'Destination.', examples: ['erp'] }))
      .optional()
      .meta({
        description: 'Destination by document kind; `*` is the rest. Without it, the only ERP there is.',
        examples: [{ '*': 'erp', journal: 'ledger' }],
      }),
  })
  .meta({ title: 'Policies', description: 'Who owns what, accounts, limits: what the bridge decides by.' })

export type PoliciesSpec = z.output<typeof policiesSpec>
