/** What is written for an event: a resource, or a transaction of several. Pure. */
import { createHash } from 'node:crypto'
import type { Outgoing } from '../../contract/index.ts'
import { eventResource, isArray, isObject, pieceOf, withMembers } from '../../../fhir/r4/index.ts'
import type { JsonObject } from '../../../fhir/r4/index.ts'
import type { FhirOptions } from './options.ts'

export type Written =
  | { readonly ok: true; readonly kind: 'resource'; readonly resource: JsonObject; /** The search string that finds it. */ readonly where: string }
  | { readonly ok: true; readonly kind: 'transaction'; readonly bundle: JsonObject; /** Which entry is the resource of the event. */ readonly at: number }
  | { readonly ok: false; readonly text: string }

/** An event as the engine delivers it. */
export interface EventBody {
  readonly id: string
  readonly businessKey: string
  readonly [field: string]: unknown
}

/** `identifier=system|value`, escaped. */
export const byIdentifier = (system: string, value: string): string => `identifier=${encodeURIComponent(`${escaped(system)}|${escaped(value)}`)}`

/** In a search value `,`, `$`, `|` and `\` mean something (R4 §3.1.1.4.5). */
const escaped = (text: string): string => text.replace(/[\\,$|]/g, '\\$&')

/** Business keys are joined by `|`, which not every server reads back out of a search value that escapes it. */
const plain = (businessKey: string): string => encodeURIComponent(businessKey)

/** A name in a Bundle that is the same at every attempt. */
function urn(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex')
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export function writeOf(work: Outgoing, body: EventBody, type: string, options: FhirOptions): Written {
  const { event, delivery, businessKey, device: deviceSystem } = options.systems
  const identifier: JsonObject[] = [
    { system: event, value: body.id },
    { system: delivery, value: work.key },
    ...(body.businessKey === '' ? [] : [{ system: businessKey, value: plain(body.businessKey) }]),
  ]
  const apart = options.write === 'transaction'
  const deviceUrn = urn(`${body.id} device`)
  const made = eventResource(work.kind, body, type, identifier, apart ? deviceUrn : '#device')
  if (!made.ok) return made
  const where = byIdentifier(event, body.id)
  if (!apart) return { ok: true, kind: 'resource', resource: made.resource, where }

  const entries: JsonObject[] = []
  if (made.device !== null) {
    // The same piece told twice is one Device; of what has no serial each use has its own.
    const name = pieceOf(made.device) ?? body.id
    entries.push({
      fullUrl: deviceUrn,
      resource: { ...made.device, identifier: [{ system: deviceSystem, value: name }] },
      request: { method: 'POST', url: 'Device', ifNoneExist: byIdentifier(deviceSystem, name) },
    })
  }
  entries.push({ fullUrl: urn(body.id), resource: made.resource, request: { method: 'POST', url: type, ifNoneExist: where } })
  return { ok: true, kind: 'transaction', bundle: { resourceType: 'Bundle', type: 'transaction', entry: entries }, at: entries.length - 1 }
}

/** How the original of a reversal is found, best first: by its event, else by what both say of the same fact. */
export function originalOf(body: EventBody, options: FhirOptions): string | null {
  const reverses = Array.isArray(body['reverses']) ? (body['reverses'] as readonly { readonly by?: unknown; readonly value?: unknown }[]) : []
  const valueOf = (by: string) => reverses.find((one) => one.by === by)?.value
  const event = valueOf('event')
  if (typeof event === 'string') return byIdentifier(options.systems.event, event)
  const key = valueOf('businessKey')
  return typeof key === 'string' ? byIdentifier(options.systems.businessKey, plain(key)) : null
}

/** Is all of it taken back? A part can't be said of a resource. */
export function isWhole(original: JsonObject, body: EventBody): boolean {
  const of = (value: unknown): unknown => (isObject(value) ? value['value'] : undefined)
  const supplied = original['suppliedItem']
  const there = of(original['quantity'] ?? (isObject(supplied) ? supplied['quantity'] : undefined))
  const back = of(body['quantity'])
  return there === undefined || back === undefined || Number(there) === Number(back)
}

/** The original as entered in error, with the delivery that said so; null when it is already. */
export function takenBack(original: JsonObject, key: string, options: FhirOptions): JsonObject | null {
  if (original['status'] === 'entered-in-error') return null
  const before = original['identifier']
  const identifier = [...(isArray(before) ? before : []), { system: options.systems.delivery, value: key }]
  return withMembers(original, { identifier, status: 'entered-in-error' })
}
