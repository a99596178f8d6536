/** Documents that undo documents: same accounts swapped, same cost, linked to the original, in its chain (R33). */
import type { BridgeContext, BridgeEvent, BridgeTables, DocumentDraft } from '../../channels/contract/index.ts'
import type { CanonicalDocument } from '../../canonical/schemas/index.ts'
import { fraction, parseDecimal, roundMoney, show, times } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { draft, filled, headerOf, maybe } from './draft.ts'

type Stored = Readonly<BridgeTables['document']>

/** Which part of the original is undone: from `before` to `after` of `whole`, all scaled by 10⁶. */
export interface Share {
  readonly before: number
  readonly after: number
  readonly whole: number
}

/**
 * The part of an amount that belongs to the share: what is due after it minus what was due before it, each rounded. However a
 * use is taken back in parts, the parts add up to the amount.
 */
function shareOf(amount: string, share: Share, currency: string): string {
  const whole: Fraction = parseDecimal(amount) ?? fraction(0)
  const due = (upTo: number): Fraction => parseDecimal(roundMoney(times(whole, fraction(upTo, share.whole)), currency)) ?? fraction(0)
  const after = due(share.after)
  const before = due(share.before)
  return roundMoney({ over: after.over * before.under - before.over * after.under, under: after.under * before.under }, currency)
}

function reversedJournal(original: CanonicalDocument<'journal'>, share: Share): CanonicalDocument<'journal'>['lines'] {
  return original.lines
    .map((line) => ({
      ...line,
      side: line.side === 'debit' ? ('credit' as const) : ('debit' as const),
      amount: shareOf(line.amount, share, original.currency),
    }))
    .filter((line) => /[1-9]/.test(line.amount))
}

/** The mirror of a document for a share of it, or null when it has none (a requisition stays; a share may round to nothing). */
export function mirrorOf(event: BridgeEvent, context: BridgeContext, document: Stored, share: Share, day: string, nth: number): DocumentDraft | null {
  const { key: _, ...body } = JSON.parse(document.body) as Readonly<Record<string, unknown>> & { readonly eventId: string }
  // The ERP may know the original under its own number alone, when a person entered it there and linked it.
  const header = filled({ ...headerOf(event, context, day), mirrorOf: document.key, originalReference: maybe(document.erp_ref) })
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
      const lines = original.lines.map(({ vendorCatalog: _1, unitPrice: _2, currency: _3, amount: _4, ...line }) => ({ ...line, quantity }))
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
