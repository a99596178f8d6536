/** InvoiceReceived: from a supplier's invoice to a matched one, or to work for the person who can settle it (R18–R24). */
import { UNBOOKED_INVOICES } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, Need, StandingInvoice } from '../../channels/contract/index.ts'
import { divide, fraction, roundMoney, showFraction, stored, times, toStored } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { ownNeed, textOf } from '../facts.ts'
import { postingDay } from '../finance/index.ts'
import type { OrderBooking } from '../finance/index.ts'
import type { Lookup } from '../lookup.ts'
import { settled } from '../policies.ts'
import { INVOICE, processOf } from '../processes/index.ts'
import {
  dayOf,
  decimalIn,
  factorToOrder,
  findOrder,
  heldFor,
  itemOf,
  mayWait,
  openFile,
  pairLine,
  releaseOf,
  saidOf,
  statedLines,
  toBase,
  tooMany,
  waitFor,
  wholeFactor,
} from '../purchasing/index.ts'
import type { KnownOrder, OrderFile, OrderLine, StatedLine } from '../purchasing/index.ts'
import type { Understood, Waits } from '../understood.ts'
import { understandInvoiceJournal } from './invoice-journal.ts'
import { match } from './match.ts'
import type { Hold, Invoiced, Match, Ordered, Way } from './match.ts'
import { familyOf, invoiceKey } from './number.ts'
import { accountNeeds } from './settle.ts'
import { storyOf } from './story.ts'
import { add, size, tolerancesFor, ZERO } from './tolerance.ts'

export type InvoiceRow = Readonly<BridgeTables['invoice']>

/** An invoice that may go to the ERP. */
export interface InvoicePlan {
  readonly key: string
  readonly number: string
  readonly credit: boolean
  readonly currency: string
  readonly day: string
  /** Accounting date (R35). */
  readonly postingDay: string
  readonly file: OrderFile
  readonly match: Match
  readonly freight: Fraction
  readonly tax: Fraction
  /** Scaled. */
  readonly total: number
  readonly released: string
  /** Kinds of what it was held for. */
  readonly held: readonly string[]
  /** `erp` makes the books of it, or the bridge. */
  readonly evaluated: boolean
  /** How it is booked; null where the ERP books it. */
  readonly booking: OrderBooking | null
}

/** How an order is matched: an order that expects no receipt never waits for one (R23). */
export function wayOf(context: BridgeContext, order: { readonly kind: string; readonly receipt_expected: number }): Way {
  const { ways } = settled(context.policies).matching
  const way = ways[order.kind] ?? ways['*'] ?? 'three-way'
  return way === 'three-way' && order.receipt_expected === 0 ? 'two-way' : way
}

/** Order lines as the match sees them. A receipt counts when it is in the ERP: until then it may be refused there and discarded. */
export function orderedLines(lookup: Lookup, context: BridgeContext, known: KnownOrder): readonly Ordered[] {
  const { matching } = settled(context.policies)
  const row = lookup.get('supplier', known.order.supplier)
  const suppliers = [known.order.supplier, familyOf(known.order.supplier, row)]
  const unsent = unsentOf(lookup, known)
  return known.lines.map((line) => ({
    line: line.line,
    item: line.item,
    unit: line.unit,
    quantity: stored(line.quantity),
    price: stored(line.price),
    received: stored(line.received - (unsent.get(line.line) ?? 0)),
    unsent: stored(unsent.get(line.line) ?? 0),
    whole: wholeFactor(lookup, line),
    invoiced: stored(line.invoiced),
    invoicedAmount: stored(line.invoiced_amount),
    tolerances: tolerancesFor(matching, suppliers, lookup.get('item', line.item)?.category ?? ''),
  }))
}

const SENT_RECHECK_MS = 60_000

/** What came of each line and is not in the ERP yet, scaled: its document is queued, held or was discarded. A return counts at once. */
function unsentOf(lookup: Lookup, known: KnownOrder): ReadonlyMap<number, number> {
  const unsent = new Map<number, number>()
  for (const row of lookup.find('receipt_line', 'byOrder', known.order.purchase_order)) {
    if (row.quantity <= 0 || row.receipt.startsWith('erp:') || lookup.get('document', row.receipt)?.state === 'SENT') continue
    unsent.set(row.order_line, (unsent.get(row.order_line) ?? 0) + row.quantity)
  }
  return unsent
}

/** Loads what applying a match reads: the rows of the invoice, and the usage that its order lines bill (R3). */
export function loadInvoice(lookup: Lookup, key: string, lines: readonly OrderLine[]): void {
  lookup.get('invoice', key)
  lookup.find('invoice_line', 'byInvoice', key)
  processOf(lookup, INVOICE, key)
  for (const line of lines) {
    if (line.message !== 0) lookup.get('usage', line.message, line.n)
    toBase(lookup, line, line.quantity)
  }
}

function paired(lookup: Lookup, known: KnownOrder, ordered: readonly Ordered[], stated: StatedLine): Invoiced {
  const line = pairLine(lookup, known.lines, stated)
  const item = itemOf(lookup, stated.code)?.item ?? stated.code
  return {
    line: stated.line,
    item,
    // Without a unit the order's holds (R16).
    unit: stated.unit || (line?.unit ?? ''),
    quantity: stated.quantity,
    unitPrice: stated.unitPrice,
    amount: stated.amount,
    order: ordered.find((one) => one.line === line?.line) ?? null,
    factor: line === undefined ? null : factorToOrder(lookup, line, stated.unit),
  }
}

/** Who looks after it: money is accounts payable's, quantities and orders are supply chain's. */
const OWNERS: Readonly<Record<Hold['code'], string>> = {
  INVOICE_PRICE: 'ap',
  INVOICE_TOTAL: 'ap',
  INVOICE_DUPLICATE: 'ap',
  INVOICE_QUANTITY: 'supply-chain',
  INVOICE_NO_ORDER: 'supply-chain',
  INVOICE_UNIT: 'supply-chain',
}

interface Names {
  readonly supplier: string
  readonly number: string
  readonly currency: string
}

/** One need for each kind of hold, with everything that its lines say. */
function needsOf(holds: readonly Hold[], { supplier, number, currency }: Names, story: Readonly<Record<string, unknown>>): readonly Need[] {
  const codes = [...new Set(holds.map((hold) => hold.code))]
  return codes.map((code) => {
    const of = holds.filter((hold) => hold.code === code)
    const money = of.reduce((sum, hold) => ({ over: sum.over * hold.money.under + hold.money.over * sum.under, under: sum.under * hold.money.under }), ZERO)
    const releasable = of.every((hold) => hold.releasable)
    const end = releasable ? 'Release it with a reason, or discard it.' : 'It can’t be released: mend what is said, or discard it and have it sent again.'
    return {
      kind: code,
      subject: `invoice:${supplier}:${number}`,
      field: 'released',
      place: 'lines',
      text: `Invoice ${number} of supplier ${supplier}: ${of.map((hold) => hold.text).join(' ')} ${end}`,
      owner: OWNERS[code],
      weight: { money: { amount: roundMoney(size(money), currency), currency } },
      story: { invoice: { number, supplier, currency }, ...story },
      ...(releasable ? {} : { releasable: false as const }),
    }
  })
}

/**
 * Whether the state of the order lets it be invoiced. An order that the ERP has not told of since it was sent is taken for what was sent. A
 * credit takes back what was invoiced before, whatever became of the order.
 */
function stateHolds({ known, process }: OrderFile, credit: boolean, money: Fraction): readonly Hold[] {
  const { number } = known.order
  const state = credit ? undefined : process?.state
  const hold = (code: Hold['code'], text: string, how: Pick<Hold, 'comes' | 'releasable'>): Hold => ({ code, line: 0, text, money, ...how })
  if (state === 'CANCELLED') {
    const said = process === undefined ? '' : saidOf(process)
    const never = { comes: false, releasable: false }
    // Supply chain has to know why it was delivered, accounts payable why it is not paid.
    return [
      hold('INVOICE_NO_ORDER', `Order ${number} was ${said === 'rejected' ? 'rejected by its buyer' : 'cancelled'}.`, never),
      hold('INVOICE_TOTAL', `Nothing is owed on order ${number}, which was ${said === 'rejected' ? 'rejected' : 'cancelled'}.`, never),
    ]
  }
  if (state === 'CLOSED') return [hold('INVOICE_QUANTITY', `Order ${number} is closed: nothing more was to be invoiced.`, { comes: false, releasable: true })]
  if (state === 'DRAFT' && process !== undefined && ['draft', 'submitted'].includes(saidOf(process)))
    return [hold('INVOICE_QUANTITY', `Order ${number} is not approved yet (${saidOf(process)}).`, { comes: true, releasable: true })]
  return []
}

/** The same number, or the same date and amount under another number, of this supplier or its parent (R24). */
function duplicates(
  event: BridgeEvent,
  lookup: Lookup,
  key: string,
  family: string,
  supplier: string,
  day: string,
  total: number | null,
): readonly InvoiceRow[] {
  const same = lookup.get('invoice', key)
  const twins = total === null || total === 0 ? [] : [...new Set([family, supplier])].flatMap((one) => lookup.find('invoice', 'byAmount', one, day, total))
  const isOther = (row: InvoiceRow): boolean =>
    !(row.message === event.message && row.n === event.n) && row.state !== 'cancelled' && !UNBOOKED_INVOICES.includes(row.state)
  const credit = key.endsWith('|credit')
  const like = twins.filter((row) => row.total === total && row.day === day && (row.kind === 'credit') === credit)
  return [...(same ? [same] : []), ...like].filter((row, at, all) => isOther(row) && all.indexOf(row) === at)
}

/** What an invoice says that goes no further now: it exists, though nothing is booked of it. */
function standingOf(event: BridgeEvent, lookup: Lookup, context: BridgeContext, waits: Waits): StandingInvoice {
  const { body } = event
  const orderNumber = textOf(body, 'order')
  const order = findOrder(lookup, { key: '', number: orderNumber })?.order
  return {
    state: waits.kind === 'needs' ? 'held' : 'waiting',
    number: textOf(body, 'number'),
    supplier: textOf(body, 'supplier') || (order?.supplier ?? ''),
    company: order?.company || context.policies.company,
    currency: textOf(body, 'currency') || (order?.currency ?? context.policies.currency),
    day: dayOf(event),
    orderNumber,
    kind: textOf(body, 'documentKind') === 'credit' ? 'credit' : 'invoice',
    total: toStored(statedTotal(event)) ?? 0,
    reason: waits.kind === 'needs' ? [...new Set(waits.needs.map((need) => need.kind))].join(' ') : waits.because,
  }
}

/** The total as stated, else what lines and charges make. */
function statedTotal(event: BridgeEvent): Fraction {
  const lines = statedLines(event).map(({ quantity, unitPrice, amount }) => amount ?? times(quantity ?? ZERO, unitPrice ?? ZERO))
  const charges = ['freight', 'tax'].map((field) => decimalIn(event.body, field) ?? ZERO)
  return decimalIn(event.body, 'amount') ?? [...lines, ...charges].reduce(add, ZERO)
}

export function understandInvoice(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<InvoicePlan> | Waits {
  const understood = judge(event, lookup, context)
  return understood.kind === 'needs' || understood.kind === 'later' ? { ...understood, standing: standingOf(event, lookup, context, understood) } : understood
}

function judge(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<InvoicePlan> | Waits {
  const { body } = event
  const number = textOf(body, 'number')
  const orderNumber = textOf(body, 'order')
  const said = textOf(body, 'supplier')
  const credit = textOf(body, 'documentKind') === 'credit'
  const found = findOrder(lookup, { key: '', number: orderNumber })
  const stated = statedLines(event)
  const charges = { freight: decimalIn(body, 'freight') ?? ZERO, tax: decimalIn(body, 'tax') ?? ZERO }
  const stateTotal = decimalIn(body, 'amount')
  if (!found) {
    const text = `order ${orderNumber === '' ? '(none)' : orderNumber} is not known.`
    const currency = textOf(body, 'currency') || context.policies.currency
    const hold: Hold = { code: 'INVOICE_NO_ORDER', line: 0, text: `The ${text}`, money: statedTotal(event), comes: true, releasable: false }
    const story = { order: { number: orderNumber }, lines: stated.map((line) => ({ line: line.line, item: line.code })) }
    const [need] = needsOf([hold], { supplier: said, number, currency }, story)
    if (need === undefined || orderNumber === '') return heldFor(context, need === undefined ? [] : [need])
    return waitFor(event, context, `order ${orderNumber} of invoice ${number} is not known yet`, need)
  }
  const { order } = found
  const file = openFile(lookup, found)
  const supplierRow = lookup.get('supplier', order.supplier)
  const saidRow = said === '' ? undefined : lookup.get('supplier', said)
  const family = familyOf(order.supplier, supplierRow)
  const currency = textOf(body, 'currency') || order.currency
  const key = invoiceKey(family, number, credit ? 'credit' : 'invoice')
  const ordered = orderedLines(lookup, context, found)
  const lines = stated.map((line) => paired(lookup, found, ordered, line))
  const first = ordered.find((one) => one.tolerances !== undefined)?.tolerances
  const tolerances = tolerancesFor(settled(context.policies).matching, [order.supplier, family], '') ?? first
  const result = match({
    way: wayOf(context, order),
    currency: order.currency,
    tolerances,
    invoice: { credit, currency, lines, ...charges, total: stateTotal },
  })
  const day = dayOf(event)
  const total = toStored(result.total)
  const holds: Hold[] = [...stateHolds(file, credit, result.total), ...result.holds]
  const stranger = said !== '' && said !== order.supplier && familyOf(said, saidRow) !== family
  if (stranger) {
    holds.push({
      code: 'INVOICE_NO_ORDER',
      line: 0,
      text: `It is of supplier ${said}, order ${order.number} is of supplier ${order.supplier}.`,
      money: result.total,
      comes: false,
      releasable: false,
    })
  }
  // What a line says that can't be read makes no amount to compare with others.
  const comparable = result.lines.length === lines.length || stateTotal !== null
  for (const other of total === null ? [] : duplicates(event, lookup, key, family, order.supplier, day, comparable ? total : null)) {
    const text = `Invoice ${other.number} of ${other.day} over ${roundMoney(stored(other.total), currency)} ${currency} was taken before (R24).`
    holds.push({ code: 'INVOICE_DUPLICATE', line: 0, text, money: result.total, comes: false, releasable: other.invoice !== key })
  }
  loadInvoice(lookup, key, found.lines)
  const prices = new Map(result.lines.map((line) => [line.order.line, showFraction(line.price)]))
  const release = releaseOf(event)
  const story = storyOf(lookup, found, prices, release?.text ?? '')
  if (file.needs.length > 0) return { kind: 'needs', needs: file.needs }
  const huge = stated.some((line) => line.huge) || ['amount', 'freight', 'tax'].some((field) => tooMany(textOf(body, field)))
  if (huge || total === null || lines.some((line) => tooLarge(line)))
    return {
      kind: 'needs',
      needs: [ownNeed(event, 'BAD_VALUE', '', `Invoice ${number} has an amount or quantity that is too large: larger than can be kept. Have it sent again.`)],
    }
  const open = holds.filter((hold) => !hold.releasable || release?.allows(hold.code) !== true)
  if (open.length > 0) {
    const now = mayWait(event, context) ? open.filter((hold) => !hold.comes) : open
    // The ERP takes a receipt of its own accord: nobody tells the invoice.
    const sent = ordered.some((line) => line.unsent !== undefined && line.unsent.over !== 0n)
    const ends = event.receivedAt + settled(context.policies).matching.waitMs
    const until = sent && open.some((hold) => hold.comes) ? Math.min(context.now + SENT_RECHECK_MS, Math.max(ends, context.now + 1)) : ends
    if (now.length === 0) return { kind: 'later', until, because: `invoice ${number}: ${open.map((hold) => hold.text).join(' ')}` }
    const waits = heldFor(context, needsOf(now, { supplier: stranger ? said : order.supplier, number, currency }, story))
    return (sent || mayWait(event, context)) && waits.kind === 'needs' ? { ...waits, until: Math.min(waits.until ?? until, until) } : waits
  }
  const posting = postingDay(event, lookup, context.policies, order.company || context.policies.company, 'supplier-invoice', day)
  if ('subject' in posting) return heldFor(context, [posting])
  const { booking, needs: unbooked } = understandInvoiceJournal(event, lookup, context, { known: found, match: result, ...charges, day })
  const unposted = accountNeeds(lookup, context, found, { match: result, ...charges, total: stored(total) })
  if (unbooked.length + unposted.length > 0) return heldFor(context, [...unbooked, ...unposted])
  const held = [...new Set(holds.map((hold) => hold.code))]
  return {
    kind: 'plan',
    plan: {
      key,
      number,
      credit,
      currency,
      day,
      postingDay: posting.day,
      file,
      match: result,
      ...charges,
      total,
      released: held.length > 0 ? (release?.text ?? '') : '',
      held,
      evaluated: false,
      booking,
    },
  }
}

function tooLarge(line: Invoiced): boolean {
  const { quantity, amount, unitPrice, factor } = line
  if (quantity === null || factor === null) return false
  const values = [
    times(quantity, factor),
    amount ?? times(quantity, unitPrice ?? ZERO),
    unitPrice === null ? ZERO : divide(unitPrice, factor.over === 0n ? fraction(1) : factor),
  ]
  return values.some((value) => toStored(value) === null)
}
