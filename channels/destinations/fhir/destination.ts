/**
 * Writes events as resources to another FHIR R4 server, once each: every write is conditional on the event's identifier, and the delivery's
 * own identifier is written with it, so that after a lost answer the server is asked whether it has it (promise 2).
 */
import { AqueductError, faultOf } from '../../contract/index.ts'
import type { Clock, DeliveryOutcome, Destination, DestinationDefinition, LookupAnswer, Outgoing } from '../../contract/index.ts'
import { createFhirClient, referenceOf } from '../../../fhir/client/index.ts'
import type { FhirFailure, FhirOk } from '../../../fhir/client/index.ts'
import { TAKEN_BACK, isArray, isObject } from '../../../fhir/r4/index.ts'
import type { JsonObject } from '../../../fhir/r4/index.ts'
import { optionsOf } from './options.ts'
import { byIdentifier, isWhole, originalOf, takenBack, writeOf } from './write.ts'
import type { EventBody } from './write.ts'

const failed = ({ code, class: of, text, retryAfterMs }: FhirFailure): DeliveryOutcome => ({
  kind: 'failed',
  code,
  class: of,
  text,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
})
const refused = (text: string): DeliveryOutcome => ({ kind: 'failed', code: 'DESTINATION_REFUSED', text })

export function createFhirDestination(definition: DestinationDefinition, clock: Clock): Destination {
  if (!URL.canParse(definition.url)) throw new AqueductError('INTERNAL', `destination ${definition.name} has no usable url`)
  const options = optionsOf(definition)
  const client = createFhirClient({
    base: definition.url,
    auth: options.auth,
    headers: definition.headers,
    clock,
    timeoutMs: definition.timeoutMs,
    connections: definition.concurrency,
  })
  const typeOf = (kind: string): string | undefined => options.resources.get(TAKEN_BACK[kind] ?? kind)

  async function write(work: Outgoing, body: EventBody, type: string, signal: AbortSignal): Promise<DeliveryOutcome> {
    const made = writeOf(work, body, type, options)
    if (!made.ok) return refused(made.text)
    if (made.kind === 'transaction') {
      const answer = await client.transaction(made.bundle, { signal })
      return answer.ok ? { kind: 'sent', reference: referenceAt(answer, made.at) } : failed(answer)
    }
    const answer =
      options.write === 'update'
        ? await client.update(made.resource, { signal, where: made.where })
        : await client.create(made.resource, { signal, ifNoneExist: made.where })
    if (answer.ok) return { kind: 'sent', reference: answer.reference ?? ownReference(answer.resource) }
    // Nothing was read before, so this is no race: the identifier is there several times, and will be again.
    return answer.status === 412 ? refused(`${answer.text} Several resources have the event’s identifier; keep one of them there.`) : failed(answer)
  }

  async function takeBack(work: Outgoing, body: EventBody, type: string, signal: AbortSignal): Promise<DeliveryOutcome> {
    const where = originalOf(body, options)
    if (where === null)
      return {
        kind: 'failed',
        code: 'NO_ORIGINAL',
        text: 'The reversal names no event or business key of its original; take it back in the other system, then discard.',
      }
    const answer = await client.search(`${type}?${where}`, { signal, pages: 1 })
    if (!answer.ok) return failed(answer)
    const found = answer.entries.flatMap(({ resource }) => (isObject(resource) && resource['resourceType'] === type ? [resource] : []))
    const open = found.filter((one) => one['status'] !== 'entered-in-error')
    const [original] = open
    if (original === undefined) {
      // Taken back before: by this delivery, whose answer was lost, or by a person there.
      if (found[0] !== undefined) return { kind: 'sent', reference: ownReference(found[0]) }
      return { kind: 'failed', code: 'NO_ORIGINAL', text: `The server has no ${type} of the original.` }
    }
    if (open.length > 1)
      return {
        kind: 'failed',
        code: 'NO_ORIGINAL',
        text: `The server has ${String(open.length)} of ${type} with the business key of the original; take one back there, then discard.`,
      }
    if (!isWhole(original, body)) return refused('Only a part of it is taken back, which a resource cannot say; correct it in the other system, then discard.')
    const changed = takenBack(original, work.key, options)
    if (changed === null) return { kind: 'sent', reference: ownReference(original) }
    const version = versionOf(original)
    const done = await client.update(changed, { signal, ...(version === null ? {} : { ifMatch: `W/"${version}"` }) })
    return done.ok ? { kind: 'sent', reference: ownReference(original) } : failed(done)
  }

  return {
    name: definition.name,
    settleMs: definition.settleMs,
    async lookup(key, kind, signal): Promise<LookupAnswer> {
      const type = typeOf(kind)
      if (type === undefined) return { kind: 'absent' }
      const answer = await client.search(`${type}?${byIdentifier(options.systems.delivery, key)}&_count=2`, { signal, pages: 1 })
      if (!answer.ok) return { kind: 'failed', text: answer.text }
      const found = answer.entries.map(({ resource }) => resource).find((one): one is JsonObject => isObject(one) && one['resourceType'] === type)
      return found === undefined ? { kind: 'absent' } : { kind: 'present', reference: ownReference(found) }
    },
    async deliver(work, signal) {
      const type = typeOf(work.kind)
      if (type === undefined) return refused(`There is no FHIR resource for ${work.kind}; take this destination out of the channel, or discard.`)
      let body: EventBody
      try {
        body = JSON.parse(work.body) as EventBody
      } catch (error) {
        return { kind: 'failed', code: 'INTERNAL', text: faultOf(error, 'INTERNAL').text }
      }
      return work.kind in TAKEN_BACK ? takeBack(work, body, type, signal) : write(work, body, type, signal)
    },
    stop: () => client.close(),
  }
}

function referenceAt(answer: FhirOk, at: number): string | null {
  const entries = answer.resource?.['entry']
  const entry = isArray(entries) ? entries[at] : undefined
  const response = isObject(entry) ? entry['response'] : undefined
  const location = isObject(response) ? response['location'] : undefined
  return typeof location === 'string' ? referenceOf(location) : null
}

function ownReference(resource: JsonObject | null): string | null {
  const { resourceType, id } = resource ?? {}
  return typeof resourceType === 'string' && typeof id === 'string' ? `${resourceType}/${id}` : null
}

function versionOf(resource: JsonObject): string | null {
  const meta = resource['meta']
  const version = isObject(meta) ? meta['versionId'] : undefined
  return typeof version === 'string' ? version : null
}
