/** A bridge that does what the event says: reads, rows, documents, needs. For what the ledger does with decisions. */
import { newRow } from '../../channels/contract/index.ts'
import type { Bridge, BridgeEvent, BridgeTable, BridgeTables, DocumentDraft, IntakeOp, Need, Read, StandingInvoice } from '../../channels/contract/index.ts'
import { event, idAt, intakeOp } from './fixtures.ts'
import type { Harness } from './fixtures.ts'
import type { Open } from './suite.ts'

export interface Told {
  /** Each is asked for unless it was released, or the rows of its `unless` are there. */
  readonly needs?: readonly (Partial<Need> & { readonly kind: Need['kind']; readonly unless?: Read })[]
  readonly until?: number
  readonly standing?: StandingInvoice
  readonly rows?: readonly (readonly [BridgeTable, Readonly<Record<string, string | number>>])[]
  readonly documents?: readonly (Partial<DocumentDraft> & { readonly kind: DocumentDraft['kind'] })[]
  /** Rows of this lookup are copied into a `process` row, so that a test sees what was found. */
  readonly find?: Read
}

const releasedKinds = (released: unknown): readonly string[] => (typeof released === 'string' ? (/\[([^\]]*)\]$/.exec(released)?.[1] ?? '').split(' ') : [])

const told = (of: BridgeEvent): Told & { readonly released?: unknown } => of.body as Told

export const toldBridge: Bridge = {
  reads(of, rows) {
    const { needs = [], find } = told(of)
    return [...needs.flatMap((need) => (need.unless ? [need.unless] : [])), ...(find ? [find] : [])].filter((read) => !rows.has(read))
  },
  decide(of, rows) {
    const { needs = [], until, standing, documents = [], find, released, rows: put = [] } = told(of)
    const open = needs.filter((need) => !releasedKinds(released).includes(need.kind) && !(need.unless && rows.get(need.unless.table, ...need.unless.values)))
    if (open.length > 0) {
      const asked = open.map(({ unless, ...need }): Need => ({ subject: of.id, field: '', place: '', text: `${need.kind} of it.`, ...need, ...(unless && {}) }))
      return { kind: 'needs', needs: asked, ...(until === undefined ? {} : { until }), ...(standing && { standing }) }
    }
    for (const [table, row] of put) rows.put(table, newRow(table, { ...mine(of, table), ...row } as Partial<BridgeTables[typeof table]>))
    if (find) {
      const found = find.finder === null ? [rows.get(find.table, ...find.values)] : rows.find(find.table, find.finder, ...find.values)
      rows.put('process', newRow('process', { process: 'found', subject: of.id, data: JSON.stringify(found.filter(Boolean)) }))
    }
    const drafts = documents.map((draft): DocumentDraft => {
      const whole = { id: `${of.id}/${draft.kind}`, chain: of.caseKey, destination: of.destination, body: {}, because: 'it was told to', ...draft }
      return whole
    })
    return { kind: 'applied', documents: drafts, cancel: [] }
  },
}

/** Rows that name their event do so by themselves. */
function mine(of: BridgeEvent, table: BridgeTable): Readonly<Record<string, number>> {
  return ['movement', 'notice', 'demand_line', 'receipt_line', 'invoice', 'order_line'].includes(table) ? { message: of.message, n: of.n } : {}
}

/** One event for the bridge that says what to do. */
export const tells = (body: Told & { readonly released?: string }, caseKey = 'case-1', fields: Partial<IntakeOp> = {}): Partial<IntakeOp> => ({
  deliveries: [],
  events: [event({ bridge: 'erp', caseKey, body: JSON.stringify(body) })],
  ...fields,
})

/** A store on {@link toldBridge}. */
export const openedTold = (open: Open) => async (t: Parameters<Open>[0]) => {
  const h = await open(t)
  await h.again(toldBridge)
  return h
}

/** Takes in a message and gives its id. */
export const take = async (h: Harness, fields: ReturnType<typeof tells>) => {
  const id = idAt(h.clock)
  await h.value(intakeOp(id, fields))
  return id
}
