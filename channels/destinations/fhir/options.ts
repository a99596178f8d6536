/** `options:` of a fhir destination, judged. */
import { AqueductError } from '../../contract/index.ts'
import type { DestinationDefinition, FhirAuth } from '../../contract/index.ts'
import { EVENT_RESOURCES } from '../../../fhir/r4/index.ts'

export interface FhirOptions {
  /** Event type → resource type. */
  readonly resources: ReadonlyMap<string, string>
  /** create: once, and never changed; update: what is there is replaced; transaction: the device as a resource of its own, in one go. */
  readonly write: 'create' | 'update' | 'transaction'
  /** Systems of the identifiers that are written. */
  readonly systems: { readonly event: string; readonly delivery: string; readonly businessKey: string; readonly device: string }
  readonly auth: FhirAuth | null
}

type Block = Readonly<Record<string, unknown>>

/**
 * `resources: {SupplyUsed: ChargeItem}`, `write: create | update | transaction`, `identifier_system` (base of the identifiers' systems),
 * `auth: {client_id, key, key_id, algorithm, endpoint, scopes}`.
 *
 * @throws AqueductError that names the option
 */
export function optionsOf({ name, options }: Pick<DestinationDefinition, 'name' | 'options'>): FhirOptions {
  const fail = (what: string): never => {
    throw new AqueductError('INTERNAL', `destination ${name}: options.${what}`)
  }
  const block = (value: unknown, path: string): Block =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Block) : fail(`${path} is a block of keys and values`)
  const text = (from: Block, key: string, path: string): string => {
    const value = from[key]
    return typeof value === 'string' && value !== '' ? value : fail(`${path}${key} is a text`)
  }
  const known = ['resources', 'write', 'identifier_system', 'auth']
  const stray = Object.keys(options).find((key) => !known.includes(key))
  if (stray !== undefined) fail(`${stray} is not recognised; there are ${known.join(', ')}`)

  const resources = new Map(Object.entries(EVENT_RESOURCES).flatMap(([event, [usual]]) => (usual === undefined ? [] : [[event, usual] as const])))
  for (const [event, type] of Object.entries(options['resources'] === undefined ? {} : block(options['resources'], 'resources'))) {
    const able =
      EVENT_RESOURCES[event] ?? fail(`resources.${event}: there is no resource for this event; there is for ${Object.keys(EVENT_RESOURCES).join(', ')}`)
    if (typeof type !== 'string' || !able.includes(type)) fail(`resources.${event} is ${able.join(' or ')}`)
    else resources.set(event, type)
  }
  const write = options['write'] ?? 'create'
  if (write !== 'create' && write !== 'update' && write !== 'transaction') return fail('write is create, update or transaction')
  const base = options['identifier_system'] === undefined ? 'urn:aqueduct' : text(options, 'identifier_system', '')
  if (!/^(https?:\/\/|urn:)[^\s|]+$/.test(base)) fail('identifier_system is a URL or a URN')
  const system = (what: string) => (base.startsWith('urn:') ? `${base}:${what}` : `${base.replace(/\/$/, '')}/${what}`)
  return {
    resources,
    write,
    systems: { event: system('event'), delivery: system('delivery'), businessKey: system('business-key'), device: system('device') },
    auth: options['auth'] === undefined ? null : authOf(block(options['auth'], 'auth')),
  }

  function authOf(from: Block): FhirAuth {
    const path = 'auth.'
    const algorithm = from['algorithm'] ?? 'RS384'
    const scopes = from['scopes'] ?? ['system/*.cruds']
    const tokenUrl = from['endpoint'] === undefined ? null : text(from, 'endpoint', path)
    if (algorithm !== 'RS384' && algorithm !== 'ES384') return fail(`${path}algorithm is RS384 or ES384`)
    if (!Array.isArray(scopes) || !scopes.every((scope): scope is string => typeof scope === 'string')) return fail(`${path}scopes is a list of texts`)
    if (tokenUrl !== null && !URL.canParse(tokenUrl)) fail(`${path}endpoint is an address`)
    return {
      clientId: text(from, 'client_id', path),
      key: text(from, 'key', path),
      keyId: from['key_id'] === undefined ? null : text(from, 'key_id', path),
      algorithm,
      tokenUrl,
      scopes,
    }
  }
}
