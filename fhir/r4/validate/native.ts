/**
 * Invariants that nearly every message asks for, said again in TypeScript: as FHIRPath each costs about 10 µs for every element that is absent,
 * because Medplum then tries all types of a choice. Keys are those of the definitions; the tests compare both.
 */
import type { JsonObject } from '../content.ts'
import { isArray, isObject } from '../json.ts'

type Rule = (value: JsonObject, resource: JsonObject) => boolean

const has = (value: JsonObject, name: string): boolean => value[name] !== undefined || value[`_${name}`] !== undefined
const entries = (bundle: JsonObject): readonly JsonObject[] => (isArray(bundle['entry']) ? bundle['entry'].filter(isObject) : [])
const isOneOf = (value: unknown, ...names: readonly string[]): boolean => typeof value === 'string' && names.includes(value)

export const NATIVE: Readonly<Record<string, Rule>> = {
  'qty-3': (value) => !has(value, 'code') || has(value, 'system'),
  'cpt-2': (value) => !has(value, 'value') || has(value, 'system'),
  'att-1': (value) => !has(value, 'data') || has(value, 'contentType'),
  'org-1': (value) => has(value, 'identifier') || has(value, 'name'),
  'bdl-1': (value) => !has(value, 'total') || isOneOf(value['type'], 'searchset', 'history'),
  'bdl-2': (value) => isOneOf(value['type'], 'searchset') || entries(value).every((entry) => !has(entry, 'search')),
  'bdl-3': (value) => {
    const wanted = isOneOf(value['type'], 'batch', 'transaction', 'history')
    return entries(value).every((entry) => has(entry, 'request') === wanted)
  },
  'bdl-4': (value) => {
    const wanted = isOneOf(value['type'], 'batch-response', 'transaction-response', 'history')
    return entries(value).every((entry) => has(entry, 'response') === wanted)
  },
  'bdl-5': (value) => has(value, 'resource') || has(value, 'request') || has(value, 'response'),
  'bdl-8': ({ fullUrl }) => typeof fullUrl !== 'string' || !fullUrl.includes('/_history/'),
}
