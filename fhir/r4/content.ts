/** What the mapping of a FHIR channel reads: resources as they are stored, and what they refer to. */
import type { Inbound } from '../../channels/contract/index.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** A resource that the message tells. */
export interface ToldResource {
  readonly type: string
  readonly id: string
  /** The resource with the id and the references under which it is kept; null when the message deletes it. */
  readonly resource: JsonObject | null
  /** Milliseconds of meta.lastUpdated, 0 when it says none. */
  readonly updated: number
}

/** `content` of an {@link Inbound} of format fhir. */
export interface FhirContent {
  /** Base URL of the server that keeps them, `''` for the engine's own face: part of the subject of a statement. */
  readonly server: string
  readonly told: readonly ToldResource[]
  /** What a reference of a told resource means (`Device/12`, `urn:uuid:…`, `#contained` is not asked for here), or null when it is not known. */
  resolve(reference: string): JsonObject | null
}

/** The format's name among `MessageFormat`s. */
export const FHIR_FORMAT = 'fhir'

/** Is this the content of a FHIR message? */
export function fhirContentOf(inbound: Pick<Inbound, 'content'>): FhirContent | null {
  const { content } = inbound
  return typeof content === 'object' && content !== null && 'told' in content ? (content as FhirContent) : null
}
