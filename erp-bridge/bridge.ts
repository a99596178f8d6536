/** The bridge's port to the ledger: each event type with its process. Pure: what it knows comes from the rows (DESIGN §4). */
import { AqueductError } from '../channels/contract/index.ts'
import type { Bridge, BridgeContext, BridgeEvent, Decision, Need, RowSet } from '../channels/contract/index.ts'
import { applyCharge, understandCharge } from './cost.ts'
import { textOf } from './facts.ts'
import { applyPeriodEnd, understandPeriodEnd } from './finance/index.ts'
import { Lookup } from './lookup.ts'
import { applyReversal, understandReversal } from './reversal/index.ts'
import { applyUse, understandUse } from './usage.ts'
import type { Understood } from './usage.ts'

/** Understands without changing anything; `apply` changes without asking for anything new. */
interface Process<Plan> {
  understand(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<Plan> | Extract<Decision, { kind: 'later' }>
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
          return withUntil({ kind: 'needs', needs: once(understood.needs) }, context.now)
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

const periodEnd = running({ understand: understandPeriodEnd, apply: applyPeriodEnd })

/** What a timer starts, by its name. */
const TIMERS: ReadonlyMap<string, Running> = new Map([['period-end', periodEnd]])

/** Event types that make documents. All others are facts without a document: applied as they are. */
const PROCESSES: ReadonlyMap<string, Running> = new Map([
  ['SupplyUsed', usage],
  ['SupplyWasted', usage],
  ['SupplyReversed', reversal],
  ['CostIncurred', charge],
  ['CostReversed', reversal],
])

function processOf(event: BridgeEvent): Running | undefined {
  return event.type === 'TimerFired' ? TIMERS.get(textOf(event.body, 'name')) : PROCESSES.get(event.type)
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
