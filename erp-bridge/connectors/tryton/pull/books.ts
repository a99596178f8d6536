/** Stock on hand and totals of the ledger: sums that Tryton does not date, so they are made anew for what moved. */
import type { InjectedEvent } from '../../../../channels/contract/index.ts'
import { fraction, parseDecimal, showFraction } from '../../../amounts.ts'
import type { Desk } from '../desk.ts'
import { dayOf, idIn, idOf, inner, numberText, textIn } from '../values.ts'
import { rowsById } from './changes.ts'
import { change, companyCode, occurred } from './masters.ts'
import type { Source } from './masters.ts'

/** A row per item and place; what is there of other places did not change. */
export const stock: Source = {
  watches: () => [
    {
      model: 'stock.move',
      domain: [['state', '=', 'done']],
      fields: ['product'],
      of: (rows) => Promise.resolve(new Map(rows.map((row) => [idOf(row), [idIn(row, 'product') ?? 0]]))),
    },
  ],
  async tell(desk, ids, stamps) {
    if (ids.length === 0) return []
    const places = await desk.rows(
      'stock.location',
      [
        ['code', '!=', null],
        ['OR', ['type', '=', 'storage'], ['consignment_party', '!=', null]],
      ],
      ['code'],
    )
    const events: InjectedEvent[] = []
    for (const place of places) {
      const here = { locations: [idOf(place)], with_childs: false }
      for (const row of await rowsById(desk, 'product.product', ids, ['code', 'quantity'], here)) {
        const onHand = numberText(row['quantity'])
        const [item, location] = [textIn(row, 'code'), textIn(place, 'code')]
        // Below zero nothing lies there; the ERP's negative stock is its own to mend.
        if (item === '' || onHand === null || onHand.startsWith('-')) continue
        events.push(change('MasterDataChanged', 'stock', `${location}|${item}`, occurred(stamps, idOf(row)), { location, item, on_hand: onHand }))
      }
    }
    return events
  },
}

/** Sums of what is posted, by account and cost centre, of the periods in which something was written. Debit above zero. */
export const ledgerTotals: Source = {
  watches: () => [
    {
      model: 'account.move',
      fields: ['period'],
      of: (rows) => Promise.resolve(new Map(rows.map((row) => [idOf(row), [idIn(row, 'period') ?? 0]]))),
    },
  ],
  async tell(desk, ids, stamps) {
    const company = await companyCode(desk)
    const events: InjectedEvent[] = []
    for (const period of await rowsById(desk, 'account.period', ids, ['start_date'])) {
      const name = (dayOf(period['start_date']) ?? '').slice(0, 'YYYY-MM'.length)
      for (const [code, sum] of await totalsOf(desk, idOf(period))) {
        const [account = '', centre = '', currency = ''] = code.split('|')
        const attributes = { company, period: name, account, cost_centre: centre, currency, amount: showFraction({ over: sum, under: CENTS }) }
        events.push(change('MasterDataChanged', 'ledger-totals', `${company}|${name}|${code}`, occurred(stamps, idOf(period)), attributes))
      }
    }
    return events
  },
}

const CENTS = 1_000_000n
function amountOf(value: unknown): bigint {
  const { over, under } = parseDecimal(numberText(value) ?? '0') ?? fraction(0)
  return (over * CENTS) / under
}

async function totalsOf(desk: Desk, period: number): Promise<ReadonlyMap<string, bigint>> {
  const domain = [
    ['move.period', '=', period],
    ['move.state', '=', 'posted'],
  ]
  const lines = await desk.rows('account.move.line', domain, ['account.code', 'debit', 'credit', 'move.company'])
  const axis = [
    ['move_line', 'in', lines.map(idOf)],
    ['account.root.code', '=', desk.config.axes.costCentre],
  ]
  const parts = await desk.rows('analytic_account.line', axis, ['move_line', 'account.code', 'debit', 'credit'])
  const [company] = await desk.rows('company.company', [], ['currency.code'], { limit: 1 })
  const currency = company === undefined ? '' : textIn(inner(company, 'currency'), 'code')
  const totals = new Map<string, bigint>()
  const add = (account: string, centre: string, amount: bigint): void => {
    const code = [account, centre, currency].join('|')
    totals.set(code, (totals.get(code) ?? 0n) + amount)
  }
  for (const line of lines) {
    const account = textIn(inner(line, 'account'), 'code')
    let rest = amountOf(line['debit']) - amountOf(line['credit'])
    for (const part of parts.filter((one) => idIn(one, 'move_line') === idOf(line))) {
      const amount = amountOf(part['debit']) - amountOf(part['credit'])
      add(account, textIn(inner(part, 'account'), 'code'), amount)
      rest -= amount
    }
    if (rest !== 0n) add(account, '', rest)
  }
  return totals
}
