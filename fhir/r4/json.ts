/**
 * JSON as FHIR needs it (R4 §2.6.2): strict, and a number keeps the characters it was written with, because `1.00` is not `1.0`. Values are
 * plain JavaScript; the characters are remembered beside the object or array that holds the number, only where JavaScript would write others.
 */
import type { Json, JsonObject } from './content.ts'
import { readJson } from './json-reader.ts'

export type ParsedJson =
  | { readonly ok: true; readonly value: JsonObject }
  /** `text`: what is wrong, without content; `at`: `line 3, column 17`. */
  | { readonly ok: false; readonly text: string; readonly at: string }

const lexemes = new WeakMap<object, Map<string, string>>()

/** Reads one JSON object. Refuses what JSON forbids, and duplicate keys, unpaired surrogates, U+0000 and nesting over 100. */
export function parseFhirJson(text: string): ParsedJson {
  const read = readJson(text, remember)
  if (!read.ok) return { ok: false, text: read.text, at: placeOf(text, read.offset) }
  const { value } = read
  if (isObject(value)) return { ok: true, value }
  return { ok: false, text: 'A FHIR body is one JSON object.', at: placeOf(text, 0) }
}

/** The characters of a number, as they were sent where that is known. */
export function lexemeOf(container: object, key: string | number): string | undefined {
  const value: unknown = (container as Readonly<Record<string, unknown>>)[key]
  if (typeof value !== 'number') return undefined
  const lexeme = lexemes.get(container)?.get(String(key))
  // A member that was replaced since has no claim to the old characters.
  return lexeme !== undefined && Object.is(Number(lexeme), value) ? lexeme : numberText(value)
}

/** The container, which from now on writes the number at `key` with these characters; they must mean the same number. */
export function withLexeme<T extends object>(container: T, key: string | number, lexeme: string): T {
  remember(container, String(key), lexeme)
  return container
}

/** A copy with some members replaced (undefined: left out). Numbers of the others keep their characters, which a spread would lose. */
export function withMembers<T extends JsonObject>(object: T, members: { readonly [key: string]: Json | undefined }): T {
  const copy: Record<string, Json> = {}
  for (const [key, value] of Object.entries({ ...object, ...members })) if (value !== undefined) put(copy, key, value)
  const known = lexemes.get(object)
  if (known !== undefined) lexemes.set(copy, new Map(known))
  return copy as T
}

/** JSON text; members that are undefined are left out. */
export function writeFhirJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return numberText(value)
  if (value === null || typeof value !== 'object') return value === true ? 'true' : value === false ? 'false' : 'null'
  const known = lexemes.get(value)
  const member = (key: string, inner: unknown): string =>
    known !== undefined && typeof inner === 'number' ? (lexemeOf(value, key) ?? 'null') : writeFhirJson(inner)
  if (Array.isArray(value)) return `[${value.map((inner, index) => member(String(index), inner)).join(',')}]`
  let text = ''
  for (const key of Object.keys(value)) {
    const inner: unknown = (value as Readonly<Record<string, unknown>>)[key]
    if (inner !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${member(key, inner)}`
  }
  return `{${text}}`
}

/** A copy that shares nothing with the original and writes the same text. */
export function cloneFhirJson<T extends Json>(value: T): T {
  return mapFhirJson(value, (leaf) => leaf) as T
}

/** A deep copy with every value that is no object or array passed through `change`; numbers that stay keep their characters. */
export function mapFhirJson(value: Json, change: (leaf: null | boolean | number | string, key: string) => Json, key = ''): Json {
  if (value === null || typeof value !== 'object') return change(value, key)
  const known = lexemes.get(value)
  if (isArray(value)) {
    const copy = value.map((inner) => mapFhirJson(inner, change, key))
    if (known !== undefined) lexemes.set(copy, new Map(known))
    return copy
  }
  const copy: Record<string, Json> = {}
  for (const name of Object.keys(value)) put(copy, name, mapFhirJson(value[name] ?? null, change, name))
  if (known !== undefined) lexemes.set(copy, new Map(known))
  return copy
}

/** `Array.isArray` for readonly arrays. */
export const isArray = (value: unknown): value is readonly Json[] => Array.isArray(value)
/** Is it a JSON object? */
export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

function remember(container: object, key: string, lexeme: string): void {
  const known = lexemes.get(container)
  if (known === undefined) lexemes.set(container, new Map([[key, lexeme]]))
  else known.set(key, lexeme)
}

/** A member of any name: assigning `__proto__` would change what the object is. */
function put(object: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

/** JSON knows no infinity; JavaScript's exponent (`1e+21`) is legal JSON. */
const numberText = (value: number): string => (Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : 'null')

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n')
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}
