/**
 * FHIR resources as the store keeps them: every version whole, as text, with the values by which the current one is found. What the values
 * mean is fhir/r4's; the store only compares them.
 */
import type { Fault } from './failures.ts'
import type { IntakeOp } from './store.ts'

/** How a version came about. */
export type ResourceMethod = 'create' | 'update' | 'delete'

/** One version of a resource. Versions of a resource count from 1; a deletion is a version of its own. */
export interface ResourceVersion {
  readonly type: string
  readonly id: string
  readonly version: number
  readonly method: ResourceMethod
  /** Milliseconds: meta.lastUpdated. */
  readonly updated: number
  /** The resource as JSON with its meta, numbers as they were sent; null when this version deleted it. */
  readonly body: string | null
  /** The message that brought it; 0 for what the engine wrote itself. */
  readonly message: number
}

/**
 * A value of the current version by which it is found. Texts that do not apply are '', bounds that do not apply 0.
 *
 * token: `system`, `value` (code or identifier value). reference: `value` is `Type/id` for a resource of this server, else the absolute URL or
 * URN; `system` is ''. string: `value` in lower case without marks. uri: `value`. date: `low` and `high` in milliseconds, both inclusive.
 * number and quantity: `low` and `high` are the value itself, a range of its bounds; a quantity has `system` and `value` (code or unit). What is
 * searched for carries the precision, so that `gt` and `lt` compare with what was stored.
 */
export interface ResourceKey {
  /** Name of the search parameter, `identifier`. */
  readonly param: string
  readonly system: string
  readonly value: string
  readonly low: number
  readonly high: number
}

/** What one value of a parameter asks for. Undefined members are not compared. */
export interface ResourceMatch {
  readonly system?: string
  readonly value?: string
  /** How `value` is compared; default equal. `below`: equal, or begins with it and a `/` follows. */
  readonly how?: 'equal' | 'starts' | 'contains' | 'below'
  /** Compares the stored [low, high] with these bounds by a prefix of FHIR search (eq ne gt lt ge le sa eb ap). */
  readonly range?: { readonly prefix: 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap'; readonly low: number; readonly high: number }
}

/** One parameter: any of the values. `not`: none of them; `missing`: it has no value at all (or has one, when false). */
export interface ResourceCriterion {
  readonly param: string
  readonly any: readonly ResourceMatch[]
  readonly not?: boolean
  readonly missing?: boolean
}

/** Current resources, deleted ones left out. All criteria must hold. */
export interface ResourceQuery {
  /** At least one. */
  readonly types: readonly string[]
  /** Only these ids; null: all. */
  readonly ids: readonly string[] | null
  /** meta.lastUpdated within all of these. */
  readonly updated: readonly NonNullable<ResourceMatch['range']>[]
  readonly criteria: readonly ResourceCriterion[]
  /** `_id`, `_lastUpdated` or a parameter (its lowest value; those without come last). Ties go by type and id. */
  readonly sort: readonly { readonly param: string; readonly descending: boolean }[]
  readonly offset: number
  /** Only what comes after this one, which may be gone: without a sort, or sorted by `_lastUpdated` alone. The count is of all. */
  readonly after?: { readonly type: string; readonly id: string; readonly updated: number }
  /** 0: the count alone. */
  readonly limit: number
}

/** A version to be written. `version` must follow the stored one (1: there must be none); else nothing of the op is written. */
export interface ResourceWrite {
  readonly type: string
  readonly id: string
  readonly version: number
  readonly method: ResourceMethod
  readonly updated: number
  readonly body: string | null
  /** Of this version; empty when it deletes. */
  readonly keys: readonly ResourceKey[]
}

/** What a conditional write found must still be found at its commit: exactly these, as `Type/id`. */
export interface ResourceExpectation {
  readonly query: ResourceQuery
  readonly found: readonly string[]
}

/**
 * Writes resources and stores the messages that they are for the channels, in one commit or not at all. A message that is a duplicate makes
 * the whole op one: the first answer is given again and nothing is written. Each write puts a notice `resource.created`,
 * `resource.updated` or `resource.deleted` with subject `Type/id` and body `{"version":"N"}`.
 */
export interface ResourcesOp {
  readonly op: 'resources'
  readonly messages: readonly IntakeOp[]
  readonly writes: readonly ResourceWrite[]
  readonly expects: readonly ResourceExpectation[]
  /** How far what the engine writes itself has got, moved in the same commit. */
  readonly cursor?: { readonly source: string; readonly kind: string; readonly value: string }
}
export type ResourcesAnswer =
  | { readonly kind: 'stored' }
  /** `ack`: the bytes kept with the first message, null while it has none. */
  | { readonly kind: 'duplicate'; readonly message: number; readonly ack: Uint8Array | null }
  /** Someone was faster: `at` is the index in `writes` or `expects`. Read again and decide again. */
  | { readonly kind: 'conflict'; readonly what: 'version' | 'expectation'; readonly at: number }

/** A value that may be used once: a JWT's jti under its issuer. Kept until `until` (milliseconds). */
export interface OnceOp {
  readonly op: 'once'
  readonly scope: string
  readonly value: string
  readonly until: number
}

/** What a message may ask of stored resources while it is mapped. */
export interface ResourceLookup {
  /** The versions that a message wrote, in order. */
  resourcesOf(message: number): Promise<readonly ResourceVersion[]>
  /** The current version, also when it is a deletion; null when there never was one. */
  resource(type: string, id: string): Promise<ResourceVersion | null>
}

/** A write of the FHIR face as the engine takes it: what is stored, and what the channels see of it. */
export interface ResourceRequest {
  /** The request's body as received; kept as the message's bytes. */
  readonly raw: Uint8Array
  /** Idempotency-Key or MessageHeader.id; '' when the sender gave none: then it is never a duplicate. */
  readonly controlId: string
  /** Who: the client's or key's name. */
  readonly sender: string
  /** `create`, `update`, `delete`, `transaction`, `batch`, `message`. */
  readonly interaction: string
  /** Types of resources that channels may map: those written, or those of a message bundle. */
  readonly types: readonly string[]
  /** `FhirContent` of fhir/r4: the resources with their ids and references as stored, and what they refer to. */
  readonly content: unknown
  readonly writes: readonly ResourceWrite[]
  readonly expects: readonly ResourceExpectation[]
  /** Given again to a duplicate: the answer as the face wants to read it back. */
  readonly answer: Uint8Array
}
export type ResourceAnswer =
  | { readonly kind: 'stored'; /** Formatted ids, one a channel that takes it. */ readonly messages: readonly string[] }
  | { readonly kind: 'duplicate'; readonly message: string; readonly answer: Uint8Array | null }
  | { readonly kind: 'conflict'; readonly what: 'version' | 'expectation'; readonly at: number }
  /** Refused by a channel that acknowledges when mapped, or for now (store full, stopping): then `retry`. Nothing was stored. */
  | { readonly kind: 'refused'; readonly fault: Fault; readonly retry: boolean }
