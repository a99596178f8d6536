/** The part of FHIRPath that R4's search parameters are written in, walked over the tables of elements so that each value comes with its type. */
import type { Json, JsonObject } from '../content.ts'
import { isArray, isObject } from '../json.ts'
import { shapeOf } from '../tables.ts'

interface Step {
  readonly name: string
  /** Of a choice, only this type. */
  readonly as?: string
  /** Only references to this type. */
  readonly to?: string
  /** Only members whose `name` is `value`. */
  readonly where?: { readonly name: string; readonly value: string }
  readonly first?: true
}
export interface Path {
  readonly steps: readonly Step[]
  /** Is there something other than false? */
  readonly exists: boolean
}

export interface Typed {
  readonly value: Json
  readonly type: string
  /** What holds the value, for the characters of a number. */
  readonly holder: object
  readonly key: string | number
  readonly valueSet: string | null
}

/** The form is docs/fhir-definitions/searches.ts': `participant.actor{Patient}`, `value:Quantity`, `telecom[system=email]`, `deceased!`. */
export function parsePath(text: string): Path {
  const exists = text.endsWith('!')
  const steps = (exists ? text.slice(0, -1) : text).split('.').flatMap((part): readonly Step[] => {
    const match = /^(\w+)(?::(\w+)|\{(\w+)\}|\[(\w+)=([\w-]+)\]|(\[0\]))?$/.exec(part)
    const [, name, as, to, where, value = '', first] = match ?? []
    if (name === undefined) return []
    return [
      {
        name,
        ...(as === undefined ? {} : { as }),
        ...(to === undefined ? {} : { to }),
        ...(where === undefined ? {} : { where: { name: where, value } }),
        ...(first === undefined ? {} : { first: true as const }),
      },
    ]
  })
  return { steps, exists }
}

/** Every value at the path, with its type. */
export function valuesAt(resource: JsonObject, path: Path): readonly Typed[] {
  let values: readonly Typed[] = [{ value: resource, type: 'Resource', holder: resource, key: '', valueSet: null }]
  for (const step of path.steps) values = values.flatMap((each) => advance(each, step))
  if (!path.exists) return values
  return [{ value: values.some(({ value }) => value !== false), type: 'boolean', holder: resource, key: '', valueSet: null }]
}

function advance(from: Typed, step: Step): readonly Typed[] {
  if (!isObject(from.value)) return []
  const holder = from.value
  const type = typeof holder['resourceType'] === 'string' ? holder['resourceType'] : from.type
  const shape = shapeOf(type)
  if (shape === null) return []
  const found: Typed[] = []
  for (const [key, property] of propertiesNamed(type, shape, step)) {
    const value = holder[key]
    if (value === undefined || value === null) continue
    const { type: kind, valueSet } = property
    if (isArray(value)) value.forEach((each, index) => found.push({ value: each, type: kind, holder: value as object, key: index, valueSet }))
    else found.push({ value, type: kind, holder, key, valueSet })
  }
  const { where, to, first } = step
  const kept = found.filter(({ value }) => {
    if (where !== undefined) return isObject(value) && value[where.name] === where.value
    return to === undefined || pointsTo(value, to)
  })
  return first === true ? kept.slice(0, 1) : kept
}

type Shaped = NonNullable<ReturnType<typeof shapeOf>>
type Found = readonly (readonly [string, NonNullable<ReturnType<Shaped['properties']['get']>>])[]
const named = new Map<string, Found>()

/** JSON properties of an element: one, or one for each type of a choice. */
function propertiesNamed(type: string, shape: Shaped, { name, as }: Step): Found {
  const id = `${type} ${name} ${as ?? ''}`
  const known = named.get(id)
  if (known !== undefined) return known
  const found = [...shape.properties].filter(([, property]) => property.name === name && (as === undefined || property.type === as))
  named.set(id, found)
  return found
}

const TARGET = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]+)?$/

function pointsTo(value: Json, type: string): boolean {
  if (!isObject(value)) return false
  const { reference, type: told } = value
  return told === type || (typeof reference === 'string' && TARGET.exec(reference)?.[1] === type)
}
