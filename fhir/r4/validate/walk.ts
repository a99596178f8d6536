/** The walk over a resource beside the tables of its type: everything that is wrong, each with its place. */
import type { Json, JsonObject } from '../content.ts'
import { isArray, isObject, lexemeOf } from '../json.ts'
import type { Issue, IssueCode } from '../operation-outcome.ts'
import { spanOf } from '../search/moments.ts'
import { isPrimitive, isResourceType, shapeOf, valueSetOf } from '../tables.ts'
import type { Property, Shape } from '../tables.ts'
import { outsideValueSet } from './codes.ts'
import { invariantsOf, isKept, isNative } from './invariants.ts'
import { laterSign } from './later.ts'
import { wrongNarrative } from './narrative.ts'
import { wrongForm } from './primitives.ts'
import { scopeOf, typeReferred } from './scope.ts'
import type { Scope } from './scope.ts'

/** Nobody reads more, and a body of nothing but mistakes must not become a larger answer. */
const MOST_ISSUES = 100
/** Beyond it invariants that compare everything with everything are left out. */
const MANY_VALUES = 2000
/** So many invariants are evaluated as FHIRPath (10 to 100 µs each): a body made of them must not hold up everybody for seconds. */
const MOST_EXPRESSIONS = 10_000

export class Walk {
  readonly issues: Issue[] = []
  readonly #modifiers: ReadonlySet<string>
  readonly #implicitRules: ReadonlySet<string>
  #values = 0
  #expressions = 0

  constructor(modifiers: ReadonlySet<string>, implicitRules: ReadonlySet<string>) {
    this.#modifiers = modifiers
    this.#implicitRules = implicitRules
  }

  /** An outermost resource, an entry's, or a contained one of `outer`. */
  resource(value: Json, path: string | null, outer: Scope | null): void {
    if (!isObject(value)) return this.#report('structure', 'A resource is a JSON object.', path ?? 'Resource')
    const type = value['resourceType']
    const place = path ?? (typeof type === 'string' && /^[A-Z][A-Za-z]{0,63}$/.test(type) ? type : 'Resource')
    if (typeof type !== 'string') return this.#report('structure', 'resourceType is missing.', place)
    const before = this.issues.length
    const shape = isResourceType(type) ? shapeOf(type) : null
    if (shape === null) this.#report('not-supported', 'R4 has no resource type of this name.', place)
    else {
      const scope = outer ?? scopeOf(value)
      this.#shape(value, type, shape, place, scope, true)
      if (outer === null) this.#containment(value, place, scope)
    }
    if (this.issues.length === before) return
    const sign = laterSign(value)
    if (sign !== null)
      this.issues.splice(before, 0, {
        severity: 'error',
        code: 'not-supported',
        diagnostics: `This is FHIR R5: ${sign}. This endpoint takes FHIR R4 (4.0.1).`,
        expression: place,
      })
  }

  #report(code: IssueCode, diagnostics: string, expression: string): void {
    if (this.issues.length < MOST_ISSUES) this.issues.push({ severity: 'error', code, diagnostics, expression })
  }

  #shape(object: JsonObject, type: string, shape: Shape, path: string, scope: Scope, root = false): void {
    this.#values += 1
    const keys = Object.keys(object)
    if (keys.length === 0) return this.#report('structure', 'An object must not be empty.', path)
    for (const key of keys) {
      if (root && key === 'resourceType') continue
      const companion = key.startsWith('_')
      const property = shape.properties.get(companion ? key.slice(1) : key)
      if (property === undefined || (companion && !isPrimitive(property.type)))
        this.#report('structure', `${nameOf(path, type)} has no element ${/^_?[A-Za-z]\w{0,63}$/.test(key) ? key : 'of such a name'} in FHIR R4.`, path)
      else if (companion) this.#companions(object[key] ?? null, object[key.slice(1)], property, `${path}.${property.name}`, scope)
      else this.#property(object, key, property, `${path}.${property.name}`, type, scope)
    }
    for (const { name, min, keys: names } of shape.groups) {
      const present = names.filter((key) => object[key] !== undefined || object[`_${key}`] !== undefined)
      if (present.length > 1) this.#report('structure', `${name}[x] may be of one type only.`, `${path}.${name}`)
      if (present.length === 0 && min > 0) this.#report('required', `${name} is required.`, `${path}.${name}`)
    }
    this.#rules(object, type, path, scope)
    this.#invariants(object, type, type, path, scope)
  }

  #property(holder: JsonObject, key: string, property: Property, path: string, owner: string, scope: Scope): void {
    const value = holder[key] ?? null
    if (property.max === 1) {
      if (isArray(value)) return this.#report('structure', `${property.name} does not repeat: no array is expected.`, path)
      if (value === null) return this.#report('structure', 'null is no value: leave the element out.', path)
      return this.#value(value, holder, key, property, path, owner, scope)
    }
    if (!isArray(value)) return this.#report('structure', `${property.name} repeats: an array is expected.`, path)
    if (value.length === 0) return this.#report('structure', 'An array must not be empty.', path)
    if (value.length > property.max) this.#report('structure', `${property.name} repeats at most ${property.max} times.`, path)
    const companions = holder[`_${key}`]
    value.forEach((each, index) => {
      if (each !== null) this.#value(each, value as object, index, property, `${path}[${index}]`, owner, scope)
      else if (!isPrimitive(property.type) || !isArray(companions) || !isObject(companions[index] ?? null))
        this.#report('structure', 'null stands only for a primitive value that has an extension instead.', `${path}[${index}]`)
    })
  }

  #value(value: Json, holder: object, key: string | number, property: Property, path: string, owner: string, scope: Scope): void {
    const { type, valueSet } = property
    if (isPrimitive(type)) {
      const expected = wrongForm(type, value, lexemeOf(holder, key))
      if (expected !== null) return this.#report(typeof value === 'object' ? 'structure' : 'value', `Expected ${expected}.`, path)
      if (type === 'xhtml' && typeof value === 'string') this.#narrative(value, path)
      if ((type === 'uri' || type === 'canonical' || type === 'url') && typeof value === 'string' && value.startsWith('#')) scope.pointed.add(value.slice(1))
    } else if (type === 'Resource' || isResourceType(type)) {
      if (type !== 'Resource' && isObject(value) && value['resourceType'] !== type)
        return this.#report('structure', `A resource of type ${type} is expected.`, path)
      return this.resource(value, path, property.name === 'contained' ? scope : null)
    } else {
      const shape = shapeOf(type)
      if (!isObject(value)) return this.#report('structure', 'An object is expected.', path)
      if (shape === null) return this.#report('not-supported', 'The type of this element is not supported.', path)
      this.#shape(value, type, shape, path, scope)
      if (type === 'Reference') this.#reference(value, property, path, scope)
      // Those of an element inside a type were looked at with its shape.
      if (!type.includes('#')) this.#invariants(value, type, `${owner}${owner.includes('#') ? '.' : '#'}${property.name}`, path, scope)
    }
    if (valueSet === null) return
    const codes = valueSetOf(valueSet)
    const outside = codes === null ? wrongByForm(valueSet, value) : outsideValueSet(type, value, codes)
    if (outside !== null) this.#report('code-invalid', outside, path)
  }

  /** `_field`: id and extensions of primitive values. */
  #companions(value: Json, values: Json | undefined, property: Property, path: string, scope: Scope): void {
    if (property.max === 1) return this.#companion(value, path, scope)
    if (!isArray(value) || value.length === 0) return this.#report('structure', 'Extensions of a repeating primitive are an array with something in it.', path)
    value.forEach((each, index) => {
      const beside = isArray(values) ? (values[index] ?? null) : null
      if (each !== null) this.#companion(each, `${path}[${index}]`, scope)
      else if (beside === null) this.#report('structure', 'Neither a value nor an extension stands here.', `${path}[${index}]`)
    })
  }

  #companion(value: Json, path: string, scope: Scope): void {
    const shape = shapeOf('Element')
    if (!isObject(value)) return this.#report('structure', 'An object with id or extension is expected.', path)
    if (shape !== null) this.#shape(value, 'Element', shape, path, scope)
  }

  #reference(value: JsonObject, { targets }: Property, path: string, scope: Scope): void {
    const { reference, type: told } = value
    if (typeof reference === 'string') {
      if (reference.startsWith('#')) scope.pointed.add(reference.slice(1))
      if (reference === '#') scope.pointing.add(path)
      const type = typeReferred(reference, scope)
      if (type === null)
        return reference.startsWith('#')
          ? this.#report('invariant', 'No contained resource has this id (ref-1).', path)
          : this.#report('value', 'A reference is Type/id, an absolute URL, a URN or # and the id of a contained resource.', path)
      if (type !== '' && !isResourceType(type)) return this.#report('value', 'R4 has no resource type of the name in the reference.', path)
      if (type !== '' && targets.length > 0 && !targets.includes(type)) return this.#report('value', `Expected a reference to ${targets.join(', ')}.`, path)
    }
    if (typeof told === 'string' && isResourceType(told) && targets.length > 0 && !targets.includes(told))
      this.#report('value', `Expected a reference to ${targets.join(', ')}.`, path)
  }

  /** Rules that hold for a datatype wherever it stands, faster here than as FHIRPath. */
  #rules(object: JsonObject, type: string, path: string, scope: Scope): void {
    if (object['modifierExtension'] !== undefined) this.#modifierExtensions(object['modifierExtension'], path)
    if (type === 'Extension') {
      const valued = Object.keys(object).some((key) => /^_?value[A-Z]/.test(key))
      if (valued === (object['extension'] !== undefined)) this.#report('invariant', 'An extension has either a value or extensions (ext-1).', path)
    }
    if (type === 'Period' && typeof object['start'] === 'string' && typeof object['end'] === 'string') {
      const [start, end] = [spanOf(object['start']), spanOf(object['end'])]
      if (start !== null && end !== null && start.low > end.high) this.#report('invariant', 'The period ends before it starts (per-1).', path)
    }
    if (type === 'Range') this.#range(object, path)
    const { implicitRules } = object
    if (implicitRules !== undefined && object['resourceType'] !== undefined && !(typeof implicitRules === 'string' && this.#implicitRules.has(implicitRules)))
      this.#report(
        'not-supported',
        'The implicit rules that the resource was made under are not known here, so it cannot be understood safely.',
        `${path}.implicitRules`,
      )
    if (type === 'Bundle') this.#bundle(object, path)
    if (scope.resource !== object && object['contained'] !== undefined && object['resourceType'] !== undefined)
      this.#report('invariant', 'A contained resource contains no others (dom-2).', path)
  }

  #range({ low, high }: JsonObject, path: string): void {
    if (!isObject(low ?? null) || !isObject(high ?? null) || !isObject(low) || !isObject(high)) return
    const { value: from, code: fromCode, unit: fromUnit } = low
    const { value: to, code: toCode, unit: toUnit } = high
    if (typeof from === 'number' && typeof to === 'number' && fromCode === toCode && fromUnit === toUnit && from > to)
      this.#report('invariant', 'The low of a range is above its high (rng-2).', path)
  }

  #modifierExtensions(value: Json, path: string): void {
    if (!isArray(value)) return
    value.forEach((each, index) => {
      const url = isObject(each) ? each['url'] : undefined
      if (typeof url === 'string' && !this.#modifiers.has(url))
        this.#report(
          'extension',
          'A modifier extension that is not known here changes what the element means, so it cannot be understood safely.',
          `${path}.modifierExtension[${index}]`,
        )
    })
  }

  /** bdl-7: the same fullUrl with the same version stands once. */
  #bundle(bundle: JsonObject, path: string): void {
    const { entry, type } = bundle
    if (!isArray(entry) || type === 'history') return
    const seen = new Set<string>()
    entry.forEach((each, index) => {
      if (!isObject(each) || typeof each['fullUrl'] !== 'string') return
      const meta = isObject(each['resource'] ?? null) ? (each['resource'] as JsonObject)['meta'] : undefined
      const id = `${each['fullUrl']} ${isObject(meta ?? null) ? JSON.stringify((meta as JsonObject)['versionId'] ?? '') : ''}`
      if (seen.has(id)) this.#report('invariant', 'The same fullUrl stands twice (bdl-7).', `${path}.entry[${index}].fullUrl`)
      seen.add(id)
    })
  }

  /** dom-3 to dom-5. */
  #containment(resource: JsonObject, path: string, { pointed, pointing }: Scope): void {
    const { contained } = resource
    if (!isArray(contained)) return
    contained.forEach((each, index) => {
      if (!isObject(each)) return
      const place = `${path}.contained[${index}]`
      const meta = isObject(each['meta'] ?? null) ? (each['meta'] as JsonObject) : {}
      if (meta['versionId'] !== undefined || meta['lastUpdated'] !== undefined)
        this.#report('invariant', 'A contained resource has no version and no lastUpdated (dom-4).', place)
      if (meta['security'] !== undefined) this.#report('invariant', 'A contained resource has no security label of its own (dom-5).', place)
      const id = each['id']
      if (typeof id !== 'string') this.#report('required', 'A contained resource needs an id.', place)
      else if (!pointed.has(id) && ![...pointing].some((from) => from.startsWith(`${place}.`)))
        this.#report('invariant', 'Nothing refers to this contained resource (dom-3).', place)
    })
  }

  #narrative(div: string, path: string): void {
    const wrong = wrongNarrative(div)
    if (wrong !== null) this.#report('invariant', `${wrong} (txt-1)`, path)
  }

  #invariants(value: JsonObject, type: string, place: string, path: string, scope: Scope): void {
    for (const each of invariantsOf(place)) {
      if (each.slow && this.#values > MANY_VALUES) continue
      if (!isNative(each)) this.#expressions += 1
      if (this.#expressions > MOST_EXPRESSIONS) continue
      if (!isKept(each, value, type.replace('#', '.'), scope.resource)) this.#report('invariant', `${each.human} (${each.key})`, path)
    }
  }
}

/** For people: `Procedure.focalDevice`. */
const nameOf = (path: string, type: string): string => (type.includes('#') ? path.replace(/\[\d+\]/g, '') : type)

function wrongByForm(valueSet: string, value: Json): string | null {
  return valueSet === 'currencies' && typeof value === 'string' && !/^[A-Z]{3}$/.test(value) ? 'A currency is three capital letters (ISO 4217).' : null
}
