/** Invariants of the definitions, evaluated by Medplum's FHIRPath. One that it cannot evaluate says nothing. */
import { evalFhirPathTyped, parseFhirPath } from '@medplum/core'
import type { FhirPathAtom } from '@medplum/core'
import { INVARIANTS } from '../definitions/invariants.ts'
import type { JsonObject } from '../content.ts'
import { NATIVE } from './native.ts'

export interface Invariant {
  readonly key: string
  readonly human: string
  readonly expression: string
  /** Takes the square of what it looks at. */
  readonly slow: boolean
}

const tables = new Map<string, ReadonlyMap<string, readonly Invariant[]>>()
const atoms = new Map<string, FhirPathAtom | null>()

/** Of a type, or of an element in it: `Bundle`, `Bundle#entry`. */
export function invariantsOf(place: string): readonly Invariant[] {
  const [type = '', path = ''] = place.split('#')
  let table = tables.get(type)
  if (table === undefined) {
    const made = new Map<string, Invariant[]>()
    const text = Object.hasOwn(INVARIANTS, type) ? (INVARIANTS[type] ?? '[]') : '[]'
    for (const [at, key, human, expression] of JSON.parse(text) as readonly (readonly [string, string, string, string])[])
      made.set(at, [...(made.get(at) ?? []), invariant(key, human, expression)])
    table = made
    tables.set(type, table)
  }
  return table.get(path) ?? NONE
}
const NONE: readonly Invariant[] = []

export const invariant = (key: string, human: string, expression: string): Invariant => ({
  key,
  human,
  expression,
  slow: /isDistinct|descendants|combine|intersect|subsetOf|repeat\(|contains \$this/.test(expression),
})

export const isNative = ({ key }: Invariant): boolean => Object.hasOwn(NATIVE, key)

/** False only when the expression says so: what is empty, or cannot be evaluated, is no refusal. */
export function isKept({ key, expression }: Invariant, value: JsonObject, type: string, resource: JsonObject): boolean {
  const native = Object.hasOwn(NATIVE, key) ? NATIVE[key] : undefined
  return native === undefined ? isTrue(expression, value, type, resource) : native(value, resource)
}

/** The expression by itself. */
export function isTrue(expression: string, value: JsonObject, type: string, resource: JsonObject): boolean {
  let atom = atoms.get(expression)
  if (atom === undefined) {
    atom = parsed(expression)
    atoms.set(expression, atom)
  }
  if (atom === null) return true
  const root = { type: typeof resource['resourceType'] === 'string' ? resource['resourceType'] : 'Resource', value: resource }
  try {
    const [first, ...rest] = evalFhirPathTyped(atom, [{ type, value }], {
      '%resource': root,
      '%rootResource': root,
      '%context': { type, value },
      '%ucum': UCUM,
    })
    return first?.value !== false || rest.length > 0
  } catch {
    return true
  }
}
const UCUM = { type: 'uri', value: 'http://unitsofmeasure.org' }

function parsed(expression: string): FhirPathAtom | null {
  try {
    return parseFhirPath(expression)
  } catch {
    return null
  }
}
