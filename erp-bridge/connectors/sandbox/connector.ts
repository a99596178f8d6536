/** The sandbox ERP's connector: create, look up by key, submit orders in a second step, ask what changed. */
import { DOCUMENT_KINDS } from '../../../channels/contract/index.ts'
import type { DeliveryOutcome, DestinationDefinition } from '../../../channels/contract/index.ts'
import type { Connector } from '../connector.ts'
import { createClient } from './client.ts'
import { pageOf, PULLS } from './events.ts'
import { CREATED, failureOf, lookupOf, mustSubmit, numberOf, rowsOf, toErp } from './translate.ts'

const DOCUMENTS = '/sandbox/v1/documents'
const CHANGES = '/sandbox/v1/changes'

export function createSandboxConnector(definition: DestinationDefinition): Connector {
  const client = createClient(definition)

  async function rowsBy(query: Readonly<Record<string, string>>, signal: AbortSignal) {
    const result = await client.call('GET', `${DOCUMENTS}?${new URLSearchParams(query).toString()}`, undefined, signal)
    const rows = result.kind === 'answer' && result.status === 200 ? rowsOf(result.body) : null
    return rows ?? failureOf(result)
  }

  /** Submits the order that the key names. It was created in an earlier step, so its number is asked for. */
  async function submit(number: string, signal: AbortSignal): Promise<DeliveryOutcome> {
    const result = await client.call('POST', `${DOCUMENTS}/${encodeURIComponent(number)}/submit`, {}, signal)
    return result.kind === 'answer' && result.status === 200 ? { kind: 'sent', reference: number } : { ...failureOf(result), step: CREATED }
  }

  return {
    capabilities: () => ({ kinds: DOCUMENT_KINDS, steps: true, reverses: true, pulls: PULLS }),
    async lookup(key, kind, signal) {
      const rows = await rowsBy({ key, kind }, signal)
      return 'kind' in rows ? { kind: 'failed', text: rows.text } : lookupOf(rows)
    },
    async deliver(document, signal) {
      if (document.step === CREATED && mustSubmit(document)) {
        const rows = await rowsBy({ key: document.key, kind: document.kind }, signal)
        if ('kind' in rows) return { ...rows, step: CREATED }
        const row = rows[0]
        if (row) return row.state === 'draft' ? submit(row.reference, signal) : { kind: 'sent', reference: row.reference }
        return { kind: 'failed', code: 'NO_ANSWER', text: 'The ERP no longer shows the order that it had created.', step: CREATED }
      }
      const result = await client.call('POST', DOCUMENTS, toErp(document), signal)
      const number = result.kind === 'answer' && result.status === 201 ? numberOf(result.body) : null
      if (number === null) return failureOf(result)
      return mustSubmit(document) ? submit(number, signal) : { kind: 'sent', reference: number }
    },
    async status(reference, signal) {
      const rows = await rowsBy({ number: reference }, signal)
      return 'kind' in rows ? rows : { kind: 'value', value: rows[0] ?? null }
    },
    async reverse(reference, reason, date, signal) {
      const result = await client.call('POST', `${DOCUMENTS}/${encodeURIComponent(reference)}/reverse`, { reason, date }, signal)
      return result.kind === 'answer' && result.status === 200 ? { kind: 'sent', reference: numberOf(result.body) } : failureOf(result)
    },
    async pull(kind, since, signal) {
      const query = new URLSearchParams({ kind, ...(since === null ? {} : { since }) })
      const result = await client.call('GET', `${CHANGES}?${query.toString()}`, undefined, signal)
      const page = result.kind === 'answer' && result.status === 200 ? pageOf(kind, result.body) : null
      if (page) return page
      const { code, text } = failureOf(result)
      return { failed: code, text }
    },
    classify: failureOf,
    stop: () => client.stop(),
  }
}
