/** Finds what a reversal reverses among the applied uses of which something remains (R33, R34). */
import type { BridgeEvent, BridgeTables } from '../../channels/contract/index.ts'
import { lotOf } from '../documents/index.ts'
import type { Lookup } from '../lookup.ts'
import { demandBody, isUsed } from '../purchasing/index.ts'
import { TOLD_AGAIN } from '../told-again.ts'
import type { DemandLine } from '../purchasing/index.ts'

export type Usage = Readonly<BridgeTables['usage']>
export type StoredDocument = Readonly<BridgeTables['document']>

/** An applied use, what is left of it, and what was made of it. */
export interface Original {
  readonly usage: Usage
  /** Scaled by 10⁶; above zero. */
  readonly remaining: number
  /** Also the orders in which its lines were gathered with others. */
  readonly documents: readonly StoredDocument[]
  readonly demand: readonly DemandLine[]
}

/** Ownership of the row that marks a reversal as applied: nothing can be taken from it. */
export const REVERSAL_MARK = 'reversal'

const isUse = (usage: Usage): boolean => usage.ownership !== REVERSAL_MARK && usage.ownership !== TOLD_AGAIN

interface Wanted {
  /** Undefined when the event's item could not be found: then only the business key can match. */
  readonly item: string | undefined
  readonly caseItem: string
  readonly cost: boolean
}

/** Was the document made by the use itself? Others were gathered of several. */
export function isOwn(usage: Usage, document: StoredDocument): boolean {
  return document.message === usage.message && document.n === usage.n
}

/** What the first lines of a document say of lot and serial. */
function lotsOf(document: StoredDocument): { readonly lot?: unknown; readonly serial?: unknown } {
  const { lines } = JSON.parse(document.body) as { readonly lines?: readonly { readonly lot?: unknown; readonly serial?: unknown }[] }
  return lines?.[0] ?? {}
}

interface Piece {
  readonly lot?: unknown
  readonly serial?: unknown
}

/** Was it certainly another piece? Only a stated lot or serial that differs says so. */
function isOther(event: BridgeEvent, original: Original): boolean {
  const priced = original.demand.flatMap((line) => (isUsed(line) ? [demandBody(line).priced ?? {}] : []))
  const made = original.documents.filter((document) => isOwn(original.usage, document)).map(lotsOf)
  return differs(event, [...made, ...priced])
}

function differs(event: BridgeEvent, pieces: readonly Piece[]): boolean {
  const { lot, serial } = lotOf(event)
  return pieces.some((was) => {
    return (serial !== undefined && was.serial !== undefined && was.serial !== serial) || (lot !== undefined && was.lot !== undefined && was.lot !== lot)
  })
}

/**
 * By the business key, when the event has one: a use with another key is never taken for its original, however alike it is.
 * An event without one finds by case and item. `spent` says that there were matches, but nothing is left of them. Originals
 * come oldest first. `ended` are the uses of its own business key that were taken back in full: the same size again is the same credit told
 * twice (R34). `repeats` is a use of the very same piece, by its serial or lot, that was taken back in full before (R34).
 */
export function findOriginals(
  event: BridgeEvent,
  lookup: Lookup,
  wanted: Wanted,
): { readonly originals: readonly Original[]; readonly spent: boolean; readonly repeats: Usage | null; readonly ended: readonly Usage[] } {
  const fits = (usage: Usage): boolean =>
    isUse(usage) && (usage.ownership === 'cost') === wanted.cost && (wanted.item === undefined || usage.item === wanted.item)
  if (event.businessKey !== '') {
    const keyed = lookup.find('usage', 'byBusinessKey', event.businessKey).filter(fits)
    const originals = open(lookup, keyed)
    const repeats = originals.length === 0 ? repeated(event, lookup, keyed) : null
    return {
      originals,
      spent: originals.length === 0 && keyed.length > 0,
      repeats,
      ended: originals.length > 0 ? [] : keyed.filter((usage) => !differs(event, piecesOf(lookup, usage))),
    }
  }
  const cased = wanted.caseItem === '' ? [] : lookup.find('usage', 'byCaseItem', wanted.caseItem).filter(fits)
  const originals = open(lookup, cased).filter((original) => !isOther(event, original))
  const repeats = originals.length === 0 ? repeated(event, lookup, cased) : null
  return { originals, spent: originals.length === 0 && cased.length > 0, repeats, ended: [] }
}

/**
 * The one event that a reversal names, and no other, however alike. `unknown`: there is none of that id; `open`: nobody knows yet what becomes
 * of it; `nothing`: nothing of it stands (any more).
 */
export function namedOriginal(
  event: BridgeEvent,
  lookup: Lookup,
): { readonly kind: 'unknown' | 'open' | 'nothing' } | { readonly kind: 'original'; readonly original: Original } {
  const named = event.original
  if (!named) return { kind: 'unknown' }
  const usage = lookup.get('usage', named.message, named.n)
  if (usage === undefined) return { kind: named.state === 'READY' || named.state === 'WAITING' ? 'open' : 'nothing' }
  const [original] = isUse(usage) ? open(lookup, [usage]) : []
  return original === undefined ? { kind: 'nothing' } : { kind: 'original', original }
}

/** Is the only thing known under its key what told a use again? Then only that telling is taken back. */
export function isToldAgain(event: BridgeEvent, lookup: Lookup, wanted: Wanted): boolean {
  if (event.businessKey === '' || wanted.cost) return false
  const keyed = lookup.find('usage', 'byBusinessKey', event.businessKey)
  return !keyed.some(isUse) && keyed.some((usage) => usage.ownership === TOLD_AGAIN && (wanted.item === undefined || usage.item === wanted.item))
}

/** What was said of the pieces of a use. Its own documents may be cancelled. */
function piecesOf(lookup: Lookup, usage: Usage): readonly Piece[] {
  const demand = lookup.find('demand_line', 'byEvent', usage.message, usage.n).flatMap((line) => (isUsed(line) ? [demandBody(line).priced ?? {}] : []))
  return [...lookup.find('document', 'byEvent', usage.message, usage.n).map(lotsOf), ...demand]
}

/** A use of the piece that the event names, of which nothing remains. */
function repeated(event: BridgeEvent, lookup: Lookup, usages: readonly Usage[]): Usage | null {
  const { lot, serial } = lotOf(event)
  if (lot === undefined && serial === undefined) return null
  const found = usages.filter((usage) => {
    const stated = piecesOf(lookup, usage)
    return usage.quantity === usage.reversed && stated.some((was) => (serial === undefined ? was.lot === lot : was.serial === serial))
  })
  return found[0] ?? null
}

function open(lookup: Lookup, usages: readonly Usage[]): readonly Original[] {
  return usages
    .filter((usage) => usage.quantity > usage.reversed)
    .toSorted((a, b) => a.message - b.message || a.n - b.n)
    .map((usage) => {
      const demand = lookup.find('demand_line', 'byEvent', usage.message, usage.n)
      const made = lookup.find('document', 'byEvent', usage.message, usage.n)
      const gathered = demand.filter((line) => isUsed(line) && line.document !== '').flatMap((line) => lookup.get('document', line.document) ?? [])
      const documents = [...new Map([...made, ...gathered].map((document) => [document.key, document])).values()]
      return { usage, remaining: usage.quantity - usage.reversed, documents: documents.filter((document) => document.state !== 'CANCELLED'), demand }
    })
}

export interface Portion extends Original {
  /** How much of it is reversed now, scaled by 10⁶. */
  readonly taken: number
}

/**
 * Shares a quantity out: the youngest original of exactly this size, else the youngest that is large enough, else several from
 * the youngest on. Null when all together are too small (R34).
 */
export function share(originals: readonly Original[], quantity: number): readonly Portion[] | null {
  const youngest = originals.toReversed()
  const one = youngest.find((original) => original.remaining === quantity) ?? youngest.find((original) => original.remaining > quantity)
  if (one) return [{ ...one, taken: quantity }]
  const portions: Portion[] = []
  let left = quantity
  for (const original of youngest) {
    if (left === 0) break
    const taken = Math.min(left, original.remaining)
    portions.push({ ...original, taken })
    left -= taken
  }
  return left === 0 ? portions : null
}
