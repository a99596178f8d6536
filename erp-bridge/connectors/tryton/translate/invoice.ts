/**
 * Supplier invoices and credits (R18–R24, R35): the draft that the order made from its receipts, corrected to what the supplier sent; without one,
 * an invoice of its own whose lines still point at the order. The key stands first in its description, the supplier's number in its reference.
 */
import type { ErpDocument } from '../../connector.ts'
import type { Desk } from '../desk.ts'
import { companyOf, currencyOf, journalOf, partyOf, payableOf, periodOf } from '../masters.ts'
import type { Party } from '../masters.ts'
import { dateOf, Failure, idIn, idOf, refuse, said, textIn } from '../values.ts'
import type { Row } from '../values.ts'
import { billLines } from './bill.ts'
import type { Bill } from './bill.ts'
import { domainOfNumber, recordOf } from './kind.ts'
import type { Found, KindTranslation } from './kind.ts'

export const MODEL = 'account.invoice'
const FIELDS = ['state', 'number', 'reference', 'description']
const KEY = 12

function foundIn(row: Row): Found {
  const state = textIn(row, 'state')
  const open = state === 'draft' || state === 'validated'
  return {
    id: idOf(row),
    reference: textIn(row, 'number') || recordOf(MODEL, idOf(row)),
    key: textIn(row, 'description').slice(0, KEY),
    state,
    step: open ? 'created' : null,
  }
}
async function find(desk: Desk, key: string): Promise<Found | null> {
  const [row] = await desk.rows(MODEL, [['description', 'like', `${key}%`]], FIELDS, { limit: 1, order: [['id', 'ASC']] })
  return row === undefined ? null : foundIn(row)
}
async function byNumber(desk: Desk, number: string): Promise<Found | null> {
  const [row] = await desk.rows(MODEL, [domainOfNumber(MODEL, number), ['type', '=', 'in']], FIELDS, { limit: 1 })
  return row === undefined ? null : foundIn(row)
}

/** Tryton takes the same supplier's number twice; the bridge does not (R24). */
async function checkDuplicate(desk: Desk, party: Party, number: string, credit: boolean): Promise<void> {
  const domain = [
    ['party', '=', party.id],
    ['type', '=', 'in'],
    ['reference', '=', number],
    ['state', '!=', 'cancelled'],
  ]
  const rows = await desk.rows(MODEL, domain, ['untaxed_amount', 'number'])
  const same = rows.find((row) => JSON.stringify(row['untaxed_amount']).includes('"-') === credit)
  if (same !== undefined)
    throw refuse(`The ERP already has an invoice of this supplier under this number: ${textIn(same, 'number') || recordOf(MODEL, idOf(same))}.`)
}

/** What changed hands with the invoice: it is put back when the ERP refuses to post it. */
interface Made {
  readonly id: number
  readonly own: boolean
}

async function create(desk: Desk, { key, body }: ErpDocument, bill: Bill, party: Party): Promise<Made> {
  const [number, day, posting] = [said(body, 'number'), said(body, 'invoiceDate'), said(body, 'postingDate')]
  const header = {
    reference: number,
    description: `${key} ${number}`,
    invoice_date: dateOf(day),
    accounting_date: posting === day ? null : dateOf(posting),
  }
  if (bill.draft !== null) {
    const others = bill.emptied.flatMap(({ invoice, lines }) => [[invoice], { lines: [['delete', lines]] }])
    await desk.write(MODEL, [bill.draft], { ...header, lines: bill.actions }, ...others)
    return { id: bill.draft, own: false }
  }
  const id = await desk.create(MODEL, {
    type: 'in',
    company: await companyOf(desk),
    party: party.id,
    invoice_address: party.address,
    account: await payableOf(desk, party),
    journal: await journalOf(desk, desk.config.journals.purchases),
    currency: await currencyOf(desk, said(body, 'currency')),
    payment_term: party.term,
    ...header,
    lines: bill.actions,
  })
  return { id, own: true }
}

/** Before it is posted: the ERP must come to the supplier's total. */
async function checkTotal(desk: Desk, id: number, { body }: ErpDocument): Promise<void> {
  const [row] = await desk.rows(MODEL, [['id', '=', id]], ['total_amount'])
  const computed = (row?.['total_amount'] as { readonly decimal?: string } | null | undefined)?.decimal ?? ''
  const stated = Number(said(body, 'total')) * (body['credit'] === true ? -1 : 1)
  // Both are money of few digits; a difference below a hundredth of a cent is none.
  if (Math.abs(Number(computed) - stated) > 0.0001) throw refuse(`The ERP comes to another total (${computed}) than the invoice.`)
}

async function complete(desk: Desk, made: Made, document: ErpDocument, fresh: boolean): Promise<void> {
  try {
    await checkTotal(desk, made.id, document)
    await desk.bring(MODEL, made.id, { draft: 'post', validated: 'post' }, ['posted', 'paid'])
  } catch (error) {
    if (fresh && error instanceof Failure && error.failed.code !== 'NO_ANSWER') {
      if (made.own) await desk.remove(MODEL, [made.id]).catch(() => undefined)
      else await desk.write(MODEL, [made.id], { reference: null, description: null, accounting_date: null }).catch(() => undefined)
    }
    throw error
  }
}

export const invoice: KindTranslation = {
  find,
  byNumber,
  async deliver(desk, document) {
    const { body, key } = document
    const known = await find(desk, key)
    if (known?.step === null) return known.reference
    await periodOf(desk, said(body, 'postingDate'))
    let made: Made
    let emptied: Bill['emptied'] = []
    if (known === null) {
      const party = await partyOf(desk, said(body, 'supplier'))
      await checkDuplicate(desk, party, said(body, 'number'), body['credit'] === true)
      const bill = await billLines(desk, body)
      emptied = bill.emptied
      made = await create(desk, document, bill, party)
    } else made = { id: known.id, own: false }
    desk.reached('created')
    await complete(desk, made, document, known === null)
    await removeEmpty(desk, emptied)
    const found = await byNumber(desk, recordOf(MODEL, made.id))
    if (found === null) throw refuse('The ERP no longer has the invoice.')
    return found.reference
  },
}

/** Drafts whose lines all went into the invoice. They owe nothing, so one that stays does no harm. */
async function removeEmpty(desk: Desk, emptied: Bill['emptied']): Promise<void> {
  if (emptied.length === 0) return
  const rows = await desk.rows(
    MODEL,
    [
      ['id', 'in', emptied.map((one) => one.invoice)],
      ['state', '=', 'draft'],
    ],
    ['lines'],
  )
  const empty = rows.filter((row) => Array.isArray(row['lines']) && row['lines'].length === 0).map((row) => idIn(row, 'id') ?? 0)
  if (empty.length > 0) await desk.remove(MODEL, empty).catch(() => undefined)
}
