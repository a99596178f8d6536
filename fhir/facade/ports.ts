/** What the face works with: the store to read, the engine to write, time and ids, and those who add to it. */
import type { Clock, EngineControl, Reader } from '../../channels/contract/index.ts'
import type { Issue, JsonObject, Profile } from '../r4/index.ts'
import type { Authority } from './authorize.ts'
import type { FaceAnswer, FaceRequest } from './exchange.ts'

export interface FaceParts {
  readonly reader: Pick<Reader, 'resource' | 'resourceVersion' | 'resourceHistory' | 'resources' | 'messages' | 'raw'>
  readonly control: Pick<EngineControl, 'write' | 'audit'>
  readonly clock: Pick<Clock, 'now'>
  /** Random, of the form of a FHIR id. */
  readonly newId: () => string
  readonly authority: Authority
  /** Of the program, for the CapabilityStatement. */
  readonly version: string
  /** Canonical URLs of the profiles that channels ask of a type that they take, and the profiles that are loaded. */
  readonly profiles: { of(type: string): readonly string[]; find(url: string): Profile | undefined }
  /** What is said in the CapabilityStatement of the installation: `rest.security`, `instantiates`. */
  readonly statement: (base: string) => StatementParts
  readonly additions: readonly FaceAddition[]
}

export interface StatementParts {
  readonly security?: Readonly<Record<string, unknown>>
  readonly instantiates?: readonly string[]
}

/** Something that some types can more, or may less: subscriptions, the engine's own resources. */
export interface FaceAddition {
  /**
   * Asked before each write, with the id that it will have; a deletion has no resource.
   *
   * @returns the resource as it is to be stored, or why it is not
   */
  admit?(write: {
    readonly type: string
    readonly id: string
    readonly resource: JsonObject | null
    /** May the caller read resources of a type? */
    readonly mayRead: (type: string) => boolean
  }): Admission
  /** Answers `Type/id/$name` (`id` null: `Type/$name`), or null: no operation of its own. */
  operation?(asked: { readonly type: string; readonly id: string | null; readonly name: string }, request: FaceRequest): Promise<FaceAnswer> | null
  /** Members of `rest.resource` for a type; lists go behind those that are there. */
  capability?(type: string): Readonly<Record<string, unknown>>
}

export type Admission =
  { readonly ok: true; readonly resource: JsonObject | null } | { readonly ok: false; readonly status: number; readonly issues: readonly Issue[] }
