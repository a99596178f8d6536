/** Journals: an account move with analytic lines for cost centres and service lines, posted (R25–R27, R33). */
import type { ErpDocument } from '../../connector.ts'
import type { Desk } from '../desk.ts'
import { accountsOf, axesOf, companyOf, entriesOf, journalOf, periodOf } from '../masters.ts'
import { dateOf, decimalOf, Failure, idIn, idOf, linesOf, refuse, said, textIn } from '../values.ts'
import type { Body, Row } from '../values.ts'
import { domainOfNumber, recordOf } from './kind.ts'
import type { Found, KindTranslation } from './kind.ts'

export const MODEL = 'account.move'
const FIELDS = ['state', 'number', 'post_number', 'description']
const KEY = 12
const MONEY_DIGITS = 2

function foundIn(row: Row): Found {
  const posted = textIn(row, 'state') === 'posted'
  const reference = textIn(row, 'post_number') || recordOf(MODEL, idOf(row))
  return { id: idOf(row), reference, key: textIn(row, 'description').slice(0, KEY), state: posted ? 'posted' : 'draft', step: posted ? null : 'created' }
}

async function find(desk: Desk, key: string): Promise<Found | null> {
  const [row] = await desk.rows(MODEL, [['description', 'like', `${key}%`]], FIELDS, { limit: 1, order: [['id', 'ASC']] })
  return row === undefined ? null : foundIn(row)
}

async function lineValues(desk: Desk, body: Body): Promise<readonly unknown[]> {
  const lines = linesOf(body)
  const accounts = await accountsOf(
    desk,
    lines.map((line) => said(line, 'account')),
  )
  const axes = await axesOf(desk, lines)
  const date = dateOf(said(body, 'postingDate'))
  return lines.map((line) => {
    const amount = decimalOf(said(line, 'amount'), MONEY_DIGITS, `amount of line ${String(line['line'])}`)
    const nothing = decimalOf('0', MONEY_DIGITS, 'amount')
    const sides = said(line, 'side') === 'debit' ? { debit: amount, credit: nothing } : { debit: nothing, credit: amount }
    const entries = entriesOf(axes, line, {})
    const analytic = entries.length === 0 ? {} : { analytic_lines: [['create', entries.map(({ account }) => ({ account, date, ...sides }))]] }
    return { account: accounts.get(said(line, 'account')), ...sides, description: said(line, 'item') || null, ...analytic }
  })
}

async function create(desk: Desk, { key, body }: ErpDocument): Promise<number> {
  const day = said(body, 'postingDate')
  const period = await periodOf(desk, day)
  const mirrored = said(body, 'mirrorOf') === '' ? null : await find(desk, said(body, 'mirrorOf'))
  const lines = await lineValues(desk, body)
  return desk.create(MODEL, {
    journal: await journalOf(desk, desk.config.journals.general),
    period,
    date: dateOf(day),
    company: await companyOf(desk),
    description: `${key} ${said(body, 'text')}`.trim(),
    origin: mirrored === null ? null : recordOf(MODEL, mirrored.id),
    lines: [['create', lines]],
  })
}

export const journal: KindTranslation = {
  find,
  async byNumber(desk, number) {
    const [row] = await desk.rows(MODEL, [domainOfNumber(MODEL, number, 'post_number')], FIELDS, { limit: 1 })
    return row === undefined ? null : foundIn(row)
  },
  async deliver(desk, document) {
    const known = await find(desk, document.key)
    const id = known?.id ?? (await create(desk, document))
    if (known?.step === null) return known.reference
    desk.reached('created')
    return post(desk, id, known === null)
  },
}

/** Posts a move. One that was made for it just now and is refused is taken away again. */
export async function post(desk: Desk, id: number, made: boolean): Promise<string> {
  try {
    await desk.bring(MODEL, id, { draft: 'post' }, ['posted'])
  } catch (error) {
    if (made && error instanceof Failure && error.failed.code !== 'NO_ANSWER') await desk.remove(MODEL, [id]).catch(() => undefined)
    throw error
  }
  const [row] = await desk.rows(MODEL, [['id', '=', id]], FIELDS)
  if (row === undefined) throw refuse('The ERP no longer has the journal.')
  return foundIn(row).reference
}

/**
 * Reverses a posted journal on a day by one with its sides changed, whose origin it is; a reversal that was begun before is taken up. Tryton's own
 * cancellation asks a person when the journal's period is closed, and puts negative amounts on the same side. Answers its number.
 */
export async function reverseJournal(desk: Desk, reference: string, reason: string, day: string): Promise<string> {
  const original = await journal.byNumber(desk, reference)
  if (original === null) throw refuse('The ERP has no journal with this number; other documents are reversed by documents of their own.')
  if (original.state !== 'posted') throw refuse('The ERP has the journal as a draft: there is nothing to reverse.')
  const origin = recordOf(MODEL, original.id)
  const [known] = await desk.rows(MODEL, [['origin', '=', origin]], FIELDS, { limit: 1 })
  if (known !== undefined && textIn(known, 'state') === 'posted') return foundIn(known).reference
  const id = known === undefined ? await createReverse(desk, original.id, origin, reason, day) : idOf(known)
  desk.reached('created')
  return post(desk, id, known === undefined)
}

async function createReverse(desk: Desk, original: number, origin: string, reason: string, day: string): Promise<number> {
  const period = await periodOf(desk, day)
  const date = dateOf(day)
  const lines = await desk.rows('account.move.line', [['move', '=', original]], ['account', 'debit', 'credit', 'party', 'description', 'analytic_lines'])
  const analytic = await desk.rows('analytic_account.line', [['move_line', 'in', lines.map(idOf)]], ['move_line', 'account', 'debit', 'credit'])
  const swapped = lines.map((line) => ({
    account: idIn(line, 'account'),
    party: idIn(line, 'party'),
    description: line['description'],
    debit: line['credit'],
    credit: line['debit'],
    analytic_lines: [
      [
        'create',
        analytic
          .filter((one) => idIn(one, 'move_line') === idOf(line))
          .map((one) => ({ account: idIn(one, 'account'), date, debit: one['credit'], credit: one['debit'] })),
      ],
    ],
  }))
  const journals = await journalOf(desk, desk.config.journals.general)
  const company = await companyOf(desk)
  return desk.create(MODEL, { journal: journals, period, date, company, description: reason, origin, lines: [['create', swapped]] })
}
