/** What the policies' words mean to the bridge: every default filled in. */
import type { MatchingPolicy, Policies, Tolerance } from '../contract/index.ts'
import type { PoliciesSpec } from './spec/policies.ts'

type ToleranceSpec = NonNullable<PoliciesSpec['matching']['tolerances'][number]['price']>
type Bounds = Omit<MatchingPolicy['tolerances'][number], 'supplier' | 'category'>

const within = (amount: string, direction: Tolerance['direction']): Tolerance => ({ amount, percent: null, cap: null, direction })

/** R19: what holds where nothing is said. */
const BUILT_IN: Bounds = {
  price: { amount: null, percent: '2', cap: '25', direction: 'both' },
  quantity: within('0', 'above'),
  line: within('10', 'both'),
  total: within('10', 'both'),
  freight: within('25', 'above'),
  tax: within('10', 'both'),
}
/** Implants go at the agreed price. */
const BUILT_IN_IMPLANT: Bounds = { ...BUILT_IN, price: within('0', 'both') }

function toleranceMeaning(spec: ToleranceSpec | undefined, fallback: Tolerance): Tolerance {
  if (spec === undefined) return fallback
  return { amount: spec.amount ?? null, percent: spec.percent ?? null, cap: spec.cap ?? null, direction: spec.direction }
}

function matchingMeaning(spec: PoliciesSpec['matching']): MatchingPolicy {
  const named = spec.tolerances.map(({ supplier = '', category = '', ...bounds }) => {
    const fallback = category === 'implant' ? BUILT_IN_IMPLANT : BUILT_IN
    return {
      supplier,
      category,
      price: toleranceMeaning(bounds.price, fallback.price),
      quantity: toleranceMeaning(bounds.quantity, fallback.quantity),
      line: toleranceMeaning(bounds.line, fallback.line),
      total: toleranceMeaning(bounds.total, fallback.total),
      freight: toleranceMeaning(bounds.freight, fallback.freight),
      tax: toleranceMeaning(bounds.tax, fallback.tax),
    }
  })
  return {
    ways: { 'bill-only': 'two-way', '*': 'three-way', ...spec.ways },
    tolerances: [...named, { supplier: '', category: 'implant', ...BUILT_IN_IMPLANT }, { supplier: '', category: '', ...BUILT_IN }],
    waitMs: spec.wait,
    varianceAccount: spec.variance_account ?? '',
    freightAccount: spec.freight_account ?? '',
    taxAccount: spec.tax_account ?? '',
  }
}

/** Drops keys without a value: an owner that is not named is that of all flows. */
function named<Value extends object>(value: Value): { [Key in keyof Value]?: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as { [Key in keyof Value]?: Exclude<Value[Key], undefined> }
}

const limit = (ms: number): number | null => (ms === 0 ? null : ms)

/** @param erp the only ERP destination, when there is exactly one: where documents go if no route says otherwise */
export function policiesMeaning(spec: PoliciesSpec, installation: string, erp: string | undefined): Policies {
  const { inventory = '', accrued = '', clearing = '', waste = '', expense } = spec.accounts
  return {
    installation,
    company: spec.company ?? '',
    currency: spec.currency ?? '',
    stockOwner: spec.stock_owner ?? 'bridge',
    reorderOwner: spec.reorder_owner ?? 'bridge',
    glOwner: spec.gl_owner ?? 'bridge',
    owners: Object.fromEntries(Object.entries(named(spec.owners)).map(([flow, owners]) => [flow, named(owners)])),
    orderState: spec.order_state,
    accounts: { inventory, accrued, clearing, waste, expense },
    posting: spec.posting.map(({ ownership = '', category = '', company = '', when, debit, credit }) => ({
      when,
      ownership,
      category,
      company,
      debit,
      credit,
    })),
    journalPer: spec.journal_per,
    periods: { '*': 'hold', ...spec.periods },
    matching: matchingMeaning(spec.matching),
    requisitions: {
      gatherMs: spec.requisitions.gather,
      gatherCaseMs: spec.requisitions.gather_case,
      replenishConsigned: spec.requisitions.replenish_consigned,
      when: spec.requisitions.when,
    },
    late: {
      approval: limit(spec.late.approval),
      acknowledgement: limit(spec.late.acknowledgement),
      receipt: limit(spec.late.receipt),
      invoice: limit(spec.late.invoice),
    },
    stewards: spec.stewards,
    bearer: { order: spec.bearer.order, suspense: spec.bearer.suspense ?? '' },
    worklist: spec.worklist,
    billOnly: spec.bill_only,
    createItems: spec.create_items,
    reversalWaitMs: spec.reversal_wait,
    routes: spec.routes ?? (erp === undefined ? {} : { '*': erp }),
  }
}
