/** Which functions of FHIRPath there are, which are not and why, and those that are our own. */
import { DotAtom, LiteralAtom, SymbolAtom } from '@medplum/core'
import type { Atom, TypedValue } from '@medplum/core'
import { RE2JS } from 're2js'

/** Those of @medplum/core 4.5 that do what the specification says. */
const MEDPLUM = `empty hasValue exists all allTrue anyTrue allFalse anyFalse subsetOf supersetOf count distinct isDistinct where select single first last
  tail skip take intersect exclude union combine iif toBoolean convertsToBoolean toInteger convertsToInteger toDate convertsToDate toDateTime
  convertsToDateTime toDecimal convertsToDecimal toQuantity convertsToQuantity toString convertsToString toTime convertsToTime indexOf substring
  startsWith endsWith contains upper lower replace length toChars join abs ceiling exp floor ln log power round sqrt truncate not extension`
const OWN = ['resolve', 'ofType', 'as', 'is', 'matches', 'replaceMatches', 'trim', 'split']

export const FUNCTIONS: readonly string[] = [...MEDPLUM.split(/\s+/), ...OWN]

/** Compares everything with everything: what it costs grows with the square. */
export const QUADRATIC: ReadonlySet<string> = new Set(['distinct', 'isDistinct', 'subsetOf', 'supersetOf', 'intersect', 'exclude', 'union'])

const WITHOUT_END = 'it walks without a bound; name the elements'
const WITHOUT_TIME = 'a message means the same whenever it is mapped; read the time from the message'

/** Functions of the specification that are refused, with the reason. */
export const REFUSED: Readonly<Record<string, string>> = {
  repeat: WITHOUT_END,
  children: WITHOUT_END,
  descendants: WITHOUT_END,
  now: WITHOUT_TIME,
  today: WITHOUT_TIME,
  timeOfDay: WITHOUT_TIME,
  encode: 'it is not in this release',
  decode: 'it is not in this release; a UDI carrier in base64 is read by `as: udi`',
  escape: 'it is not in this release',
  unescape: 'it is not in this release',
  trace: 'content of messages goes into no log',
  aggregate: 'it is not in this release',
  memberOf: 'there is no terminology server here; use a table',
  conformsTo: 'name the profile in listen.fhir.profiles',
  htmlChecks: 'it is not in this release',
}

/** `Quantity`, `FHIR.Quantity`, `System.String` as written after `is`, `as` and in `ofType()`; null when it is no name of a type. */
export function typeName(atom: Atom | undefined): string | null {
  if (atom instanceof SymbolAtom) return atom.name
  if (atom instanceof DotAtom && atom.left instanceof SymbolAtom && atom.right instanceof SymbolAtom) return atom.right.name
  return null
}

/** Types by which an element without a definition is known: what medplum guesses, and what a resource says itself. */
export function isOfType({ type, value }: TypedValue, wanted: string): boolean {
  if (type === wanted || type.toLowerCase() === wanted.toLowerCase()) return true
  if (typeof value !== 'object' || value === null) return wanted === 'String' && typeof value === 'string'
  if ('resourceType' in value) return value.resourceType === wanted
  return wanted === 'Reference' && type === 'BackboneElement' && typeof (value as { reference?: unknown }).reference === 'string'
}

/** A pattern written as text in the expression, compiled to one that is linear in its input; null when it is not. */
export function patternOf(atom: Atom | undefined): RE2JS | null {
  const text: unknown = atom instanceof LiteralAtom ? atom.value.value : undefined
  if (typeof text !== 'string') return null
  try {
    return RE2JS.compile(text)
  } catch {
    return null
  }
}

export const textOf = (input: readonly TypedValue[]): string | undefined => {
  const [only] = input
  const value: unknown = only?.value
  return input.length === 1 && (typeof value === 'string' || value instanceof String) ? String(value) : undefined
}

export const text = (value: string): TypedValue => ({ type: 'string', value })
export const truth = (value: boolean): TypedValue => ({ type: 'boolean', value })
