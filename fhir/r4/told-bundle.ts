/**
 * What a listener hands to the engine of another server's resources: a Bundle of type searchset with `meta.source` the server's base URL,
 * `identifier.value` the control id, the told resources first (`search.mode` match; one that was deleted has no resource and a `request` of
 * method DELETE), then what they refer to (`search.mode` include), all with absolute fullUrls. Pure.
 */
import type { JsonObject } from './content.ts'

/** System of the identifier of such a Bundle. */
export const NOTIFICATION_SYSTEM = 'urn:aqueduct:notification'

export interface Told {
  /** `Procedure/7`. */
  readonly reference: string
  /** Null when it was deleted. */
  readonly resource: JsonObject | null
  /** Instant at which it was deleted, where that is known. */
  readonly deletedAt?: string
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
  const entries: JsonObject[] = told.map(({ reference, resource, deletedAt }) => ({
    fullUrl: `${server}/${reference}`,
    ...(resource === null
      ? { request: { method: 'DELETE', url: reference }, response: { status: '204', ...(deletedAt === undefined ? {} : { lastModified: deletedAt }) } }
      : { resource }),
    search: { mode: 'match' },
  }))
  for (const reference of [...referred.keys()].filter((one) => !names.has(one)).sort()) {
    const resource = referred.get(reference)
    if (resource !== undefined) entries.push({ fullUrl: `${server}/${reference}`, resource, search: { mode: 'include' } })
  }
  return { resourceType: 'Bundle', meta: { source: server }, identifier: { system: NOTIFICATION_SYSTEM, value: controlId }, type: 'searchset', entry: entries }
}
