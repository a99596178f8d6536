/** A resource against a profile: cardinality, fixed values and patterns, types, required bindings, slices, invariants. `mustSupport` is the reader's affair. */
import type { Json, JsonObject } from '../content.ts'
import { isArray, isObject } from '../json.ts'
import type { Issue, IssueCode } from '../operation-outcome.ts'
import { isResourceType } from '../tables.ts'
import { outsideValueSet } from './codes.ts'
import { isTrue } from './invariants.ts'
import type { Profile, ProfileNode } from './profile-tree.ts'

interface Placed {
  readonly value: Json
  /** Of a choice, the type that its property names; else ''. */
  readonly type: string
  readonly path: string
}

export function profileIssues(resource: JsonObject, profile: Profile): readonly Issue[] {
  const type = typeof resource['resourceType'] === 'string' ? resource['resourceType'] : 'Resource'
  const check = new Check(resource, profile)
  if (type !== profile.type) check.report('structure', `The profile is of ${profile.type}.`, type)
  else check.inside(resource, profile.root, type, type)
  return check.issues
}

const MOST_ISSUES = 100

class Check {
  readonly issues: Issue[] = []
  readonly #resource: JsonObject
  readonly #profile: Profile

  constructor(resource: JsonObject, profile: Profile) {
    this.#resource = resource
    this.#profile = profile
  }

  report(code: IssueCode, words: string, expression: string): void {
    if (this.issues.length < MOST_ISSUES) this.issues.push({ severity: 'error', code, diagnostics: `${words} (profile ${this.#profile.url})`, expression })
  }

  inside(object: JsonObject, node: ProfileNode, path: string, type: string): void {
    for (const each of node.invariants)
      if (!isTrue(each.expression, object, type, this.#resource)) this.report('invariant', `${each.human} (${each.key})`, path)
    for (const child of node.children.values()) {
      const values = placed(object, child, path)
      this.#count(child, values.length, `${path}.${child.name}`, child.name)
      for (const each of values) this.#value(each, child)
      if (child.slices.size > 0) this.#slices(child, values, `${path}.${child.name}`)
    }
  }

  #count({ min, max }: ProfileNode, count: number, path: string, what: string): void {
    if (count < min) this.report('required', `${what} is required${min > 1 ? ` ${min} times` : ''}.`, path)
    if (count > max) this.report('structure', max === 0 ? `${what} is not allowed.` : `${what} repeats at most ${max} times.`, path)
  }

  #value({ value, type, path }: Placed, node: ProfileNode): void {
    if (node.fixed !== undefined && !isEqual(value, node.fixed)) this.report('value', 'The value is fixed to another.', path)
    if (node.pattern !== undefined && !hasPattern(value, node.pattern)) this.report('value', 'The value lacks what is fixed of it.', path)
    if (type !== '' && node.types.length > 0 && !node.types.some(({ code }) => code.toLowerCase() === type.toLowerCase()))
      this.report('structure', `Expected ${node.types.map(({ code }) => code).join(' or ')}.`, path)
    if (node.codes !== null) {
      const outside = outsideValueSet(isObject(value) && (isArray(value['coding']) || 'text' in value) ? 'CodeableConcept' : 'Coding', value, node.codes)
      if (outside !== null) this.report('code-invalid', outside, path)
    }
    if (!isObject(value)) return
    this.#target(value, node, path)
    const code = node.types.length === 1 ? (node.types[0]?.code ?? 'Element') : type === '' ? 'Element' : type
    this.inside(value, node, path, code)
    const named = node.types.flatMap(({ profiles }) => profiles)
    const [only] = named
    const other = only === undefined || named.length > 1 ? undefined : this.#profile.others.get(only)
    if (other !== undefined && other !== this.#profile) this.inside(value, other.root, path, other.type)
  }

  /** A reference's target by type; which profile it keeps is known only where it is kept. */
  #target({ reference }: JsonObject, { types }: ProfileNode, path: string): void {
    const targets = types.flatMap((each) => each.targets)
    if (typeof reference !== 'string' || targets.length === 0) return
    const allowed = targets.map((url) => this.#profile.others.get(url)?.type ?? url.slice(url.lastIndexOf('/') + 1))
    if (allowed.some((name) => !isResourceType(name))) return
    const to = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]+)?$/.exec(reference)?.[1]
    if (to !== undefined && isResourceType(to) && !allowed.includes(to))
      this.report('value', `Expected a reference to ${[...new Set(allowed)].join(', ')}.`, path)
  }

  #slices(node: ProfileNode, values: readonly Placed[], path: string): void {
    const discriminators = node.slicing?.discriminators ?? [{ type: 'value', path: 'url' }]
    const found = new Map<string, number>()
    const unknown = new Set<string>()
    for (const each of values) {
      let matched = false
      for (const [name, slice] of node.slices) {
        const tells = discriminators.map((discriminator) => this.#tells(discriminator, slice, each))
        if (tells.includes(null)) unknown.add(name)
        else if (!tells.includes(false)) {
          matched = true
          found.set(name, (found.get(name) ?? 0) + 1)
          this.#value(each, slice)
          break
        }
      }
      if (!matched && unknown.size === 0 && node.slicing?.closed === true)
        this.report('structure', 'The value is of none of the slices that are allowed.', each.path)
    }
    for (const [name, slice] of node.slices) if (!unknown.has(name)) this.#count(slice, found.get(name) ?? 0, path, `${node.name}:${name}`)
  }

  /** Is the value of this slice by this discriminator? Null: that can't be told here. */
  #tells({ type, path }: { readonly type: string; readonly path: string }, slice: ProfileNode, { value, type: chosen }: Placed): boolean | null {
    if (type === 'type') {
      const own = chosen !== '' ? chosen : isObject(value) && typeof value['resourceType'] === 'string' ? value['resourceType'] : null
      return own === null || path !== '$this' ? null : slice.types.some(({ code }) => code.toLowerCase() === own.toLowerCase())
    }
    if (type !== 'value' && type !== 'pattern') return null
    const steps = path === '$this' ? [] : path.split('.')
    if (steps.some((step) => !/^[a-z]\w*$/i.test(step))) return null
    let node: ProfileNode | undefined = slice
    for (const step of steps) node = node?.children.get(step)
    const inner = steps.reduce<readonly Json[]>(
      (from, step) => from.flatMap((each) => (isObject(each) ? ([each[step] ?? []].flat() as readonly Json[]) : [])),
      [value],
    )
    const wanted = node?.fixed ?? node?.pattern
    if (wanted !== undefined) return inner.some((each) => (node?.fixed !== undefined ? isEqual(each, wanted) : hasPattern(each, wanted)))
    const { codes = null } = node ?? {}
    if (codes !== null)
      return inner.some((each) => outsideValueSet(isObject(each) && isArray(each['coding']) ? 'CodeableConcept' : 'Coding', each, codes) === null)
    const [profile] = slice.types.flatMap(({ profiles }) => profiles)
    return path === 'url' && profile !== undefined ? inner.includes(profile.replace(/\|.*$/, '')) : null
  }
}

function placed(object: JsonObject, { name, choice }: ProfileNode, path: string): readonly Placed[] {
  const place = `${path}.${name}`
  const keys = choice ? Object.keys(object).filter((key) => key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length))) : [name]
  return keys.flatMap((key): readonly Placed[] => {
    const value = object[key] ?? (object[`_${key}`] === undefined ? undefined : null)
    if (value === undefined) return []
    const type = choice ? key.slice(name.length) : ''
    return isArray(value) ? value.map((each, index) => ({ value: each, type, path: `${place}[${index}]` })) : [{ value, type, path: place }]
  })
}

function isEqual(value: Json, wanted: Json): boolean {
  if (isArray(value) || isArray(wanted))
    return isArray(value) && isArray(wanted) && value.length === wanted.length && value.every((each, index) => isEqual(each, wanted[index] ?? null))
  if (!isObject(value) || !isObject(wanted)) return value === wanted
  const keys = Object.keys(wanted)
  return keys.length === Object.keys(value).length && keys.every((key) => key in value && isEqual(value[key] ?? null, wanted[key] ?? null))
}

/** Everything that the pattern has; of arrays each member of the pattern fits some member. */
function hasPattern(value: Json, pattern: Json): boolean {
  if (isArray(pattern)) return isArray(value) && pattern.every((each) => value.some((own) => hasPattern(own, each)))
  if (!isObject(pattern)) return value === pattern
  return isObject(value) && Object.entries(pattern).every(([key, each]) => hasPattern(value[key] ?? null, each))
}
