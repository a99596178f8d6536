/** Reading a transaction: its segments in turn, product ids by qualifier, dates, who sent it. */
import type { Transaction } from '../x12/index.ts'
import { readDate, readImplied, readReal } from '../x12/index.ts'

/** A segment by element numbers as X12 counts them: 1 is the first. */
export interface Line {
  readonly id: string
  /** Text of an element without the blanks round it; '' when it is not there. */
  at(element: number): string
  /** Its place: `IT1(2)`. */
  readonly place: string
  readonly size: number
}

/** Segments between ST and SE. */
export function linesOf(transaction: Transaction): readonly Line[] {
  const counts = new Map<string, number>()
  return transaction.segments
    .filter(({ id }) => id !== 'ST' && id !== 'SE')
    .map(({ id, elements }) => {
      const n = (counts.get(id) ?? 0) + 1
      counts.set(id, n)
      return { id, place: n === 1 ? id : `${id}(${String(n)})`, size: elements.length, at: (element: number) => (elements[element - 1] ?? '').trim() }
    })
}

export function first(lines: readonly Line[], id: string, qualifier?: string): Line | undefined {
  return lines.find((line) => line.id === id && (qualifier === undefined || line.at(1) === qualifier))
}

/** Each line with this id and what follows it up to the next of `ends` (or of its own kind). */
export function loops(lines: readonly Line[], id: string, ends: readonly string[]): readonly { readonly head: Line; readonly inner: readonly Line[] }[] {
  const found: { head: Line; inner: Line[] }[] = []
  let open: Line[] | null = null
  for (const line of lines) {
    if (line.id === id) found.push({ head: line, inner: (open = []) })
    else if (ends.includes(line.id)) open = null
    else open?.push(line)
  }
  return found
}

/** Lines before the first of these. */
export function before(lines: readonly Line[], ids: readonly string[]): readonly Line[] {
  const end = lines.findIndex((line) => ids.includes(line.id))
  return end < 0 ? lines : lines.slice(0, end)
}

/** Data element 235, in the order in which an id is believed: ours, the vendor's, the GTIN, then the maker's. */
const ITEM_SYSTEMS = [
  ['IN', 'item'],
  ['BP', 'item'],
  ['PI', 'item'],
  ['VN', 'vendor'],
  ['VC', 'vendor'],
  ['VP', 'vendor'],
  ['UK', 'gtin'],
  ['EN', 'gtin'],
  ['UP', 'gtin'],
  ['UA', 'gtin'],
  ['UI', 'gtin'],
  ['HI', 'hibc'],
  ['MG', 'manufacturer'],
  ['MN', 'manufacturer'],
] as const

/** Qualifier → id of the pairs that begin at an element. */
export function productIds(line: Line, from: number): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  for (let element = from; element < line.size + 1; element += 2) {
    const [qualifier, id] = [line.at(element), line.at(element + 1)]
    if (qualifier !== '' && id !== '' && !ids.has(qualifier)) ids.set(qualifier, id)
  }
  return ids
}

export function itemOf(ids: ReadonlyMap<string, string>): { readonly code: string; readonly system: string } | undefined {
  for (const [qualifier, system] of ITEM_SYSTEMS) {
    const code = ids.get(qualifier)
    if (code !== undefined) return { code, system }
  }
  return undefined
}

/** Free text of PID segments (PID01 F), joined. */
export function descriptionOf(lines: readonly Line[]): string | undefined {
  const texts = lines.filter((line) => line.id === 'PID' && line.at(5) !== '').map((line) => line.at(5))
  return texts.length === 0 ? undefined : texts.join(' ')
}

/** The value of REF with one of the qualifiers. */
export function referenceOf(lines: readonly Line[], qualifiers: readonly string[]): string | undefined {
  return referencesOf(lines, qualifiers)[0]
}

export function referencesOf(lines: readonly Line[], qualifiers: readonly string[]): readonly string[] {
  return lines.filter((line) => line.id === 'REF' && qualifiers.includes(line.at(1)) && line.at(2) !== '').map((line) => line.at(2))
}

/** The first DTM with one of the qualifiers, in the order of the qualifiers. */
export function dateOf(lines: readonly Line[], qualifiers: readonly string[]): string | undefined {
  for (const qualifier of qualifiers) {
    const date = readDate(first(lines, 'DTM', qualifier)?.at(2) ?? '')
    if (date !== null) return date
  }
  return undefined
}

export function realOf(line: Line, element: number): string | undefined {
  return readReal(line.at(element)) ?? undefined
}

export function amountOf(line: Line, element: number): string | undefined {
  return readImplied(line.at(element), 2) ?? undefined
}

/** An object without the members that have no value. */
export function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ''))
}
