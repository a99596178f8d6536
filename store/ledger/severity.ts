/** How urgent a worklist item is, whose it is first, and until when: kinds, weight and policies as data. */
import type { FailureCode, Policies, Weight } from '../../channels/contract/index.ts'
import { scaled } from './amount.ts'

export type Severity = 'low' | 'normal' | 'high'

const HOUR_MS = 3_600_000
const DUE_MS: Readonly<Record<Severity, number>> = { high: 4 * HOUR_MS, normal: 24 * HOUR_MS, low: 72 * HOUR_MS }
/** 10,000 of any currency, scaled. */
const MUCH = 10_000_000_000

/** Who looks after a kind first. */
const OWNERS: Readonly<Partial<Record<FailureCode, string>>> = {
  UNKNOWN_ITEM: 'supply-chain',
  ITEM_NOT_ACTIVE: 'supply-chain',
  UNKNOWN_LOCATION: 'supply-chain',
  UNKNOWN_SUPPLIER: 'supply-chain',
  UNKNOWN_UNIT: 'supply-chain',
  UNKNOWN_PRICE: 'supply-chain',
  MISSING_LOT: 'supply-chain',
  EXPIRED_LOT: 'supply-chain',
  RECALLED_LOT: 'supply-chain',
  SERIAL_CONFLICT: 'supply-chain',
  STOCK_SHORT: 'supply-chain',
  RECEIPT_MISMATCH: 'supply-chain',
  ORDER_CHANGED: 'buyers',
  ORDER_LATE: 'buyers',
  UNKNOWN_DEPARTMENT: 'finance',
  UNKNOWN_COST_CENTRE: 'finance',
  UNKNOWN_CURRENCY: 'finance',
  NO_ORIGINAL: 'finance',
  REVERSAL_TOO_LARGE: 'finance',
  ACCOUNT_BLOCKED: 'finance',
  PERIOD_CLOSED: 'finance',
  RECONCILIATION: 'finance',
  ERP_PERIOD_CLOSED: 'finance',
  ERP_REFUSED: 'finance',
  INVOICE_NO_ORDER: 'ap',
  INVOICE_PRICE: 'ap',
  INVOICE_QUANTITY: 'ap',
  INVOICE_TOTAL: 'ap',
  INVOICE_UNIT: 'ap',
  INVOICE_DUPLICATE: 'ap',
  SUPPLIER_APPROVAL: 'ap',
  STEWARD_CONFLICT: 'master-data',
}
/** Kinds that stop a lane, harm a patient's record or are a defect. */
const HIGH: readonly FailureCode[] = ['BRIDGE_FAILED', 'ATTEMPTS_EXHAUSTED', 'DESTINATION_REFUSED', 'ERP_REFUSED', 'EXPIRED_LOT', 'RECALLED_LOT', 'INTERNAL']

/** Nothing waits for these: work goes on meanwhile. */
const LOW: readonly FailureCode[] = ['STEWARD_CONFLICT']

/** Own words of the need before the policies', those before the kind's. */
export function ownerOf(kind: FailureCode, owner: string | undefined, policies: Policies | null): string {
  return owner ?? policies?.worklist?.owners[kind] ?? OWNERS[kind] ?? 'interfaces'
}

export interface Weights {
  readonly care: number
  readonly supply: number
  /** Scaled. */
  readonly money: number
  readonly currency: string
}
export const NO_WEIGHT: Weights = { care: 0, supply: 0, money: 0, currency: '' }

export function weightsOf(weight: Weight | undefined): Weights {
  if (!weight) return NO_WEIGHT
  const { care = 0, supply = 0, money } = weight
  return { care, supply, money: Math.abs((money && scaled(money.amount)) ?? 0), currency: money?.currency ?? '' }
}

/** The heavier of both in each respect. Money of another currency cannot be compared: the larger number stands. */
export function heavier(a: Weights, b: Weights): Weights {
  const money = b.money > a.money ? b : a
  return { care: Math.max(a.care, b.care), supply: Math.max(a.supply, b.supply), money: money.money, currency: money.currency || a.currency || b.currency }
}

export function severityOf(kind: FailureCode, weight: Weights): Severity {
  if (HIGH.includes(kind) || weight.care >= 2 || weight.supply >= 2 || weight.money >= MUCH) return 'high'
  return LOW.includes(kind) && weight.care === 0 && weight.supply === 0 ? 'low' : 'normal'
}

const RANK: readonly Severity[] = ['low', 'normal', 'high']
export function isAbove(a: Severity, b: Severity): boolean {
  return RANK.indexOf(a) > RANK.indexOf(b)
}

/** Milliseconds from its opening until it is due. */
export function dueOf(severity: Severity, policies: Policies | null): number {
  return policies?.worklist?.due[severity] ?? DUE_MS[severity]
}

/** Kinds that a named person may let pass with a reason: what is held is a judgement, not a fact that is missing. */
export const RELEASABLE: readonly FailureCode[] = [
  'EXPIRED_LOT',
  'RECALLED_LOT',
  'SERIAL_CONFLICT',
  'STOCK_SHORT',
  'PERIOD_CLOSED',
  'ORDER_CHANGED',
  'RECEIPT_MISMATCH',
  'INVOICE_PRICE',
  'INVOICE_QUANTITY',
  'INVOICE_TOTAL',
  'INVOICE_DUPLICATE',
  'SUPPLIER_APPROVAL',
  'STEWARD_CONFLICT',
]
