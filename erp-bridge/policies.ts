/** What the policies say where a configuration says nothing, and who owns which flow. The configuration fills all of it; plain policies fall back here. */
import type { Flow, MatchingPolicy, Policies, Tolerance } from '../channels/contract/index.ts'

const MINUTE = 60_000
const DAY = 86_400_000

const EXACT: Tolerance = { amount: '0', percent: null, cap: null, direction: 'above' }

/** Tolerances of R19: price ±2 % up to 25, no over-delivery, 10 on line and total; implants at the agreed price. */
export const DEFAULT_MATCHING: MatchingPolicy = {
  ways: { 'bill-only': 'two-way', '*': 'three-way' },
  tolerances: [
    {
      supplier: '',
      category: 'implant',
      price: { ...EXACT, direction: 'both' },
      quantity: EXACT,
      line: { amount: '10', percent: null, cap: null, direction: 'both' },
      total: { amount: '10', percent: null, cap: null, direction: 'both' },
      freight: { amount: '25', percent: null, cap: null, direction: 'above' },
      tax: { amount: '10', percent: null, cap: null, direction: 'both' },
    },
    {
      supplier: '',
      category: '',
      price: { amount: null, percent: '2', cap: '25', direction: 'both' },
      quantity: EXACT,
      line: { amount: '10', percent: null, cap: null, direction: 'both' },
      total: { amount: '10', percent: null, cap: null, direction: 'both' },
      freight: { amount: '25', percent: null, cap: null, direction: 'above' },
      tax: { amount: '10', percent: null, cap: null, direction: 'both' },
    },
  ],
  waitMs: 2 * DAY,
  varianceAccount: '',
  freightAccount: '',
  taxAccount: '',
}

const DEFAULTS = {
  owners: {},
  matching: DEFAULT_MATCHING,
  posting: [],
  periods: { '*': 'hold' },
  requisitions: { gatherMs: 0, gatherCaseMs: 0, replenishConsigned: false, when: 'at-or-below' },
  billOnly: { require: ['case'] },
  late: { approval: null, acknowledgement: null, receipt: null, invoice: null },
  stewards: {},
  bearer: { order: ['line', 'place', 'service', 'performer', 'category'], suspense: '' },
  journalPer: 'event',
  worklist: { owners: {}, due: { low: 3 * DAY, normal: DAY, high: 60 * MINUTE }, escalation: [] },
  createItems: false,
} as const satisfies Partial<Policies>

/** Policies of which nothing is missing. */
export type SettledPolicies = Required<Policies>

const known = new WeakMap<Policies, SettledPolicies>()

/** The policies with every default filled in. */
export function settled(policies: Policies): SettledPolicies {
  const found = known.get(policies)
  if (found !== undefined) return found
  const made: SettledPolicies = { ...DEFAULTS, ...policies }
  known.set(policies, made)
  return made
}

const OWNERS = { stock: 'stockOwner', reorder: 'reorderOwner', gl: 'glOwner' } as const

/** The flow that an ownership stands for; a charge has no ownership. */
export function flowOf(ownership: string): Flow {
  switch (ownership) {
    case 'consigned':
    case 'bill-only':
    case 'bill-and-replace':
    case 'par':
      return ownership
    case 'charge':
    case 'charge-only':
    case 'cost':
      return 'charge'
    default:
      return 'owned'
  }
}

/** Flows of documents that an ERP books by itself, whoever books what is used. */
const BOOK_THEMSELVES: ReadonlySet<Flow> = new Set<Flow>(['receipt', 'invoice'])

/**
 * Who moves the stock, reorders or books the general ledger of a flow: what is said of the flow, else of all (R28). Receipts and invoices are
 * booked by the ERP unless they are named.
 */
export function ownerOf(policies: Policies, flow: Flow, what: keyof typeof OWNERS): 'bridge' | 'erp' {
  return policies.owners?.[flow]?.[what] ?? (BOOK_THEMSELVES.has(flow) ? 'erp' : policies[OWNERS[what]])
}
