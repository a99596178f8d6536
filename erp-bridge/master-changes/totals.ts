/** Totals of the ERP's ledger, pulled as rows of `ledger-totals`: what the daily reconciliation compares the bridge's journals with (R43). */
import { minorUnits } from '../../canonical/index.ts'
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, Decision, Need, RowSet } from '../../channels/contract/index.ts'
import { isExact, parseDecimal, toStored } from '../amounts.ts'
import { ownNeed, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import type { Understood } from '../understood.ts'

const TOTALS = 'ledger-totals'

export interface TotalPlan {
  readonly company: string
  readonly period: string
  readonly account: string
  readonly costCentre: string
  readonly currency: string
  /** Debit above zero, scaled by 10⁶. */
  readonly amount: number
}

/** Only what was pulled has columns of its own; nothing of it has a history, and the newest replaces what is known. */
export function understandTotal(event: BridgeEvent, lookup: Lookup): Understood<TotalPlan> {
  const raw = event.body['attributes']
  const given = typeof raw === 'object' && raw !== null ? (raw as Readonly<Record<string, unknown>>) : {}
  const [company, period, account, costCentre, currency] = ['company', 'period', 'account', 'cost_centre', 'currency'].map((name) => textOf(given, name))
  const needs: Need[] = []
  const bad = (column: string, text: string): void => {
    needs.push({ ...ownNeed(event, 'BAD_VALUE', `attributes.${column}`, `Column ${column}: ${text}.`), field: '' })
  }
  for (const [column, value] of Object.entries({ company, period, account })) if (value === undefined || value === '') bad(column, 'a value is needed')
  if (minorUnits(currency ?? '') === undefined) bad('currency', 'an ISO 4217 currency code is expected')
  const value = parseDecimal(textOf(given, 'amount'))
  const amount = value !== null && isExact(value) ? toStored(value) : null
  if (amount === null) bad('amount', 'a decimal number with at most six decimals is expected')
  const plan = { company: company ?? '', period: period ?? '', account: account ?? '', costCentre: costCentre ?? '', currency: currency ?? '' }
  lookup.get('ledger_total', plan.company, plan.period, plan.account, plan.costCentre, plan.currency)
  return needs.length > 0 || amount === null ? { kind: 'needs', needs } : { kind: 'plan', plan: { ...plan, amount } }
}

/** The total under the destination that it was pulled from. */
export function applyTotal(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: TotalPlan): Decision {
  const { costCentre, ...columns } = plan
  rows.put('ledger_total', newRow('ledger_total', { ...columns, cost_centre: costCentre, destination: event.destination, at: context.now }))
  return { kind: 'applied', documents: [], cancel: [] }
}

/** Is it a total of a ledger, and no row of master data? */
export function isTotal(event: BridgeEvent): boolean {
  return event.type === 'MasterDataChanged' && textOf(event.body, 'table') === TOTALS
}
