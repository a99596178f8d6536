/**
 * The kinds of value that a key can take. Each says what it takes in the analyst's words, reads it, and tells the editor's
 * JSON Schema what it looks like. A leaf takes anything and judges itself, so that no validator's own wording reaches anyone.
 */
import { z } from 'zod'
import { minorUnits } from '../../canonical/index.ts'
import { readDuration, readSize } from './measures.ts'
import type { Measured } from './measures.ts'
import type { Finding } from './lints.ts'
import { nearest } from './nearest.ts'
import { AlteredNumber, isRecord } from './yaml-file.ts'

type Reading<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly finding: Finding }

/** Says of the key what it is for; `examples` are input as one writes it. */
export interface About {
  readonly description: string
  readonly examples?: readonly unknown[]
}

const good = <Value>(value: Value): Reading<Value> => ({ ok: true, value })
const bad = (code: Finding['code'], message: string, suggestion?: string): { readonly ok: false; readonly finding: Finding } => ({
  ok: false,
  finding: { code, message, suggestion },
})

function leaf<Value>(read: (input: unknown) => Reading<Value>, json: Record<string, unknown>, about: About): z.ZodType<Value, unknown> {
  return z
    .any()
    .transform((input: unknown, context): Value => {
      const reading = input === undefined ? bad('missing-field', 'is missing') : read(input)
      if (reading.ok) return reading.value
      context.addIssue({ code: 'custom', message: reading.finding.message, params: { finding: reading.finding }, input })
      return z.NEVER
    })
    .meta({ ...json, ...about })
}

/** `expected …, got …`, and the quotes that a number or a switch needs to be a text. */
function noText(input: unknown, expected: string): { readonly ok: false; readonly finding: Finding } {
  if (input instanceof AlteredNumber) return bad('unquoted-code', `${input.source} is read as the number ${String(input.value)}`, `quote it: "${input.source}"`)
  if (typeof input === 'number') return bad('unquoted-code', `expected ${expected}, got the number ${String(input)}`, `quote it: "${String(input)}"`)
  if (typeof input === 'boolean') return bad('unquoted-code', `expected ${expected}, got a switch (${String(input)})`, `quote it: "${String(input)}"`)
  return bad('wrong-type', `expected ${expected}, got ${kindOf(input)}`)
}

/** What a plain value is, in words. */
export function kindOf(input: unknown): string {
  if (input === null) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  if (isRecord(input)) return 'a block'
  if (typeof input === 'boolean') return 'a switch'
  return typeof input === 'string' ? 'a text' : 'a number'
}

/** A text that is not empty; with `pattern`, of that form, described by `expected`. */
export function text(
  about: About,
  form: { readonly pattern: RegExp; readonly expected: string; readonly meant?: (input: string) => string | undefined } | null = null,
): z.ZodType<string, unknown> {
  const expected = form?.expected ?? 'a text'
  return leaf(
    (input) => {
      if (typeof input !== 'string') return noText(input, expected)
      if (input.trim() === '') return bad('bad-value', `expected ${expected}, got an empty text`)
      if (form === null || form.pattern.test(input)) return good(input)
      const meant = form.meant?.(input)
      return bad('bad-value', `expected ${expected}, got ${quote(input)}`, meant === undefined ? undefined : `did you mean ${meant}?`)
    },
    { type: 'string', ...(form === null ? {} : { pattern: form.pattern.source }) },
    about,
  )
}

/** A currency of ISO 4217. */
export function currency(about: About): z.ZodType<string, unknown> {
  const expected = 'a currency of three capital letters such as USD'
  return leaf(
    (input) => {
      if (typeof input !== 'string') return noText(input, expected)
      if (!/^[A-Z]{3}$/.test(input)) return bad('bad-value', `expected ${expected}, got ${quote(input)}`)
      return minorUnits(input) === undefined ? bad('bad-value', `${input} is no currency of ISO 4217`, 'use its code, such as USD or EUR') : good(input)
    },
    { type: 'string', pattern: '^[A-Z]{3}$' },
    about,
  )
}

/** A literal: a text, or a number that means itself as it is written (`1`, not `01`). May be empty. */
export function literal(about: About): z.ZodType<string, unknown> {
  return leaf(
    (input) => (typeof input === 'string' ? good(input) : typeof input === 'number' ? good(String(input)) : noText(input, 'a text')),
    { type: ['string', 'number'] },
    about,
  )
}

/** A whole number within bounds. Digits in quotes count too: `--set` and `${NAME}` give nothing else. */
export function whole(about: About, least: number, most: number): z.ZodType<number, unknown> {
  return leaf(
    (input) => {
      const value = input instanceof AlteredNumber ? input.value : typeof input === 'string' && /^\d{1,15}$/.test(input) ? Number(input) : input
      const range = most === Number.MAX_SAFE_INTEGER ? `a whole number from ${String(least)}` : `a whole number from ${String(least)} to ${String(most)}`
      if (typeof value !== 'number') return bad('wrong-type', `expected ${range}, got ${typeof input === 'string' ? quote(input) : kindOf(input)}`)
      return Number.isSafeInteger(value) && value >= least && value <= most ? good(value) : bad('bad-value', `expected ${range}, got ${String(value)}`)
    },
    { type: 'integer', minimum: least, ...(most === Number.MAX_SAFE_INTEGER ? {} : { maximum: most }) },
    about,
  )
}

/** A decimal number of zero or more, at most six decimals, as it is written: `2`, `0.5`, `"1.50"`. */
export function decimal(about: About): z.ZodType<string, unknown> {
  const expected = 'a number of zero or more such as 2.5'
  return leaf(
    (input) => {
      const written = input instanceof AlteredNumber ? input.source : typeof input === 'number' ? String(input) : input
      if (typeof written !== 'string') return bad('wrong-type', `expected ${expected}, got ${kindOf(input)}`)
      return /^\d{1,12}(\.\d{1,6})?$/.test(written) ? good(written) : bad('bad-value', `expected ${expected}, got ${quote(written)}`)
    },
    { type: ['number', 'string'] },
    about,
  )
}

/** `true` or `false`. */
export function flag(about: About): z.ZodType<boolean, unknown> {
  return leaf(
    (input) => {
      if (typeof input === 'boolean') return good(input)
      if (input === 'true' || input === 'false') return good(input === 'true')
      const meant =
        typeof input === 'string'
          ? ({ yes: 'true', on: 'true', no: 'false', off: 'false' } as Readonly<Record<string, string>>)[input.toLowerCase()]
          : undefined
      return bad(
        'wrong-type',
        `expected true or false, got ${typeof input === 'string' ? quote(input) : kindOf(input)}`,
        meant === undefined ? undefined : `did you mean ${meant}?`,
      )
    },
    { type: 'boolean' },
    about,
  )
}

/** One of the options; what each means goes into description and docs. */
export function oneOf<Option extends string>(options: Readonly<Record<Option, string>>, about: About): z.ZodType<Option, unknown> {
  const names = Object.keys(options) as Option[]
  const described = names.map((name) => `\`${name}\`${options[name] === '' ? '' : `: ${options[name]}`}`).join('; ')
  const listed = `expected one of ${names.join(', ')}`
  return leaf<Option>(
    (input) => {
      if (typeof input !== 'string') return bad('not-an-option', `${listed}, got ${kindOf(input)}`)
      const chosen = names.find((name) => name === input)
      if (chosen !== undefined) return good(chosen)
      const meant = nearest(input, names)
      return bad('not-an-option', `${listed}, got ${quote(input)}`, meant === undefined ? undefined : `did you mean ${meant}?`)
    },
    { type: 'string', enum: names },
    { ...about, description: Object.values(options).some((meaning) => meaning !== '') ? `${about.description} ${described}.` : about.description },
  )
}

/** Milliseconds from `30s`, `5m`, `2d`. With `none`, that word means 0: no limit. */
export function duration(about: About, none = false): z.ZodType<number, unknown> {
  return measured(readDuration, { word: 'a duration', examples: '30s, 5m or 2d', unit: 's', pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$' }, about, none)
}

/** Bytes from `512KB`, `16MB`. */
export function size(about: About): z.ZodType<number, unknown> {
  return measured(readSize, { word: 'a size', examples: '512KB or 16MB', unit: 'MB', pattern: '^\\d+(\\.\\d+)?(B|KB|MB|GB)$' }, about, false)
}

function measured(
  read: (text: string) => Measured,
  words: { readonly word: string; readonly examples: string; readonly unit: string; readonly pattern: string },
  about: About,
  none: boolean,
): z.ZodType<number, unknown> {
  const expected = `expected ${words.word} such as ${words.examples}${none ? ', or none' : ''}`
  return leaf(
    (input) => {
      if (none && input === 'none') return good(0)
      const number =
        input instanceof AlteredNumber
          ? input.source
          : typeof input === 'number' || (typeof input === 'string' && /^\d+(\.\d+)?$/.test(input))
            ? String(input)
            : undefined
      if (number !== undefined) return bad('bare-number', `${number} has no unit; ${expected}`, `did you mean ${number}${words.unit}?`)
      if (typeof input !== 'string') return bad('wrong-type', `${expected}, got ${kindOf(input)}`)
      const reading = read(input)
      if (reading.ok) return reading
      return bad('bad-value', `${expected}, got ${quote(input)}`, reading.suggestion === undefined ? undefined : `did you mean ${reading.suggestion}?`)
    },
    none ? { type: 'string', pattern: `${words.pattern}|^none$` } : { type: 'string', pattern: words.pattern },
    about,
  )
}

/** Whatever stands there, with numbers as numbers. */
export function anything(about: About): z.ZodType<unknown, unknown> {
  return leaf((input) => good(unaltered(input)), {}, about)
}

function unaltered(value: unknown): unknown {
  if (value instanceof AlteredNumber) return value.value
  if (Array.isArray(value)) return value.map(unaltered)
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unaltered(inner)])) : value
}

const quote = (input: string): string => `"${input.length > 60 ? `${input.slice(0, 57)}…` : input}"`
