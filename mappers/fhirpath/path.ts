/** FHIRPath compiled once and evaluated on a scope; each value keeps its place, and a number the characters that it was sent with. */
import { DotAtom, FunctionAtom, IndexerAtom, LiteralAtom, PropertyType, SymbolAtom, toTypedValue, UnionAtom } from '@medplum/core'
import type { Atom, AtomContext, TypedValue } from '@medplum/core'
import { AqueductError } from '../../channels/contract/index.ts'
import { lexemeOf } from '../../fhir/r4/index.ts'
import { TooMuch } from './budget.ts'
import { guard, Run } from './guard.ts'
import { parseExpression } from './parse.ts'
import { PathError } from './problem.ts'
import type { PathProblem } from './problem.ts'
import type { FhirScope } from './scope.ts'

/** A value that a path gave. */
export interface Found {
  readonly value: unknown
  /** Type as far as it is known: `dateTime`, `Quantity`, `BackboneElement`. */
  readonly type: string
  /** FHIRPath with indexes of the place it stands at; the expression where it stands at none. */
  readonly place: string
  /** The characters of a number as they were sent. */
  readonly lexeme?: string
}

export interface FhirPath {
  readonly text: string
  /**
   * Values in order, those of the first alternative of a union that has any.
   * @throws AqueductError MAPPING_FAILED when it cannot be evaluated on this resource
   */
  find(scope: FhirScope): readonly Found[]
}

export type FhirPathAnswer = { readonly ok: true; readonly path: FhirPath; readonly atom: Atom } | { readonly ok: false; readonly problem: PathProblem }

/** Compiles one FHIRPath. Never throws. */
export function compileFhirPath(source: string): FhirPathAnswer {
  const text = source.trim()
  try {
    const atom = parseExpression(text)
    const run = new Run()
    const alternatives = unionOf(atom).map((each) => locate(each, run, text))
    return { ok: true, atom, path: { text, find: (scope) => evaluate(alternatives, run, scope, text) } }
  } catch (error) {
    if (error instanceof PathError) return { ok: false, problem: error.problem }
    return { ok: false, problem: { reason: 'it is no FHIRPath' } }
  }
}

type Locate = (scope: FhirScope, context: AtomContext, input: TypedValue[]) => readonly Found[]

function evaluate(alternatives: readonly Locate[], run: Run, scope: FhirScope, text: string): readonly Found[] {
  const input = [toTypedValue(scope.item)]
  const variables: Record<string, TypedValue> = Object.create(null) as Record<string, TypedValue>
  if (input[0]) variables['$this'] = input[0]
  run.scope = scope
  run.budget.start()
  try {
    for (const alternative of alternatives) {
      const found = alternative(scope, { variables }, input)
      if (found.length > 0) return found
    }
    return []
  } catch (error) {
    // What the library says may quote the resource, so nothing of it is told.
    const why = error instanceof TooMuch || error instanceof RangeError ? 'takes too long on this resource' : 'cannot be evaluated on this resource'
    throw new AqueductError('MAPPING_FAILED', `The path ${why}; where one value is needed, say which: first(), where(…).`, { place: text })
  } finally {
    run.scope = null
  }
}

function unionOf(atom: Atom): readonly Atom[] {
  return atom instanceof UnionAtom ? [...unionOf(atom.left), ...unionOf(atom.right)] : [atom]
}

const PICKS: Readonly<Record<string, (found: readonly Found[]) => readonly Found[]>> = {
  first: (found) => found.slice(0, 1),
  last: (found) => found.slice(-1),
  tail: (found) => found.slice(1),
}

/** Steps to a property are taken here, so that the place is known; everything else is the library's. */
function locate(atom: Atom, run: Run, text: string): Locate {
  if (atom instanceof DotAtom) {
    const { left, right } = atom
    if (right instanceof SymbolAtom && isProperty(right.name)) {
      const parents = locate(left, run, text)
      return (scope, context, input) => take(parents(scope, context, input), right.name, scope, run, text)
    }
    const pick = right instanceof FunctionAtom && right.args.length === 0 ? PICKS[right.name] : undefined
    if (pick) {
      const before = locate(left, run, text)
      return (scope, context, input) => pick(before(scope, context, input))
    }
  }
  if (atom instanceof SymbolAtom && isProperty(atom.name) && !/^[A-Z]/.test(atom.name))
    return (scope, _context, input) =>
      take(
        input.map((each) => foundOf(each, scope, text)),
        atom.name,
        scope,
        run,
        text,
      )
  if (atom instanceof IndexerAtom && atom.expr instanceof LiteralAtom && typeof atom.expr.value.value === 'number') {
    const index = atom.expr.value.value
    const before = locate(atom.left, run, text)
    return (scope, context, input) => before(scope, context, input).slice(index, index + 1)
  }
  const guarded = guard(atom, run)
  return (scope, context, input) => guarded.eval(context, input).map((each) => foundOf(each, scope, text))
}

const isProperty = (name: string): boolean => /^[A-Za-z]\w*$/.test(name)

function foundOf({ type, value }: TypedValue, scope: FhirScope, text: string): Found {
  const plain: unknown = value?.valueOf()
  return { value: plain, type, place: (typeof plain === 'object' && plain !== null ? scope.placeOf(plain) : undefined) ?? text }
}

function take(parents: readonly Found[], name: string, scope: FhirScope, run: Run, text: string): readonly Found[] {
  const found: Found[] = []
  for (const { value: parent } of parents) {
    run.budget.spend(1)
    if (typeof parent !== 'object' || parent === null) continue
    const [key, type] = propertyOf(parent, name)
    const value: unknown = key === '' ? undefined : (parent as Readonly<Record<string, unknown>>)[key]
    if (value === undefined || value === null) continue
    const at = scope.placeOf(parent)
    const place = at === undefined ? text : `${at}.${key}`
    if (Array.isArray(value)) value.forEach((inner: unknown, i) => found.push(...leafOf(value, i, inner, type, at === undefined ? text : `${place}[${i}]`)))
    else found.push(...leafOf(parent, key, value, type, place))
  }
  run.budget.spend(found.length)
  return found
}

function leafOf(container: object, key: string | number, value: unknown, type: string | null, place: string): readonly Found[] {
  if (value === null || value === undefined) return []
  const lexeme = typeof value === 'number' ? lexemeOf(container, key) : undefined
  return [{ value, type: type ?? toTypedValue(value).type, place, ...(lexeme === undefined ? {} : { lexeme }) }]
}

const TYPES = Object.values(PropertyType).filter((type) => /^[A-Za-z]/.test(type))

/** The member that an element's name means: itself, or a choice of types (`performed` is `performedDateTime` or `performedPeriod` …). */
function propertyOf(parent: object, name: string): readonly [key: string, type: string | null] {
  if (Object.hasOwn(parent, name)) return [name, null]
  for (const type of TYPES) {
    const key = `${name}${type.charAt(0).toUpperCase()}${type.slice(1)}`
    if (Object.hasOwn(parent, key)) return [key, type]
  }
  return ['', null]
}
