/** What the engine takes in: a Bundle of the resources that are told, and of what they refer to. Pure. */
import type { Json, JsonObject } from '../../fhir/r4/index.ts'
import { objectOf, textOf } from './json.ts'

/** System of the identifier of such a Bundle: the control id of the message. */
export const NOTIFICATION_SYSTEM = 'urn:aqueduct:notification'

export interface Told {
  /** `Procedure/7`. */
  readonly reference: string
  /** Null when it was deleted. */
  readonly resource: JsonObject | null
}

export interface ToldBundle {
  /** Base URL of the server: half of the identity of what is told. */
  readonly server: string
  readonly controlId: string
  readonly told: readonly Told[]
  /** By reference. */
  readonly referred: ReadonlyMap<string, JsonObject>
}

/** The same facts give the same Bundle: nothing in it says when it was made. */
export function toldBundle({ server, controlId, told, referred }: ToldBundle): JsonObject {
  const names = new Set(told.map(({ reference }) => reference))
  const entries: JsonObject[] = told.map(({ reference, resource }) => ({
    fullUrl: `${server}/${reference}`,
    ...(resource === null ? { request: { method: 'DELETE', url: reference } } : { resource }),
    search: { mode: 'match' },
  }))
  for (const reference of [...referred.keys()].filter((one) => !names.has(one)).sort()) {
    const resource = referred.get(reference)
    if (resource !== undefined) entries.push({ fullUrl: `${server}/${reference}`, resource, search: { mode: 'include' } })
  }
  return { resourceType: 'Bundle', meta: { source: server }, identifier: { system: NOTIFICATION_SYSTEM, value: controlId }, type: 'searchset', entry: entries }
}

/** `Type/id` of a reference to a resource of this server, its version left out; null for everything else. */
export function relativeOf(reference: string, server: string): string | null {
  const rest = reference.startsWith(`${server}/`) ? reference.slice(server.length + 1) : reference
  const found = /^([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(rest)
  return found?.[1] ?? null
}

/**
 * References at a path: the resource's type, then names with dots, `Procedure.focalDevice.manipulated`. A choice is named without its type
 * (`SupplyDelivery.suppliedItem.item`). Lists are walked through.
 */
export function referencesAt(resource: JsonObject, path: string): readonly string[] {
  const [type, ...names] = path.split('.')
  if (type !== resource['resourceType']) return []
  let found: readonly Json[] = [resource]
  for (const name of names) {
    found = found.flatMap((one) => {
      const object = objectOf(one)
      const value = object?.[name] ?? object?.[`${name}Reference`]
      return value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value as Json]
    })
  }
  return found.flatMap((one) => textOf(objectOf(one)?.['reference']) ?? [])
}

/** `Procedure/7/3`: one version of a resource; `''` in place of what it does not say. */
export function versionOf(resource: JsonObject): string {
  return [resource['resourceType'], resource['id'], objectOf(resource['meta'])?.['versionId']].map((part) => textOf(part) ?? '').join('/')
}

/** `Type/id`, or null when it has no id. */
export function ownReference(resource: JsonObject): string | null {
  const type = textOf(resource['resourceType'])
  const id = textOf(resource['id'])
  return type === null || id === null ? null : `${type}/${id}`
}
