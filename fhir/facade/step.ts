/** One write that was asked for, alone or as an entry of a Bundle. */
import type { JsonObject } from '../r4/index.ts'
import { versionOf } from './exchange.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export interface Step {
  /** Index in the Bundle; 0 when alone. */
  readonly n: number
  /** `Bundle.entry[2]`; '' when alone. */
  readonly place: string
  readonly method: 'DELETE' | 'POST' | 'PUT'
  readonly type: string
  /** null: given by the server, or found by {@link search}. */
  readonly id: string | null
  /** The condition (If-None-Exist, or the search of a conditional update or delete) as a query string; null: none. */
  readonly search: string | null
  /** null for a deletion. */
  readonly resource: JsonObject | null
  /** Version of If-Match; null: none. */
  readonly ifMatch: number | null
  /** The version that it was made from; if another is stored when it is decided, it is made anew. */
  readonly from?: number
  /** `If-None-Match: *` on an update: only when there is none. */
  readonly onlyNew: boolean
  /** Under which other entries may refer to it; ''. */
  readonly fullUrl: string
}

export const FHIR_ID = /^[A-Za-z0-9.-]{1,64}$/

/** The version of an If-Match, null when there is no such header. */
export function ifMatchOf(header: string, place: string): number | null | Refusal {
  if (header.trim() === '') return null
  const version = versionOf(header)
  return version ?? refuse(412, 'conflict', 'If-Match names no version of this server: send the ETag of the resource, W/"1".', place)
}

/** What an update must say of itself: its type is the URL's, and its id too. */
export function refuseIdentity(resource: JsonObject, type: string, id: string | null): Refusal | null {
  if (resource['resourceType'] !== type) return refuse(400, 'invalid', `The resource is no ${type}, which the URL says.`, `${type}.resourceType`)
  if (id === null) return null
  if (!FHIR_ID.test(id)) return refuse(400, 'value', 'An id is 1 to 64 letters, digits, dashes and dots.', `${type}.id`)
  if (resource['id'] === undefined) return refuse(400, 'required', 'An update needs the id of the URL in its resource.', `${type}.id`)
  if (resource['id'] !== id) return refuse(400, 'invalid', 'The id of the resource is not the id of the URL.', `${type}.id`)
  return null
}
