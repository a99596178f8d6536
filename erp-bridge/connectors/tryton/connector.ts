/** Tryton's connector. Every document is brought to its place from wherever it is, so a repeated attempt makes nothing twice. */
import { PULL_KINDS } from '../../../channels/contract/index.ts'
import type { DeliveryOutcome, DestinationDefinition } from '../../../channels/contract/index.ts'
import type { Connector, ErpDocument } from '../connector.ts'
import { createClient } from './client.ts'
import { readConfig } from './config.ts'
import { openDesk } from './desk.ts'
import type { Desk } from './desk.ts'
import { failureOf } from './failures.ts'
import { pullFrom } from './pull/index.ts'
import { reverseJournal } from './translate/journal.ts'
import { KINDS } from './translate/index.ts'
import { Failure, said } from './values.ts'
import type { Failed } from './values.ts'

/** The failure behind what was thrown. A defect of ours is not dressed up as one of the ERP. */
function failedBy(error: unknown): Failed {
  if (error instanceof Failure) return error.failed
  throw error
}

/** The ERP's words may name what was sent; the case stays out of them. */
function withoutCase(failed: Failed, document: ErpDocument): Failed {
  const words = said(document.body, 'case')
  return words === '' ? failed : { ...failed, text: failed.text.replaceAll(words, '…') }
}

/** @param now milliseconds */
export function createTrytonConnector(definition: DestinationDefinition, now: () => number): Connector {
  const config = readConfig(definition)
  const client = createClient(config, { timeoutMs: definition.timeoutMs, connections: definition.concurrency }, now)
  const work = (signal: AbortSignal): Desk => openDesk(client.under(signal), config)

  async function deliver(document: ErpDocument, signal: AbortSignal): Promise<DeliveryOutcome> {
    const desk = work(signal)
    const kind = KINDS.get(document.kind)
    if (kind === undefined) return { kind: 'failed', code: 'ERP_REFUSED', text: `The connector takes no ${document.kind}.` }
    try {
      return { kind: 'sent', reference: await kind.deliver(desk, document) }
    } catch (error) {
      const failed = withoutCase(failedBy(error), document)
      const step = desk.step ?? document.step
      return step === null ? failed : { ...failed, step }
    }
  }

  return {
    capabilities: () => ({ kinds: [...KINDS.keys()], steps: true, reverses: true, pulls: PULL_KINDS }),
    async lookup(key, kind, signal) {
      try {
        const found = await KINDS.get(kind)?.find(work(signal), key)
        if (found === null || found === undefined) return { kind: 'absent' }
        return found.step === null ? { kind: 'present', reference: found.reference } : { kind: 'partial', step: found.step }
      } catch (error) {
        return { kind: 'failed', text: failedBy(error).text }
      }
    },
    deliver,
    async status(reference, signal) {
      const desk = work(signal)
      try {
        for (const [kind, translation] of KINDS) {
          const found = await translation.byNumber(desk, reference)
          if (found !== null) return { kind: 'value', value: { kind, key: found.key, reference, state: found.state } }
        }
        return { kind: 'value', value: null }
      } catch (error) {
        return failedBy(error)
      }
    },
    async reverse(reference, reason, date, signal) {
      try {
        return { kind: 'sent', reference: await reverseJournal(work(signal), reference, reason, date) }
      } catch (error) {
        return failedBy(error)
      }
    },
    async pull(kind, since, signal) {
      try {
        return await pullFrom(work(signal), kind, since)
      } catch (error) {
        const { code, text } = failedBy(error)
        return { failed: code, text }
      }
    },
    classify: failureOf,
    stop: () => client.stop(),
  }
}
