/** References of resources, and what a resource is called. Pure. */
import { isArray } from '../../fhir/r4/index.ts'
import type { Json, JsonObject } from '../../fhir/r4/index.ts'
import { objectOf, textOf } from './json.ts'

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
      return value === undefined ? [] : isArray(value) ? value : [value]
    })
  }
  return found.flatMap((one) => textOf(objectOf(one)?.['reference']) ?? [])
}

/** Every reference in it. */
export function allReferences(value: Json): readonly string[] {
  if (isArray(value)) return value.flatMap(allReferences)
  const object = objectOf(value)
  if (object === null) return []
  const own = textOf(object['reference'])
  return [...(own === null ? [] : [own]), ...Object.values(object).flatMap(allReferences)]
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
