/** Holds a plain value against a spec. The validator's findings get places and our words. */
import type { z } from 'zod'
import type { Issue } from '../contract/index.ts'
import { issue } from './lints.ts'
import type { Finding, Place } from './lints.ts'
import { kindOf } from './leaves.ts'
import { nearest } from './nearest.ts'
import { part } from './yaml-file.ts'
import type { Path } from './yaml-file.ts'

/** How findings get their file and line: a YAML file, several read as one, or one with overrides. */
export interface Places {
  at(path: Path): { readonly file: string; readonly place: Place }
  atKey(path: Path): { readonly file: string; readonly place: Place }
}

export interface Validated<Value> {
  readonly value: Value | undefined
  readonly issues: readonly Issue[]
}

/** Every problem of `plain` at once; the value only when there is none. */
export function validate<Value>(spec: z.ZodType<Value>, plain: unknown, places: Places): Validated<Value> {
  const result = spec.safeParse(plain, { reportInput: true, error: (raw) => (raw.code === 'unrecognized_keys' ? knownKeys(raw.inst) : undefined) })
  if (result.success) return { value: result.data, issues: [] }
  return { value: undefined, issues: misspelt(result.error.issues).flatMap((found) => translate(found, plain, places)) }
}

/** A misspelt key is one mistake, so the key that it was meant to be is not missing as well. */
function misspelt(found: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const meant = new Set(
    found.flatMap((one) =>
      one.code === 'unrecognized_keys' ? one.keys.map((key) => [...one.path, nearest(key, one.message.split(' '))].map(String).join('\n')) : [],
    ),
  )
  return found.filter((one) => !meant.has(one.path.map(String).join('\n')) || one.input !== undefined)
}

function translate(found: z.core.$ZodIssue, plain: unknown, places: Places): readonly Issue[] {
  const path = found.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  const name = nameOf(path)
  const report = (finding: Finding, where = places.at(path)): readonly Issue[] => [issue(where.file, where.place, finding)]
  const missing = (): readonly Issue[] => report({ code: 'missing-field', message: `${name} is missing` }, places.atKey(path.slice(0, -1)))
  if (found.code === 'unrecognized_keys') {
    const known = found.message.split(' ')
    return found.keys.flatMap((key) => {
      const meant = nearest(key, known)
      const suggestion = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`
      return report({ code: 'unknown-field', message: `${nameOf([...path, key])} is not recognised`, suggestion }, places.atKey([...path, key]))
    })
  }
  if (part(plain, path) === undefined && path.length > 0) return missing()
  if (found.code === 'custom') {
    const finding = found.params?.['finding'] as Finding | undefined
    return report({ code: finding?.code ?? 'bad-value', message: `${name}: ${finding?.message ?? found.message}`, suggestion: finding?.suggestion })
  }
  if (found.code === 'invalid_type')
    return report({ code: 'wrong-type', message: `${name}: expected ${KINDS[found.expected] ?? found.expected}, got ${kindOf(found.input)}` })
  if (found.code === 'too_small') return report({ code: 'missing-field', message: `${name} is empty; it needs at least one entry` })
  return report({ code: 'bad-value', message: `${name}: ${found.message}` })
}

const KINDS: Readonly<Record<string, string>> = { object: 'a block of keys', record: 'a block of keys', array: 'a list' }

/** `map[2].set.quantity`, counted from 1 as people do; `the file` for its root. */
export function nameOf(path: Path): string {
  if (path.length === 0) return 'the file'
  return path.map((step, n) => (typeof step === 'number' ? `[${String(step + 1)}]` : n === 0 ? step : `.${step}`)).join('')
}

function knownKeys(inst: unknown): string {
  const shape = (inst as { readonly shape?: Readonly<Record<string, unknown>> } | undefined)?.shape
  return Object.keys(shape ?? {}).join(' ')
}
