/** Documents that undo documents: same accounts swapped, same cost, linked to the original, in its chain (R33). */
import type { BridgeContext, BridgeEvent, BridgeTables, DocumentDraft } from '../../channels/contract/index.ts'
import { minorUnits } from '../../canonical/index.ts'
import type { CanonicalDocument } from '../../canonical/schemas/index.ts'
import { fromMinor, show, toMinor } from '../amounts.ts'
import { draft, filled, headerOf, maybe } from './draft.ts'
import type { Posted } from './draft.ts'

type Stored = Readonly<BridgeTables['document']>
type JournalLine = CanonicalDocument<'journal'>['lines'][number]

/** Which part of the original is undone: from `before` to `after` of `whole`, all scaled by 10⁶. */
export interface Share {
  readonly before: number
  readonly after: number
  readonly whole: number
}

/** What is due of an amount up to a part of the whole, rounded half-up, in minor units. */
function dueOf(amount: bigint, upTo: number, whole: number): bigint {
  return (2n * amount * BigInt(upTo) + BigInt(whole)) / (2n * BigInt(whole))
}

/**
 * The lines of one side that belong to the share: what is due of the lines up to each, minus what is due up to the one before. However
 * a use is taken back in parts, the lines of a side add up to the share of the side, and all parts together to every line.
 */
function reversedSide(lines: readonly JournalLine[], share: Share, currency: string): readonly JournalLine[] {
  const decimals = minorUnits(currency) ?? 2
  let upTo = 0n
  return lines.flatMap((line) => {
    const before = upTo
    upTo += toMinor(line.amount, decimals)
    const part = (at: number): bigint => dueOf(upTo, at, share.whole) - dueOf(before, at, share.whole)
    const amount = part(share.after) - part(share.before)
    if (amount === 0n) return []
    // A part may round a minor unit below zero where its whole line is small: then it is due on the other side.
    const swapped = (line.side === 'debit') === amount > 0n ? ('credit' as const) : ('debit' as const)
    return [{ ...line, side: swapped, amount: fromMinor(amount < 0n ? -amount : amount, decimals) }]
  })
}

/** The lines that undo a share of a journal's. */
export function reversedJournal(original: { readonly lines: readonly JournalLine[]; readonly currency: string }, share: Share): JournalLine[] {
  const side = (name: JournalLine['side']) => original.lines.filter((line) => line.side === name)
  return [...reversedSide(side('debit'), share, original.currency), ...reversedSide(side('credit'), share, original.currency)].map((line, i) => ({
    ...line,
    line: i + 1,
  }))
}

/** The mirror of a document for a share of it, or null when it has none (a requisition stays; a share may round to nothing). */
export function mirrorOf(
  event: BridgeEvent,
  context: BridgeContext,
  document: Stored,
  share: Share,
  day: string,
  nth: number,
  posted?: Posted,
  /** Of an order in which lines of several uses stand: the one that is taken back. */
  only?: number,
): DocumentDraft | null {
  const { key: _, ...body } = JSON.parse(document.body) as Readonly<Record<string, unknown>> & { readonly eventId: string; readonly company: string }
  const kind = document.kind === 'goods-issue' ? 'goods-return' : document.kind
  const { company } = body
  // The ERP may know the original under its own number alone, when a person entered it there and linked it.
  const header = filled({ ...headerOf(event, context, day, posted, kind), company, mirrorOf: document.key, originalReference: maybe(document.erp_ref) })
  const quantity = show(share.after - share.before)
  const options = { chain: body.eventId, destination: document.destination, mirrorOf: document.key, nth }
  switch (document.kind) {
    case 'goods-issue': {
      const original = body as unknown as CanonicalDocument<'goods-issue'>
      const lines = original.lines.map((line) => ({ ...line, quantity }))
      return draft(
        event,
        context,
        'goods-return',
        { ...original, ...header, lines },
        { ...options, because: `${quantity} of ${lines[0]?.item ?? 'the item'} taken back: reverses the goods issue ${document.key}` },
      )
    }
    case 'purchase-order': {
      const original = body as unknown as CanonicalDocument<'purchase-order'>
      const taken = original.lines.filter((line) => only === undefined || line.line === only)
      const lines = taken.map(({ vendorCatalog: _1, unitPrice: _2, currency: _3, amount: _4, ...line }) => ({ ...line, quantity }))
      return draft(
        event,
        context,
        'order-cancellation',
        { ...header, lines },
        { ...options, because: `${quantity} of ${lines[0]?.item ?? 'the item'} credited: takes it back from the order ${document.key}` },
      )
    }
    case 'journal': {
      const original = body as unknown as CanonicalDocument<'journal'>
      const lines = reversedJournal(original, share)
      if (lines.length === 0) return null
      const text = `Reversal ${original.text}`.slice(0, 100)
      return draft(
        event,
        context,
        'journal',
        { ...header, currency: original.currency, text, lines },
        { ...options, because: `reverses the journal ${document.key}, same accounts` },
      )
    }
    default:
      return null
  }
}
