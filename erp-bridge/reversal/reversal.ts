/** SupplyReversed and CostReversed: a credit undoes exactly (DESIGN §4 Reversal, R33, R34). */
import type { BridgeContext, BridgeEvent, Decision, DocumentDraft, Need, RowSet } from '../../channels/contract/index.ts'
import { show } from '../amounts.ts'
import { amountOf, chargeItem } from '../cost.ts'
import { mirrorOf, reversedJournal } from '../documents/index.ts'
import { dayNeeds, dayOfEvent, ownNeed, textOf } from '../facts.ts'
import { caseLines, gatherJournal, keepJournal, readCaseLines, noticeYearEnd, postingDays, voidJournal } from '../finance/index.ts'
import type { PostingDays } from '../finance/index.ts'
import { move, readPieces, restoreScheduled } from '../inventory/index.ts'
import type { Lookup } from '../lookup.ts'
import { findItem, measure } from '../master-data/index.ts'
import { notices } from '../notices.ts'
import { ownerOf, settled } from '../policies.ts'
import { caseItemOf } from '../usage.ts'
import type { Understood } from '../understood.ts'
import { creditNeeds } from './credit.ts'
import { billedOf, dropOpen, orderLinesOf, readOrdered, shrinkOrder, unneeded, voidOrder } from './demand.ts'
import { findOriginals, isOwn, isToldAgain, namedOriginal, REVERSAL_MARK, share } from './originals.ts'
import type { Original, Portion, StoredDocument, Usage } from './originals.ts'

/** How soon an original that is on the way, or held, is looked at again when nothing wakes the reversal before. */
const RECHECK_SENDING_MS = 2_000
const RECHECK_HELD_MS = 60_000

export interface Reversal {
  readonly portions: readonly Portion[]
  readonly day: string
  readonly posted: PostingDays
}
type Later = Extract<Decision, { kind: 'later' }>

export function understandReversal(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<Reversal> | Later {
  const cost = event.type === 'CostReversed'
  if (lookup.get('usage', event.message, event.n) || textOf(event.body, 'ownership') === 'charge-only') return { kind: 'nothing' }
  if (cost && ownerOf(context.policies, 'charge', 'gl') === 'erp') return { kind: 'nothing' }
  if (event.original !== undefined) return understandNamed(event, lookup, context, cost)
  const identity = cost ? { item: undefined, needs: [] } : findItem(event, lookup)
  const item = cost ? chargeItem(event) : identity.item?.item
  const wanted = { item, caseItem: item === undefined ? '' : caseItemOf(event, item), cost }
  const { originals, spent, repeats, ended } = findOriginals(event, lookup, wanted)

  if (originals.length === 0 && isToldAgain(event, lookup, wanted)) return { kind: 'nothing' }
  if (repeats !== null && !cost) {
    const again = quantityOfReversal(event, lookup, repeats.item)
    if ('size' in again && again.size <= repeats.quantity) return { kind: 'nothing' }
  }
  const [same] = ended
  if (originals.length === 0 && same !== undefined) {
    const again = cost ? amountOf(event) : quantityOfReversal(event, lookup, same.item)
    const currency = 'currency' in again ? again.currency : same.currency
    if ('size' in again && ended.some((usage) => usage.quantity === again.size && usage.currency === currency)) return { kind: 'nothing' }
  }
  if (originals.length === 0) return identity.needs.length > 0 ? { kind: 'needs', needs: identity.needs } : noOriginal(event, context, spent)
  return understandOriginals(event, lookup, context, originals)
}

/** The event that it names is what it reverses. What was taken back in full already is taken back no second time (R34). */
function understandNamed(event: BridgeEvent, lookup: Lookup, context: BridgeContext, cost: boolean): Understood<Reversal> | Later {
  const named = namedOriginal(event, lookup)
  switch (named.kind) {
    case 'unknown':
      return {
        kind: 'needs',
        needs: [ownNeed(event, 'NO_ORIGINAL', '', 'There is no event of the id that it names (R33). Correct the id, or discard it with a reason.')],
      }
    case 'open':
      return { kind: 'later', until: context.now + RECHECK_HELD_MS, because: 'its original waits: what becomes of it decides what is undone' }
    case 'nothing':
      return { kind: 'nothing' }
    case 'original': {
      const isCost = named.original.usage.ownership === 'cost'
      if (isCost !== cost)
        return {
          kind: 'needs',
          needs: [ownNeed(event, 'NO_ORIGINAL', '', 'The event that it names is of another kind (R33). Correct the id, or discard it with a reason.')],
        }
      return understandOriginals(event, lookup, context, [named.original])
    }
  }
}

function understandOriginals(event: BridgeEvent, lookup: Lookup, context: BridgeContext, originals: readonly Original[]): Understood<Reversal> | Later {
  const cost = event.type === 'CostReversed'
  for (const { usage, demand } of originals) {
    const moved = lookup.get('movement', usage.message, usage.n, 1)
    if (moved) readPieces(lookup, moved)
    if (!cost) readOrdered(lookup, usage, demand)
    readCaseLines(lookup, context.policies, usage)
  }
  const day = dayOfEvent(event)
  const needs: Need[] = [...dayNeeds(event, context, day, 'the reversal')]
  const size = cost ? amountOf(event) : quantityOfReversal(event, lookup, originals[0]?.usage.item ?? '')
  if ('subject' in size) needs.push(size)
  if (needs.length > 0 || day === null || 'subject' in size) return { kind: 'needs', needs }
  const currency = 'currency' in size ? size.currency : null
  const alike = originals.filter(({ usage }) => currency === null || usage.currency === currency)
  if (alike.length === 0)
    return { kind: 'needs', needs: [ownNeed(event, 'BAD_VALUE', 'amount', 'The reversal is in another currency than its original. Correct it.')] }
  const portions = share(alike, wholeOf(event, alike, size.size))
  if (portions === null) {
    return {
      kind: 'needs',
      needs: [
        ownNeed(
          event,
          'REVERSAL_TOO_LARGE',
          cost ? 'amount' : 'quantity',
          'It reverses more than remains of its original (R34). Correct it, or discard it with a reason.',
        ),
      ],
    }
  }
  const waits = unsettled(portions, context)
  if (waits !== null) return waits
  const credits = creditNeeds(event, lookup, portions)
  if (credits.length > 0) return { kind: 'needs', needs: credits }
  const { posted, needs: closed } = mirrorDays(event, lookup, context, portions, day)
  return closed.length > 0 ? { kind: 'needs', needs: closed } : { kind: 'plan', plan: { portions, day, posted } }
}

/** What names its original and takes all of it back takes what a credit has left of it. */
function wholeOf(event: BridgeEvent, [first]: readonly Original[], size: number): number {
  return event.original && first && size === first.usage.quantity ? first.remaining : size
}

/** When the mirrors are posted: the original's period may be closed by now, the reversal's own counts (R33, R35). */
function mirrorDays(event: BridgeEvent, lookup: Lookup, context: BridgeContext, portions: readonly Portion[], day: string) {
  const sent = portions.filter((portion) => !isDropped(portion)).flatMap(own)
  const kinds = new Set(sent.map((document) => (document.kind === 'goods-issue' ? 'goods-return' : document.kind)))
  if (settled(context.policies).journalPer === 'case') kinds.add('journal')
  const { company } = (sent[0] === undefined ? context.policies : JSON.parse(sent[0].body)) as { readonly company: string }
  return postingDays(event, lookup, context.policies, company, [...kinds], day)
}

/** Nothing of it was sent and all of it is taken back: it is dropped instead of mirrored. */
function isDropped(portion: Portion): boolean {
  const { usage, taken } = portion
  return usage.reversed === 0 && taken === usage.quantity && own(portion).every((document) => document.state === 'QUEUED' || isShared(usage, document))
}

/** An order in which lines of other uses stand too: it is never dropped, only its line is taken back. */
function isShared(usage: Usage, document: StoredDocument): boolean {
  return !isOwn(usage, document) && (JSON.parse(document.body) as { readonly lines: readonly unknown[] }).lines.length > 1
}

function noOriginal(event: BridgeEvent, context: BridgeContext, spent: boolean): Understood<Reversal> | Later {
  const until = event.receivedAt + context.policies.reversalWaitMs
  // Nothing more comes under a key that is known: a second cancel is no reason to wait.
  const known = spent && event.businessKey !== ''
  if (context.now < until && !known) return { kind: 'later', until, because: 'nothing was applied yet that it could reverse' }
  const text = spent
    ? 'What it could reverse was already reversed in full (R34). Discard it with a reason, or have its original sent.'
    : event.businessKey === ''
      ? 'Nothing was found that it could reverse: none of this item in its case (R33). Have the original sent, or discard it with a reason.'
      : 'Nothing was found that it could reverse: nothing with its business key (R33). Have the original sent, or discard it with a reason.'
  return { kind: 'needs', needs: [ownNeed(event, 'NO_ORIGINAL', '', text)] }
}

function quantityOfReversal(event: BridgeEvent, lookup: Lookup, item: string): { readonly size: number } | Need {
  const row = lookup.get('item', item)
  if (row === undefined)
    return {
      kind: 'UNKNOWN_ITEM',
      subject: `item:${item}`,
      field: 'item',
      place: 'item',
      text: `Item ${item} of the original is no longer in the item master. Load it.`,
    }
  const measured = measure(event, lookup, row)
  return 'subject' in measured ? measured : { size: measured.base }
}

/** A requisition stays whatever happens to the use that made stock low: it is not waited for. */
function own(portion: Portion): readonly StoredDocument[] {
  return portion.documents.filter((document) => document.kind !== 'requisition')
}

/** Waits while nobody can say whether the ERP has the original. */
function unsettled(portions: readonly Portion[], context: BridgeContext): Later | null {
  const states = portions.flatMap(own).map((document) => document.state)
  if (states.includes('SENDING') || states.includes('UNKNOWN'))
    return { kind: 'later', until: context.now + RECHECK_SENDING_MS, because: 'its original is on the way to the ERP and not answered yet' }
  if (states.includes('HELD'))
    return { kind: 'later', until: context.now + RECHECK_HELD_MS, because: 'its original is held on the worklist: what becomes of it decides what is undone' }
  return null
}

/** Books the reversal: cancels what was not sent, mirrors what was, gives back stock. */
export function applyReversal(event: BridgeEvent, rows: RowSet, context: BridgeContext, reversal: Reversal): Decision {
  const documents: DocumentDraft[] = []
  const cancel: string[] = []
  const counts = new Map<string, number>()
  const notify = notices(rows, event, context)
  reversal.portions.forEach((portion, i) => {
    const { usage, taken } = portion
    const moved = rows.get('movement', usage.message, usage.n, 1)
    if (moved) {
      const { item, location, lot, serial, owner } = moved
      move(rows, event, { line: i + 1, item, location, lot, serial, owner, quantity: taken, kind: 'reversal', day: reversal.day })
    }
    restoreScheduled(
      rows,
      portion.demand.filter((line) => line.kind === 'scheduled-used'),
      taken,
    )
    rows.put('usage', { ...usage, reversed: usage.reversed + taken })
    const all = usage.reversed + taken === usage.quantity
    const fact = { message: String(usage.message), n: String(usage.n), status: all ? 'reversed' : 'partly-reversed' }
    const sums = { reversed: show(usage.reversed + taken), of: show(usage.quantity) }
    notify(usage.ownership === 'cost' ? 'cost.reversed' : 'usage.reversed', event.id, { ...fact, ...sums, item: usage.item, location: usage.location })
    dropOpen(rows, portion)
    const dropped = isDropped(portion)
    if (dropped) cancel.push(...unneeded(rows, event, context, portion))
    const part = { before: usage.reversed, after: usage.reversed + taken, whole: usage.quantity }
    const booked = caseLines(rows, context.policies, usage, new Set(portion.documents.map((document) => document.key)))
    if (booked !== null) {
      const { subject, company, currency } = booked
      const postingDay = booked.postingDay ?? reversal.posted.days['journal']?.day ?? reversal.day
      gatherJournal(rows, event, context, subject, reversedJournal(booked, part), {
        company,
        currency,
        day: reversal.day,
        postingDay,
        location: usage.location,
      })
    }
    for (const document of own(portion)) {
      if (dropped && !isShared(usage, document)) {
        cancel.push(document.key)
        if (document.kind === 'journal') voidJournal(rows, document)
        if (document.kind === 'purchase-order') voidOrder(rows, event, context, usage, document.key)
        continue
      }
      // What is billed stays ordered: the supplier's credit undoes it (R33).
      const cancelled = document.kind === 'purchase-order' ? taken - billedOf(rows, usage, document.key, taken).quantity : taken
      if (cancelled <= 0) continue
      const nth = (counts.get(document.kind) ?? 0) + 1
      const line = isShared(usage, document) ? orderLinesOf(rows, usage, document.key)[0]?.line : undefined
      const mirror = mirrorOf(event, context, document, { ...part, after: part.before + cancelled }, reversal.day, nth, reversal.posted, line)
      if (mirror === null) continue
      counts.set(document.kind, nth)
      documents.push(mirror)
      if (mirror.kind === 'journal') keepJournal(rows, event, context, mirror, usage.location)
      if (document.kind === 'purchase-order') shrinkOrder(rows, usage, document.key, cancelled)
    }
  })
  noticeYearEnd(rows, event, context.now, reversal.posted, reversal.day)
  const first = reversal.portions[0]?.usage
  if (first) {
    rows.put('usage', {
      ...first,
      message: event.message,
      n: event.n,
      quantity: 0,
      reversed: 0,
      unit_cost: 0,
      business_key: event.businessKey,
      case_item: '',
      ownership: REVERSAL_MARK,
      day: reversal.day,
    })
  }
  return { kind: 'applied', documents, cancel }
}
