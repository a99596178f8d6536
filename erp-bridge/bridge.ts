/** The bridge's port to the ledger: each event type with its process. Pure: what it knows comes from the rows (DESIGN §4). */
import { AqueductError } from '../channels/contract/index.ts'
import type { Bridge, BridgeContext, BridgeEvent, Decision, Need, RowSet } from '../channels/contract/index.ts'
import { applyCharge, understandCharge } from './cost.ts'
import { textOf } from './facts.ts'
import { applyCaseJournal, applyPeriodEnd, understandCaseJournal, understandPeriodEnd } from './finance/index.ts'
import { Lookup } from './lookup.ts'
import { applyChange, applyTotal, isTotal, understandChange, understandTotal } from './master-changes/index.ts'
import {
  applyInvoice,
  applyReceiptCheck,
  applyReceived,
  applyStatus,
  understandInvoice,
  understandReceiptCheck,
  understandReceived,
  understandRefused,
  understandStatus,
} from './matching/index.ts'
import { LATE_TIMERS, understandLate } from './processes/index.ts'
import { applyAnswer, buildGroup, RECEIPT_CHECK, REFUSED_ORDER, understandAnswer, understandGroup } from './purchasing/index.ts'
import { applyReversal, understandReversal } from './reversal/index.ts'
import {
  applyCount,
  applyDemand,
  applyMove,
  applySchedule,
  applyTaken,
  understandCount,
  understandDemand,
  understandMove,
  understandSchedule,
  understandTaken,
} from './stock-events/index.ts'
import { applyRequest, applyTransmission, closeOnboarding, loadOnboarding, understandRequest, understandTransmission } from './suppliers/index.ts'
import { applyUse, understandUse } from './usage.ts'
import type { Understood, Waits } from './understood.ts'

/** Understands without changing anything; `apply` changes without asking for anything new. */
interface Process<Plan> {
  understand(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<Plan> | Waits
  apply(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: Plan): Decision
}
interface Running {
  understand(event: BridgeEvent, lookup: Lookup, context: BridgeContext): void
  decide(event: BridgeEvent, lookup: Lookup, rows: RowSet, context: BridgeContext): Decision
}

const NOTHING: Decision = { kind: 'applied', documents: [], cancel: [] }

function running<Plan>(process: Process<Plan>): Running {
  return {
    understand: (event, lookup, context) => void process.understand(event, lookup, context),
    decide(event, lookup, rows, context) {
      const understood = process.understand(event, lookup, context)
      if (lookup.missing.length > 0)
        throw new AqueductError('BRIDGE_FAILED', `${event.type} was decided before ${lookup.missing.map((read) => read.table).join(', ')} was loaded`)
      switch (understood.kind) {
        case 'plan':
          return process.apply(event, rows, context, understood.plan)
        case 'needs':
          return withUntil({ ...understood, needs: once(understood.needs) }, context.now)
        case 'later':
          return understood
        case 'nothing':
          return NOTHING
      }
    },
  }
}

function once(needs: readonly Need[]): readonly Need[] {
  return [...new Map(needs.map((need) => [`${need.kind}\u0000${need.subject}`, need])).values()]
}

const PERIOD_RECHECK_MS = 3_600_000

/** A period may open by itself: what waits for one is looked at again (R35). */
function withUntil(decision: Extract<Decision, { kind: 'needs' }>, now: number): Decision {
  if (decision.until !== undefined || decision.needs.every((need) => need.kind !== 'PERIOD_CLOSED')) return decision
  return { ...decision, until: now + PERIOD_RECHECK_MS }
}

const usage = running({ understand: understandUse, apply: applyUse })
const charge = running({ understand: understandCharge, apply: applyCharge })
const reversal = running({ understand: understandReversal, apply: applyReversal })
const gathered = running({ understand: understandGroup, apply: buildGroup })
const moved = running({ understand: understandMove, apply: applyMove })
const counted = running({ understand: understandCount, apply: applyCount })
const taken = running({ understand: understandTaken, apply: applyTaken })
const requested = running({ understand: understandDemand, apply: applyDemand })
const scheduled = running({ understand: understandSchedule, apply: applySchedule })
const changed = running({ understand: understandChange, apply: applyChange })
const total = running({ understand: understandTotal, apply: applyTotal })
const caseJournal = running({ understand: understandCaseJournal, apply: applyCaseJournal })
const periodEnd = running({ understand: understandPeriodEnd, apply: applyPeriodEnd })

const late = running({ understand: understandLate, apply: () => NOTHING })
const refused = running({ understand: understandRefused, apply: () => NOTHING })
const status = running({ understand: understandStatus, apply: applyStatus })
const answer = running({ understand: understandAnswer, apply: applyAnswer })
const received = running({ understand: understandReceived, apply: applyReceived })
const receiptCheck = running({ understand: understandReceiptCheck, apply: applyReceiptCheck })
const invoice = running({ understand: understandInvoice, apply: applyInvoice })
const request = running({ understand: understandRequest, apply: applyRequest })
/** A supplier that the ERP tells of ends the requests for it (R41). */
const supplier = running({
  understand(event, lookup, context) {
    loadOnboarding(lookup, textOf(event.body, 'code'))
    return understandChange(event, lookup, context)
  },
  apply(event, rows, context, plan: Parameters<typeof applyChange>[3]) {
    closeOnboarding(event, rows, context, textOf(event.body, 'code'))
    return applyChange(event, rows, context, plan)
  },
})
const transmission = running({ understand: understandTransmission, apply: applyTransmission })

/** What a timer starts, by its name. */
const TIMERS: ReadonlyMap<string, Running> = new Map([
  ['period-end', periodEnd],
  ['journal', caseJournal],
  ['requisition', gathered],
  [RECEIPT_CHECK, receiptCheck],
  [REFUSED_ORDER, refused],
  ...LATE_TIMERS.map((name) => [name, late] as const),
])

/** Event types that make documents. All others are facts without a document: applied as they are. */
const PROCESSES: ReadonlyMap<string, Running> = new Map([
  ['SupplyUsed', usage],
  ['SupplyWasted', usage],
  ['SupplyReversed', reversal],
  ['SupplyReturned', reversal],
  ['SupplyRequested', requested],
  ['StockMoved', moved],
  ['StockCounted', counted],
  ['DemandScheduled', scheduled],
  ['DemandCancelled', scheduled],
  ['MasterDataChanged', changed],
  ['ItemChanged', changed],
  ['SupplierChanged', supplier],
  ['LocationChanged', changed],
  ['CostIncurred', charge],
  ['CostReversed', reversal],
  ['DocumentStatusChanged', status],
  ['PurchaseOrderAcknowledged', answer],
  ['ShipmentAnnounced', answer],
  ['GoodsReceived', received],
  ['SupplyReceived', received],
  ['InvoiceReceived', invoice],
  ['SupplierRequested', request],
  ['TransmissionAcknowledged', transmission],
])

function processOf(event: BridgeEvent): Running | undefined {
  if (event.type === 'TimerFired') return TIMERS.get(textOf(event.body, 'name'))
  if (isTotal(event)) return total
  // What was not ordered is no receipt of an order: it only comes into stock.
  return event.type === 'SupplyReceived' && textOf(event.body, 'order') === '' ? taken : PROCESSES.get(event.type)
}

/**
 * The bridge over rules R1–R6, R10–R17, R25–R30 and R33–R37. Without state of its own: one instance serves every batch.
 * `decide` throws BRIDGE_FAILED when it is called before `reads` gave none.
 */
export function createBridge(): Bridge {
  return {
    reads(event, rows, context) {
      const lookup = new Lookup(rows)
      processOf(event)?.understand(event, lookup, context)
      return lookup.missing
    },
    decide(event, rows, context) {
      return processOf(event)?.decide(event, new Lookup(rows), rows, context) ?? NOTHING
    },
  }
}
