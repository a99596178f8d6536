/** One YAML file of the folder: its plain value, and the way back from a path in the value to a line and column. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document, Node, Pair } from 'yaml'
import type { Issue } from '../contract/index.ts'
import { issue } from './lints.ts'
import type { Place } from './lints.ts'

export type Path = readonly (string | number)[]

/** A number that YAML would alter: `0123` (123), `1.10` (1.1), `1e5`. Kept apart so that a text can ask for quotes. */
export class AlteredNumber {
  readonly value: number
  readonly source: string
  constructor(value: number, source: string) {
    this.value = value
    this.source = source
  }
}

export interface YamlFile {
  readonly file: string
  /** Maps, lists, texts, booleans, nulls, numbers and {@link AlteredNumber}; an empty map when the file cannot be read. */
  readonly plain: unknown
  readonly issues: readonly Issue[]
  /** The text could not be read, so that its shape says nothing. */
  readonly broken: boolean
  /** Place of the value at a path, or of the nearest thing above it that is there. */
  locate(path: Path): Place
  /** Place of the key that a path ends in, or of the nearest key above it that is there. */
  locateKey(path: Path): Place
  /** Whether something stands at the path. */
  has(path: Path): boolean
}

const MAX_NODES = 200_000

/** Reads a YAML 1.2 text. Problems are issues; nothing is thrown. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter()
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const issues = doc.errors.map((error) =>
    error.code === 'DUPLICATE_KEY'
      ? issue(file, place(error.pos[0]), { code: 'duplicate-key', message: 'this key stands twice in the same block' })
      : issue(file, place(error.pos[0]), { code: 'parse-error', message: WORDING[error.code] ?? firstLine(error.message) }),
  )
  let broken = doc.errors.some((error) => error.code !== 'DUPLICATE_KEY')
  let plain: unknown = {}
  if (!broken) {
    try {
      plain = toPlain(doc, doc.contents, { left: MAX_NODES }) ?? {}
    } catch {
      broken = true
      issues.push(issue(file, { line: 1, column: 1 }, { code: 'parse-error', message: 'the aliases of this file multiply beyond measure or point at nothing' }))
    }
  }
  const find = (path: Path, key: boolean): Place => {
    let node: unknown = doc.contents
    let offset = 0
    let depth = 0
    for (const step of path) {
      const inner = resolve(doc, node)
      let keyOffset: number | undefined
      let next: unknown
      if (isMap(inner)) {
        const pair = inner.items.find((item) => keyOf(item) === String(step))
        keyOffset = pair === undefined ? undefined : offsetOf(pair.key)
        next = pair?.value
      } else if (isSeq(inner)) {
        next = inner.items[Number(step)]
        keyOffset = offsetOf(next)
      }
      if (keyOffset === undefined) break
      depth++
      const last = depth === path.length
      const block = isMap(resolve(doc, next)) || isSeq(resolve(doc, next))
      // A block's own offset is that of its first key, which would point at an innocent neighbour.
      offset = (key && last) || block ? keyOffset : (offsetOf(next) ?? keyOffset)
      node = next
    }
    return place(offset)
  }
  return {
    file,
    plain,
    issues,
    broken,
    locate: (path) => find(path, false),
    locateKey: (path) => find(path, true),
    has: (path) => part(plain, path) !== undefined,
  }
}

/** What stands at a path of a plain value, or undefined. */
export function part(plain: unknown, path: Path): unknown {
  let value = plain
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)]
    else if (isRecord(value) && Object.hasOwn(value, String(step))) value = value[String(step)]
    else return undefined
  }
  return value
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof AlteredNumber)
}

/** The entries of a map, none when it is something else. */
export function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : []
}

/** The items of a list, none when it is something else. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function toPlain(doc: Document, raw: unknown, budget: { left: number }): unknown {
  if (--budget.left < 0) throw new RangeError('too many nodes')
  const node = resolve(doc, raw)
  if (isScalar(node)) {
    const { value, source } = node
    return typeof value === 'number' && source !== undefined && String(value) !== source ? new AlteredNumber(value, source) : value
  }
  if (isSeq(node)) return node.items.map((item) => toPlain(doc, item, budget))
  if (isMap(node)) return Object.fromEntries(node.items.map((pair) => [keyOf(pair), toPlain(doc, pair.value, budget)]))
  return null
}

function resolve(doc: Document, node: unknown): Node | undefined {
  if (isAlias(node)) return node.resolve(doc)
  return isScalar(node) || isMap(node) || isSeq(node) ? node : undefined
}

/** The key as it was written, so that `0123:` stays what the analyst sees. */
function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : String(pair.key)
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text

const WORDING: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation does not fit what stands above',
  TAB_AS_INDENT: 'a tab indents here; YAML takes spaces only',
  MISSING_CHAR: 'a quote, bracket, comma or colon is missing here',
  BLOCK_AS_IMPLICIT_KEY: 'a block begins where a value should stand; is a quote or a line break missing?',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing after this key, or the text needs quotes',
  MULTIPLE_DOCS: 'a file holds one document; remove the second `---`',
  BAD_ALIAS: 'this alias names no anchor; a text that begins with * needs quotes',
}
