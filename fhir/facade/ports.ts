/** What the face works with: the store to read, the engine to write, R4's rules, time and ids. */
import type { Clock, EngineControl, Reader, ResourceKey, ResourceQuery } from '../../channels/contract/index.ts'
import type { JsonObject } from '../r4/index.ts'
import type { Authority } from './authorize.ts'
import type { FaceIssue } from './refusal.ts'

export interface SearchParam {
  readonly name: string
  /** token, reference, date … */
  readonly type: string
  readonly documentation?: string
}

export type SearchReading =
  | {
      readonly kind: 'query'
      readonly query: Pick<ResourceQuery, 'ids' | 'updated' | 'criteria' | 'sort'>
      /** Names of parameters that were not understood, and so left out. */
      readonly unknown: readonly string[]
    }
  /** A parameter that is known has a value that is none. */
  | { readonly kind: 'wrong'; readonly param: string; readonly text: string }

/** R4 as the face needs it. */
export interface FaceRules {
  /** Resource types that can be kept. */
  readonly types: readonly string[]
  parse(text: string): { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly text: string; readonly at: string }
  write(value: JsonObject): string
  /** @param profiles canonical URLs that it must meet besides the base definition */
  validate(resource: JsonObject, profiles: readonly string[]): Promise<readonly FaceIssue[]>
  keys(resource: JsonObject, base: string): readonly ResourceKey[]
  searchParams(type: string): readonly SearchParam[]
  /** @param pairs search parameters without those that shape the result (`_count`, `_include` …) */
  search(types: readonly string[], pairs: readonly (readonly [string, string])[], base: string): SearchReading
}

export interface FaceParts {
  readonly reader: Pick<Reader, 'resource' | 'resourceVersion' | 'resourceHistory' | 'resources' | 'messages' | 'raw'>
  readonly control: Pick<EngineControl, 'write' | 'audit'>
  readonly clock: Pick<Clock, 'now'>
  /** Random, of the form of a FHIR id. */
  readonly newId: () => string
  readonly rules: FaceRules
  readonly authority: Authority
  /** Of the program, for the CapabilityStatement. */
  readonly version: string
  /** What channels ask of resources of a type that they take. */
  readonly profilesOf?: (type: string) => readonly string[]
  /** More of `rest.security` and extensions of the CapabilityStatement, by those who add to the face. */
  readonly statement?: (base: string) => StatementParts
}

/** Parts of the CapabilityStatement that others know. */
export interface StatementParts {
  readonly security?: Readonly<Record<string, unknown>>
  readonly instantiates?: readonly string[]
  readonly extension?: readonly Readonly<Record<string, unknown>>[]
}
