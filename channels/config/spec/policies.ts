/** `policies/*.yaml`: one or several files that are read as one. */
import { z } from 'zod'
import { POSTING_OCCASIONS } from '../../contract/index.ts'
import type { PostingOccasion } from '../../contract/index.ts'
import { currency, decimal, duration, flag, oneOf, text } from '../leaves.ts'

const BRIDGE_OR_ERP = { bridge: '', erp: '' } as const
const owner = (what: string) => oneOf(BRIDGE_OR_ERP, { description: `Who ${what}: the bridge or the ERP, never both.`, examples: ['bridge'] }).optional()
const account = (what: string, example: string) => text({ description: `Account for ${what}.`, examples: [example] }).optional()

const ownersOfFlow = (flow: string) =>
  z
    .strictObject({ stock: owner('moves its stock'), reorder: owner('orders it again'), gl: owner('books it') })
    .optional()
    .meta({ description: `Owners of ${flow}, where they are not those of all flows.`, examples: [{ gl: 'erp' }] })

const booksOf = (what: string) =>
  z
    .strictObject({ gl: owner(`books ${what}`) })
    .optional()
    .meta({ description: `Who books ${what}. Without it the ERP does, whatever gl_owner says.`, examples: [{ gl: 'bridge' }] })

const owners = z
  .strictObject({
    owned: ownersOfFlow('the hospital’s own stock'),
    consigned: ownersOfFlow('consigned goods'),
    'bill-only': ownersOfFlow('goods that are ordered after use'),
    'bill-and-replace': ownersOfFlow('goods that are ordered after use and replaced'),
    par: ownersOfFlow('goods that are expensed when they are issued'),
    charge: ownersOfFlow('charges'),
    receipt: booksOf('receipts of orders'),
    invoice: booksOf('supplier invoices'),
  })
  .prefault({})
  .meta({
    description: 'Owners that differ by flow. A flow that is not named has the owners above; receipts and invoices are the ERP’s.',
    examples: [{ consigned: { gl: 'erp' } }],
  })

const tolerance = (what: string) =>
  z
    .strictObject({
      amount: decimal({ description: 'Most that it may differ, in the document’s currency.', examples: [10] }).optional(),
      percent: decimal({ description: 'Most that it may differ, in percent of what was agreed.', examples: [2] }).optional(),
      cap: decimal({ description: 'Most that the percentage may amount to, in the document’s currency.', examples: [25] }).optional(),
      direction: oneOf({ both: 'too much and too little', above: 'only too much' }, { description: 'What is out of tolerance.', examples: ['above'] }).prefault(
        'both',
      ),
    })
    .optional()
    .meta({
      description: `Tolerance of ${what}: out of it when the stricter of amount and percentage is exceeded. Neither: no bound. Not given: the one of the built-in rule.`,
      examples: [{ percent: 2, cap: 25 }],
    })

const WAYS = {
  'two-way': 'invoice against order',
  'three-way': 'invoice against order and receipt',
  evaluated: 'the receipt settles itself, no invoice is expected',
} as const

const matching = z
  .strictObject({
    ways: z
      .record(z.string(), oneOf(WAYS, { description: 'How it is matched.', examples: ['three-way'] }))
      .prefault({})
      .meta({
        description:
          'How an order is matched, by its kind (stock, bill-only, bill-and-replace, consigned, requested); `*` is the rest. Default: bill-only two-way, else three-way.',
        examples: [{ 'bill-only': 'two-way', '*': 'three-way' }],
      }),
    tolerances: z
      .array(
        z
          .strictObject({
            supplier: text({ description: 'Supplier it holds for. Without it, every one.', examples: ['V-1001'] }).optional(),
            category: text({ description: 'Item category it holds for. Without it, every one.', examples: ['implant'] }).optional(),
            price: tolerance('the unit price'),
            quantity: tolerance('the quantity'),
            line: tolerance('a line’s amount'),
            total: tolerance('the total'),
            freight: tolerance('freight'),
            tax: tolerance('tax'),
          })
          .meta({ description: 'Tolerances for some suppliers or categories.' }),
      )
      .prefault([])
      .meta({
        description:
          'First fit wins; behind them stand the built-in ones: price 2 % up to 25 (implants 0), quantity nothing over, line and total 10, freight 25 over, tax 10.',
        examples: [[{ category: 'implant', price: { percent: 0 } }]],
      }),
    wait: duration({ description: 'How long an invoice waits for its order or receipt before a person is asked.', examples: ['2d'] }).prefault('2d'),
    variance_account: text({ description: 'Account of price variances inside the tolerance. Without it, the line’s own.', examples: ['5130'] }).optional(),
    freight_account: text({ description: 'Account of freight. Without it, the line’s own.', examples: ['5190'] }).optional(),
    tax_account: text({ description: 'Account of tax that is cost. Without it, the line’s own.', examples: ['5195'] }).optional(),
  })
  .prefault({})
  .meta({ description: 'How supplier invoices are matched.' })

const OCCASION_MEANINGS: Readonly<Record<PostingOccasion, string>> = {
  usage: 'a supply is used',
  waste: 'it is wasted',
  charge: 'a charge comes in',
  receipt: 'goods are received',
  invoice: 'an invoice is matched',
  variance: 'its price differs within the tolerance',
  freight: 'it has freight',
  tax: 'it has tax',
  count: 'a count finds less than the books (more: sides swapped)',
  'used-not-billed': 'a period ends and used goods are not invoiced',
  'received-not-invoiced': 'a period ends and received goods are not invoiced',
}
const occasions = Object.fromEntries(POSTING_OCCASIONS.map((occasion) => [occasion, OCCASION_MEANINGS[occasion]])) as Record<PostingOccasion, string>

const posting = z
  .array(
    z
      .strictObject({
        when: oneOf(occasions, { description: 'On which occasion.', examples: ['usage'] }),
        ownership: text({ description: 'Ownership it holds for. Without it, every one.', examples: ['consigned'] }).optional(),
        category: text({ description: 'Item category it holds for. Without it, every one.', examples: ['implant'] }).optional(),
        company: text({ description: 'Company it holds for. Without it, every one.', examples: ['H2'] }).optional(),
        debit: text({ description: 'Account that is debited.', examples: ['5110'] }),
        credit: text({ description: 'Account that is credited.', examples: ['2110'] }),
      })
      .meta({ description: 'A posting rule.' }),
  )
  .prefault([])
  .meta({
    description: 'Which accounts an occasion is booked on; first fit wins. Where none fits, the accounts above.',
    examples: [[{ when: 'usage', ownership: 'consigned', category: 'implant', debit: '5110', credit: '2110' }]],
  })

const PERIODS = {
  reject: 'a person decides',
  adjust: 'the posting date moves to the first open day, the document date stays',
  hold: 'it waits until the period opens',
} as const

const noted = (what: string, example: string) => duration({ description: `${what} \`none\`: never late.`, examples: [example, 'none'] }, true).prefault('none')

export const policiesSpec = z
  .strictObject({
    company: text({ description: 'Company the documents are made for, as the ERP knows it.', examples: ['H1'] }).optional(),
    currency: currency({ description: 'Currency of the company, ISO 4217.', examples: ['USD'] }).optional(),
    stock_owner: owner('moves stock'),
    reorder_owner: owner('orders what falls below its minimum'),
    gl_owner: owner('books the general ledger'),
    owners,
    order_state: oneOf({ draft: '', submitted: '' }, { description: 'State at which an order stops; approval is the ERP’s.', examples: ['draft'] }).prefault(
      'draft',
    ),
    accounts: z
      .strictObject({
        inventory: account('stock', '1400'),
        accrued: account('what was used and is not invoiced yet', '2150'),
        clearing: account('charges, until they are settled', '2160'),
        waste: account('waste', '6190'),
        expense: z
          .record(z.string(), text({ description: 'Account.', examples: ['6100'] }))
          .prefault({})
          .meta({ description: 'Expense account by item category; `default` is the rest.', examples: [{ implant: '6110', default: '6100' }] }),
      })
      .prefault({})
      .meta({ description: 'General ledger accounts, in quotes: what is booked where no posting rule fits.' }),
    posting,
    journal_per: oneOf(
      { event: 'one for each use', case: 'the lines of a case together' },
      { description: 'How many journals are made.', examples: ['event'] },
    ).prefault('event'),
    periods: z
      .record(z.string(), oneOf(PERIODS, { description: 'What happens.', examples: ['hold'] }))
      .prefault({})
      .meta({
        description: `What happens to a posting date in a closed period, by document kind; \`*\` is the rest, by default \`hold\`. ${Object.entries(PERIODS)
          .map(([name, meaning]) => `\`${name}\`: ${meaning}`)
          .join('; ')}.`,
        examples: [{ journal: 'adjust', '*': 'hold' }],
      }),
    matching,
    requisitions: z
      .strictObject({
        gather: duration(
          { description: 'How long demand is gathered before a requisition is made of it; `none`: at once.', examples: ['15m', 'none'] },
          true,
        ).prefault('none'),
        gather_case: duration(
          { description: 'The same for the lines of one case and supplier on a bill-only order.', examples: ['30m', 'none'] },
          true,
        ).prefault('none'),
        replenish_consigned: flag({ description: 'Consigned stock that was used is replenished by an order at no price.' }).prefault(false),
        when: oneOf(
          { 'at-or-below': 'available stock is at its minimum or below', below: 'only below' },
          { description: 'When it is time to order.', examples: ['below'] },
        ).prefault('at-or-below'),
      })
      .prefault({})
      .meta({ description: 'How requisitions are made.', examples: [{ gather: '15m', when: 'below' }] }),
    late: z
      .strictObject({
        approval: noted('Time for the approval of a requisition.', '2d'),
        acknowledgement: noted('Time for the supplier’s acknowledgement of an order.', '1d'),
        receipt: noted('Time for the receipt after the order.', '14d'),
        invoice: noted('Time for the invoice after the receipt, or after a bill-only order.', '30d'),
      })
      .prefault({})
      .meta({ description: 'After how long a step is late and work for a person.', examples: [{ approval: '2d', receipt: '14d' }] }),
    stewards: z
      .record(z.string(), text({ description: 'Source.', examples: ['erp'] }))
      .prefault({})
      .meta({
        description: 'Who may change a field of master data, as `table.field`; `table.*` and `*` are the rest. A field that is not named takes any source.',
        examples: [{ 'item.description': 'erp', 'item.*': 'file' }],
      }),
    bearer: z
      .strictObject({
        order: z
          .array(
            oneOf(
              {
                line: 'what the event states',
                place: 'department and location',
                service: 'the case’s service',
                performer: 'who used it',
                category: 'the item’s category',
              },
              { description: 'Where to look.', examples: ['place'] },
            ),
          )
          .prefault(['line', 'place', 'service', 'performer', 'category'])
          .meta({ description: 'In which order the bearer of a cost is looked for.', examples: [['line', 'place', 'category']] }),
        suspense: text({ description: 'Cost centre that bears what nobody else does. Without it a person is asked.', examples: ['CC-9999'] }).optional(),
      })
      .prefault({})
      .meta({ description: 'Who bears a cost.' }),
    worklist: z
      .strictObject({
        owners: z
          .record(z.string(), text({ description: 'Who.', examples: ['supply-chain'] }))
          .prefault({})
          .meta({ description: 'Who gets an item first, by failure code.', examples: [{ INVOICE_PRICE: 'ap' }] }),
        due: z
          .strictObject({
            low: duration({ description: 'Low severity.', examples: ['3d'] }).prefault('3d'),
            normal: duration({ description: 'Normal severity.', examples: ['1d'] }).prefault('1d'),
            high: duration({ description: 'High severity.', examples: ['1h'] }).prefault('1h'),
          })
          .prefault({})
          .meta({ description: 'Time until an item is due, by severity.', examples: [{ high: '1h' }] }),
        escalation: z
          .array(text({ description: 'Who.', examples: ['materials-manager'] }))
          .prefault([])
          .meta({ description: 'Who gets an item that is past due, one after the other.', examples: [['materials-manager', 'cfo']] }),
      })
      .prefault({})
      .meta({ description: 'Who looks after what waits for a person.' }),
    bill_only: z
      .strictObject({
        require: z
          .array(oneOf({ case: 'the case that it was used in', performer: 'who used it' }, { description: 'What must be said.', examples: ['case'] }))
          .prefault(['case'])
          .meta({ description: 'What a use must say, beside its day, before it is ordered.', examples: [['case', 'performer']] }),
      })
      .prefault({})
      .meta({ description: 'Bill-only supplies: ordered after they were used.', examples: [{ require: ['case', 'performer'] }] }),
    create_items: flag({ description: 'A request for an unknown item becomes an item in the ERP, instead of work for a person.' }).prefault(false),
    reversal_wait: duration({ description: 'How long a reversal waits for its original before a person is asked.', examples: ['2d'] }).prefault('2d'),
    routes: z
      .record(z.string(), text({ description: 'Destination.', examples: ['erp'] }))
      .optional()
      .meta({
        description: 'Destination by `COMPANY/kind`, then document kind, then `COMPANY/*`; `*` is the rest. Without it, the only ERP there is.',
        examples: [{ '*': 'erp', journal: 'ledger', 'H2/*': 'erp-2' }],
      }),
  })
  .meta({ title: 'Policies', description: 'Who owns what, accounts, limits: what the bridge decides by.' })

export type PoliciesSpec = z.output<typeof policiesSpec>
