/**
 * What every connector must do, whatever ERP is behind it. A connector's test hands in a bench that runs its ERP (or a strict
 * fake of it); each case is a sentence that can fail.
 */
import type { ExecutionContext, TestFn } from 'ava'
import type { DestinationDefinition, DocumentKind } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import type { Connector, ErpDocument } from '../../erp-bridge/connectors/index.ts'

/** An ERP under test and what can be done to it. */
export interface ErpBench {
  /** A connector to it; its timeout is short. */
  connect(overrides?: Partial<DestinationDefinition>): Connector
  /** How many documents it has under a key. */
  count(key: string): Promise<number>
  /** The next `count` creations are stored and their answers lost. */
  loseAnswers(count: number): Promise<void>
  /** The next creation is stored and answered this much later than it came in. */
  delayNext(ms: number): Promise<void>
  /** Waits until the ERP has read the request that {@link delayNext} delays. */
  delaying(): Promise<void>
  refuseNext(): Promise<void>
  closePeriod(period: string): Promise<void>
  /** Waits until the ERP has a document. */
  stored(): Promise<void>
  /** An address where nothing listens. */
  readonly nowhere: string
}

const never = (): AbortSignal => new AbortController().signal
const header = { eventId: 'm00000000001.usage.FT1', company: 'H1', case: 'CASE-1', documentDate: '2026-03-01', postingDate: '2026-03-01' }
const line = { line: 1, item: 'SUT-1', quantity: '2', unit: 'EA' }
const amounts = { department: '7010', costCentre: 'CC-7010' }

/** One canonical document of each kind that stands alone. */
export const SAMPLES = {
  'goods-issue': {
    ...header,
    location: 'OR-1',
    ...amounts,
    reason: 'usage',
    consigned: false,
    lines: [{ ...line, lot: 'L1', unitCost: '12.345', currency: 'USD' }],
  },
  requisition: { ...header, location: 'OR-1', reason: 'min-max', lines: [line] },
  'purchase-order': {
    ...header,
    orderType: 'bill-only',
    state: 'draft',
    receiptExpected: false,
    supplier: 'V-1',
    currency: 'USD',
    lines: [{ ...line, serial: '007', unitPrice: '12.345', currency: 'USD', amount: '24.69' }],
  },
  journal: {
    ...header,
    currency: 'USD',
    text: 'Usage SUT-1',
    lines: [
      { line: 1, account: '5120', side: 'debit', amount: '24.69', ...amounts },
      { line: 2, account: '1410', side: 'credit', amount: '24.69' },
    ],
  },
} as const

let keys = 0
export function document(kind: keyof typeof SAMPLES, changes: Record<string, unknown> = {}): ErpDocument {
  keys += 1
  const key = `k${String(keys).padStart(11, '0')}`
  return { kind, key, body: { ...SAMPLES[kind], key, ...changes }, step: null }
}

async function referenceOf(t: ExecutionContext, connector: Connector, sent: ErpDocument): Promise<string> {
  const outcome = await connector.deliver(sent, never())
  t.is(outcome.kind, 'sent', JSON.stringify(outcome))
  const reference = outcome.kind === 'sent' ? outcome.reference : null
  t.truthy(reference)
  return reference ?? ''
}

/** Registers the cases. @param start runs an ERP for one case and stops it with the case */
export function connectorSuite(test: TestFn, name: string, start: (t: ExecutionContext) => Promise<ErpBench>): void {
  function held(title: string, run: (t: ExecutionContext, erp: ErpBench, connector: Connector) => Promise<unknown>): void {
    test(`${name}: ${title}`, async (t) => {
      const erp = await start(t)
      const connector = erp.connect()
      t.teardown(() => connector.stop())
      await run(t, erp, connector)
    })
  }

  test(`${name}: the suite's own documents are canonical`, (t) => {
    for (const [kind, body] of Object.entries(SAMPLES)) t.true(documentSchemas[kind as DocumentKind].safeParse(body).success, kind)
  })

  for (const kind of Object.keys(SAMPLES) as (keyof typeof SAMPLES)[]) {
    held(`takes a ${kind} and shows it under its key with its own number`, async (t, erp, connector) => {
      const sent = document(kind)
      t.deepEqual(await connector.lookup(sent.key, kind, never()), { kind: 'absent' })
      const reference = await referenceOf(t, connector, sent)
      t.deepEqual(await connector.lookup(sent.key, kind, never()), { kind: 'present', reference })
      t.is(await erp.count(sent.key), 1)
      const status = await connector.status(reference, never())
      t.is(status.kind === 'value' ? status.value?.key : '', sent.key)
    })
  }

  held('R30: a lost answer is unknown, and the lookup finds the document', async (t, erp, connector) => {
    await erp.loseAnswers(1)
    const sent = document('goods-issue')
    t.like(await connector.deliver(sent, never()), { kind: 'failed', code: 'NO_ANSWER' })
    t.is((await connector.lookup(sent.key, 'goods-issue', never())).kind, 'present')
    t.is(await erp.count(sent.key), 1)
  })

  held('R30: an answer that comes too late is unknown', async (t, erp) => {
    const hasty = erp.connect({ timeoutMs: 200 })
    t.teardown(() => hasty.stop())
    await erp.delayNext(60_000)
    t.like(await hasty.deliver(document('journal'), never()), { kind: 'failed', code: 'NO_ANSWER' })
  })

  held('R30: what was given up on its way is unknown, and may be there in the end', async (t, erp, connector) => {
    const stopping = new AbortController()
    await erp.delayNext(1500)
    const sent = document('journal')
    const outcome = connector.deliver(sent, stopping.signal)
    await erp.delaying()
    stopping.abort()
    t.like(await outcome, { kind: 'failed', code: 'NO_ANSWER' })
    await erp.stored()
    t.is((await connector.lookup(sent.key, 'journal', never())).kind, 'present')
    t.is(await erp.count(sent.key), 1)
  })

  held('R31: an order goes to its state in steps and resumes after the one that was confirmed', async (t, erp, connector) => {
    if (!connector.capabilities().steps) return t.pass()
    await erp.loseAnswers(1)
    const sent = document('purchase-order', { state: 'submitted' })
    t.like(await connector.deliver(sent, never()), { kind: 'failed', code: 'NO_ANSWER' })
    const found = await connector.lookup(sent.key, 'purchase-order', never())
    t.is(found.kind, 'partial')
    const resumed = { ...sent, step: found.kind === 'partial' ? found.step : null }
    const reference = await referenceOf(t, connector, resumed)
    const status = await connector.status(reference, never())
    t.is(status.kind === 'value' ? status.value?.state : '', 'submitted')
    t.is(await erp.count(sent.key), 1)
    await referenceOf(t, connector, resumed)
    t.is(await erp.count(sent.key), 1)
  })

  held('a refusal is permanent and leaves nothing behind', async (t, erp, connector) => {
    await erp.refuseNext()
    const sent = document('goods-issue')
    t.like(await connector.deliver(sent, never()), { kind: 'failed', code: 'ERP_REFUSED' })
    t.is(await erp.count(sent.key), 0)
  })

  held('R35: a closed period has a code of its own, for the posting date and not the clinical one', async (t, erp, connector) => {
    await erp.closePeriod('2026-03')
    t.like(await connector.deliver(document('journal'), never()), { kind: 'failed', code: 'ERP_PERIOD_CLOSED' })
    await referenceOf(t, connector, document('journal', { postingDate: '2026-04-01' }))
  })

  held('where nothing listens nothing was sent, and a lookup says so too', async (t, erp) => {
    const lost = erp.connect({ url: erp.nowhere })
    t.teardown(() => lost.stop())
    t.like(await lost.deliver(document('journal'), never()), { kind: 'failed', code: 'DESTINATION_UNREACHABLE' })
    t.is((await lost.lookup('k00000000000', 'journal', never())).kind, 'failed')
  })

  held('classify tells what to retry, what to look up and what to give to a person', async (t, _erp, connector) => {
    const codeOf = (status: number) => connector.classify({ kind: 'answer', status, body: undefined, retryAfterMs: null }).code
    t.deepEqual([401, 403, 422, 429, 500, 503].map(codeOf), ['ERP_AUTH', 'ERP_AUTH', 'ERP_REFUSED', 'DESTINATION_BUSY', 'NO_ANSWER', 'DESTINATION_BUSY'])
    t.is(connector.classify({ kind: 'no-answer', sent: true, why: 'x' }).code, 'NO_ANSWER')
    t.is(connector.classify({ kind: 'no-answer', sent: false, why: 'x' }).code, 'DESTINATION_UNREACHABLE')
  })

  held('failure texts quote nothing of the document', async (t, erp, connector) => {
    await erp.refuseNext()
    const outcome = await connector.deliver(document('goods-issue', { case: 'SECRET-CASE' }), never())
    t.false(JSON.stringify(outcome).includes('SECRET-CASE'))
  })
}
