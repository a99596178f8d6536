/** The slimmed definitions, parsed type by type when first asked for: every type costs its parse once, an unused one nothing. */
import { DATATYPES } from './definitions/datatypes.ts'
import { RESOURCES } from './definitions/resources.ts'
import { VALUE_SETS } from './definitions/value-sets.ts'

/** What a JSON property of an element is. */
export interface Property {
  /** The element's name in FHIRPath: `value` for `valueString`. */
  readonly name: string
  /** `CodeableConcept`, `code`, `Resource`, or `Procedure#focalDevice` for elements inside a type. */
  readonly type: string
  readonly min: number
  /** Infinity when it may repeat without end. */
  readonly max: number
  readonly choice: boolean
  /** Types that a Reference may point to; empty: any. */
  readonly targets: readonly string[]
  /** Name of the value set it must take its codes from. */
  readonly valueSet: string | null
}

/** The elements of one type, or of one element inside a type. */
export interface Shape {
  readonly properties: ReadonlyMap<string, Property>
  /** Element name → its JSON properties, of elements that must be there or are choices. */
  readonly groups: readonly { readonly name: string; readonly min: number; readonly keys: readonly string[] }[]
}

const PRIMITIVES: ReadonlySet<string> = new Set(
  'base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid positiveInt string time unsignedInt uri url uuid xhtml'.split(' '),
)
export const isPrimitive = (type: string): boolean => PRIMITIVES.has(type)

const ABSTRACT: ReadonlySet<string> = new Set(['Resource', 'DomainResource'])
const NAMES: readonly string[] = Object.keys(RESOURCES).filter((name) => !ABSTRACT.has(name))

/** All resource types of R4, in alphabetical order. */
export const resourceTypes = (): readonly string[] => NAMES
export const isResourceType = (type: string): boolean => Object.hasOwn(RESOURCES, type) && !ABSTRACT.has(type)

const shapes = new Map<string, Shape>()

/** Of `Procedure`, `CodeableConcept` or `Procedure#focalDevice`; null when there is no such type. */
export function shapeOf(type: string): Shape | null {
  const known = shapes.get(type)
  if (known !== undefined) return known
  const [owner = ''] = type.split('#')
  const text = Object.hasOwn(RESOURCES, owner) ? RESOURCES[owner] : Object.hasOwn(DATATYPES, owner) ? DATATYPES[owner] : undefined
  if (text === undefined) return null
  const parsed = JSON.parse(text) as Readonly<Record<string, readonly Line[]>>
  for (const [path, lines] of Object.entries(parsed)) shapes.set(path === '' ? owner : `${owner}#${path}`, shapeFrom(owner, lines))
  return shapes.get(type) ?? null
}

type Line = readonly [name: string, min: number, max: number, types: string, valueSet?: string]

function shapeFrom(owner: string, lines: readonly Line[]): Shape {
  const properties = new Map<string, Property>()
  const groups: { name: string; min: number; keys: string[] }[] = []
  for (const [named, min, max, types, valueSet = null] of lines) {
    const choice = named.endsWith('[x]')
    const name = choice ? named.slice(0, -3) : named
    const group = { name, min, keys: [] as string[] }
    for (const spec of types.split(',')) {
      const [code = '', inner] = spec.split(/[()]/)
      const key = choice ? name + code.charAt(0).toUpperCase() + code.slice(1) : name
      const known = properties.get(key)
      const targets = inner === undefined ? [] : inner.split('|')
      const type = code.startsWith('#') ? owner + code : code
      properties.set(key, {
        name,
        type,
        min,
        max: max === 0 ? Infinity : max,
        choice,
        targets: known === undefined ? targets : [...known.targets, ...targets],
        valueSet,
      })
      if (known === undefined) group.keys.push(key)
    }
    if (min > 0 || choice) groups.push(group)
  }
  return { properties, groups }
}

const valueSets = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>()

/** System → codes of a value set that can be counted out, else null. */
export function valueSetOf(name: string): ReadonlyMap<string, ReadonlySet<string>> | null {
  const known = valueSets.get(name)
  if (known !== undefined) return known
  const text = Object.hasOwn(VALUE_SETS, name) ? VALUE_SETS[name] : undefined
  if (text === undefined) return null
  const set = new Map<string, Set<string>>()
  for (const line of text.split('\n')) {
    const [system = '', ...codes] = line.split(' ')
    set.set(system, new Set([...(set.get(system) ?? []), ...codes]))
  }
  valueSets.set(name, set)
  return set
}
