/**
 * What every connector must do, whatever ERP is behind it. A connector's test hands in a bench that runs its ERP (or a strict
 * fake of it); each case is a sentence that can fail. Cases speak in canonical documents and in the codes of the bench's fixture.
 */
import type { ExecutionContext, TestFn } from 'ava'
import type { DestinationDefinition, DocumentKind } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import type { Connector, ErpDocument } from '../../erp-bridge/connectors/index.ts'
import { documentOf, kindOf, never, samplesOf } from './connector.samples.ts'
import type { Fixture, Sample } from './connector.samples.ts'
import { SCENARIOS } from './connector.scenarios.ts'

/** An ERP under test and what can be done to it. What an ERP can't be made to do itself, a proxy before it does. */
export interface ErpBench {
  readonly fixture: Fixture
  /** Begins every key: several letters when runs share an ERP. */
  readonly run?: string
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
  /** `YYYY-MM`: nothing can be posted in it any more. Resolves too when it was closed already. */
  closePeriod(period: string): Promise<void>
  /** A person of the ERP approves a requisition or confirms an order, by its number: what the bridge may not do (R42). */
  approve(reference: string): Promise<void>
  /** Number of the order that the ERP made of the requisition with this key, or null. */
  orderOf(key: string): Promise<string | null>
  /** An address where nothing listens. */
  readonly nowhere: string
  /** Scenarios that this ERP can't do, by name, and why: told, never silently left out. */
  readonly cannot?: Readonly<Record<string, string>>
}

/** What a case works with. */
export interface Stage {
  readonly t: ExecutionContext
  readonly erp: ErpBench
  readonly connector: Connector
  readonly fixture: Fixture
  /** A sample under a new key. */
  sample(name: Sample, changes?: Readonly<Record<string, unknown>>): ErpDocument
  /** Any canonical document under a new key. */
  document(kind: DocumentKind, body: Readonly<Record<string, unknown>>): ErpDocument
  /** Delivers it, at once or by its steps; it must be taken. Its number. */
  send(document: ErpDocument): Promise<string>
}

function stageOf(t: ExecutionContext, erp: ErpBench, connector: Connector): Stage {
  const { fixture } = erp
  const document = (kind: DocumentKind, body: Readonly<Record<string, unknown>>): ErpDocument => {
    const made = documentOf(kind, body, erp.run)
    const read = documentSchemas[kind].safeParse(made.body)
    t.true(read.success, `${kind} is canonical: ${read.success ? '' : read.error.message}`)
    return made
  }
  return {
    t,
    erp,
    connector,
    fixture,
    document,
    sample: (name, changes = {}) => document(kindOf(name), { ...samplesOf(fixture)[name], ...changes }),
    async send(sent) {
      const outcome = await connector.deliver(sent, never())
      t.is(outcome.kind, 'sent', JSON.stringify(outcome))
      const reference = outcome.kind === 'sent' ? outcome.reference : null
      t.truthy(reference)
      return reference ?? ''
    },
  }
}

/** Registers the cases. @param start runs an ERP for one case and stops it with the case; it may hand out the same ERP again */
export function connectorSuite(test: TestFn, name: string, start: (t: ExecutionContext) => Promise<ErpBench>): void {
  function held(title: string, run: (stage: Stage) => Promise<unknown>): void {
    test(`${name}: ${title}`, async (t) => {
      const erp = await start(t)
      const connector = erp.connect()
      t.teardown(() => connector.stop())
      await run(stageOf(t, erp, connector))
    })
  }

  for (const scenario of SCENARIOS) {
    held(`${scenario.name}: ${scenario.title}`, async (stage) => {
      const { kinds, pulls } = stage.connector.capabilities()
      const lacking = [...(scenario.kinds ?? []).filter((kind) => !kinds.includes(kind)), ...(scenario.pulls ?? []).filter((kind) => !pulls.includes(kind))]
      const why = stage.erp.cannot?.[scenario.name] ?? (lacking.length > 0 ? `the connector has no ${lacking.join(', ')}` : null)
      if (why === null) return scenario.run(stage)
      stage.t.log(`skipped: ${why}`)
      return stage.t.pass()
    })
  }

  held('R30: an answer that comes too late is unknown', async ({ t, erp, sample }) => {
    const hasty = erp.connect({ timeoutMs: 200 })
    t.teardown(() => hasty.stop())
    await erp.delayNext(60_000)
    t.like(await hasty.deliver(sample('journal'), never()), { kind: 'failed', code: 'NO_ANSWER' })
  })

  held('R30: what was given up on its way is unknown, and may be there in the end', async ({ t, erp, connector, sample }) => {
    const stopping = new AbortController()
    await erp.delayNext(1500)
    const sent = sample('journal')
    const outcome = connector.deliver(sent, stopping.signal)
    await erp.delaying()
    stopping.abort()
    t.like(await outcome, { kind: 'failed', code: 'NO_ANSWER' })
    while ((await erp.count(sent.key)) === 0) await new Promise((resolve) => setImmediate(resolve))
    t.not((await connector.lookup(sent.key, 'journal', never())).kind, 'absent')
    t.is(await erp.count(sent.key), 1)
  })

  held('a refusal is permanent and leaves nothing behind', async ({ t, erp, connector, sample }) => {
    await erp.refuseNext()
    const sent = sample('goods-issue')
    t.like(await connector.deliver(sent, never()), { kind: 'failed', code: 'ERP_REFUSED' })
    t.is(await erp.count(sent.key), 0)
  })

  held('where nothing listens nothing was sent, and lookup and pull say so too', async ({ t, erp, sample }) => {
    const lost = erp.connect({ url: erp.nowhere })
    t.teardown(() => lost.stop())
    t.like(await lost.deliver(sample('journal'), never()), { kind: 'failed', code: 'DESTINATION_UNREACHABLE' })
    t.is((await lost.lookup('k00000000000', 'journal', never())).kind, 'failed')
    const [pull] = lost.capabilities().pulls
    if (pull) t.like(await lost.pull(pull, null, never()), { failed: 'DESTINATION_UNREACHABLE' })
  })

  held('classify tells what to retry, what to look up and what to give to a person', async ({ t, connector }) => {
    const codeOf = (status: number) => connector.classify({ kind: 'answer', status, body: undefined, retryAfterMs: null }).code
    t.deepEqual([401, 403, 422, 429, 500, 503].map(codeOf), ['ERP_AUTH', 'ERP_AUTH', 'ERP_REFUSED', 'DESTINATION_BUSY', 'NO_ANSWER', 'DESTINATION_BUSY'])
    t.is(connector.classify({ kind: 'no-answer', sent: true, why: 'x' }).code, 'NO_ANSWER')
    t.is(connector.classify({ kind: 'no-answer', sent: false, why: 'x' }).code, 'DESTINATION_UNREACHABLE')
  })

  held('failure texts quote nothing of the document', async ({ t, erp, connector, sample }) => {
    await erp.refuseNext()
    const outcome = await connector.deliver(sample('goods-issue', { case: 'SECRET-CASE' }), never())
    t.is(outcome.kind, 'failed')
    t.false(JSON.stringify(outcome).includes('SECRET-CASE'))
  })
}
