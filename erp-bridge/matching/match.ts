/**
 * Matches an invoice with its order and receipts: two-way, three-way or evaluated (R18–R23). Pure: what it says follows from what it is
 * given. Amounts are exact fractions; what is compared as money is rounded to the currency's minor unit first (R37).
 */
import type { FailureCode } from '../../channels/contract/index.ts'
import { minorUnits } from '../../canonical/index.ts'
import { divide, parseDecimal, roundMoney, showFraction, times } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { add, compare, isOutside, minus, ZERO } from './tolerance.ts'
import type { Tolerances } from './tolerance.ts'

export type Way = 'two-way' | 'three-way' | 'evaluated'

/** A line of the order as the match sees it; quantities in its unit, cumulative, without this invoice. */
export interface Ordered {
  readonly line: number
  readonly item: string
  readonly unit: string
  readonly quantity: Fraction
  readonly price: Fraction
  readonly received: Fraction
  /** What came but is not in the ERP yet: not in `received`, and may still be refused there. */
  readonly unsent?: Fraction
  /** Is its item only counted whole, and how much of the item's unit is one of the line's (R17)? Null: it may come in parts. */
  readonly whole?: Fraction | null
  readonly invoiced: Fraction
  readonly invoicedAmount: Fraction
  readonly tolerances: Tolerances | undefined
}

/** A line of the invoice, paired. `factor`: order units of one invoiced unit; null: none on file. */
export interface Invoiced {
  readonly line: number
  readonly item: string
  readonly unit: string
  readonly quantity: Fraction | null
  readonly unitPrice: Fraction | null
  readonly amount: Fraction | null
  readonly order: Ordered | null
  readonly factor: Fraction | null
}

export interface Invoice {
  readonly credit: boolean
  readonly currency: string
  readonly lines: readonly Invoiced[]
  readonly freight: Fraction
  readonly tax: Fraction
  /** Null: not stated; the sum holds. */
  readonly total: Fraction | null
}

export interface Hold {
  readonly code: Extract<FailureCode, `INVOICE_${string}`>
  /** Line of the invoice, 0 for the whole. */
  readonly line: number
  readonly text: string
  /** Money at stake, without sign. */
  readonly money: Fraction
  /** What is missing may still come (a receipt). */
  readonly comes: boolean
  /** Can a person let it go on as it is? */
  readonly releasable: boolean
}

export interface MatchedLine {
  readonly line: number
  readonly order: Ordered
  /** In the order's unit. */
  readonly quantity: Fraction
  /** For one of the order's unit. */
  readonly price: Fraction
  /** As invoiced, rounded to the minor unit. */
  readonly amount: Fraction
  /** What the order makes of the quantity, rounded to the minor unit. */
  readonly expected: Fraction
}

export interface Match {
  readonly kind: 'matched' | 'variance' | 'hold'
  readonly holds: readonly Hold[]
  readonly lines: readonly MatchedLine[]
  /** Invoiced minus expected over all lines, and what does not add up; rounded. */
  readonly variance: Fraction
  /** Total that is owed: as stated, else the sum. */
  readonly total: Fraction
}

export interface MatchFacts {
  readonly way: Way
  readonly currency: string
  readonly invoice: Invoice
  /** Bounds of the whole document. */
  readonly tolerances: Tolerances | undefined
}

function money(value: Fraction, currency: string): Fraction {
  return parseDecimal(roundMoney(value, currency)) ?? ZERO
}

/** Does the amount have no more decimals than the currency has? */
function isMoney(value: Fraction, currency: string): boolean {
  return (value.over * 10n ** BigInt(minorUnits(currency) ?? 2)) % value.under === 0n
}

function isInteger(value: Fraction): boolean {
  return value.over % value.under === 0n
}

export function match({ way, currency, invoice, tolerances }: MatchFacts): Match {
  const holds: Hold[] = []
  const hold = (code: Hold['code'], line: number, text: string, at: Fraction = ZERO, options: { comes?: boolean; releasable?: boolean } = {}): void => {
    holds.push({
      code,
      line,
      text,
      money: at.over < 0n ? { over: -at.over, under: at.under } : at,
      comes: options.comes ?? false,
      releasable: options.releasable ?? true,
    })
  }
  const of = invoice.currency
  if (of !== currency)
    hold('INVOICE_TOTAL', 0, `The currency is ${of === '' ? 'not stated' : of}, the order is in ${currency}: amounts can't be compared.`, ZERO, {
      releasable: false,
    })
  if (way === 'evaluated' && !invoice.credit)
    hold('INVOICE_DUPLICATE', 0, 'The order is settled by its receipts and expects no invoice (R22).', invoice.total ?? ZERO)
  if (invoice.lines.length === 0) hold('INVOICE_NO_ORDER', 0, 'It has no lines.', ZERO, { releasable: false })

  const lines: MatchedLine[] = []
  const before = new Map<number, Fraction>()
  let sum = add(invoice.freight, invoice.tax)
  let variance = ZERO
  let unread = false
  for (const stated of invoice.lines) {
    const matched = matchLine(stated, { way, currency: of, credit: invoice.credit, before }, hold)
    const amount = matched?.amount ?? stated.amount
    if (amount) sum = add(sum, amount)
    if (matched === null) {
      unread ||= amount === null
      continue
    }
    lines.push(matched)
    variance = add(variance, minus(matched.amount, matched.expected))
    before.set(matched.order.line, add(before.get(matched.order.line) ?? ZERO, matched.quantity))
  }
  const total = invoice.total ?? money(sum, of)
  if (!isMoney(total, of)) hold('INVOICE_TOTAL', 0, `The total has more decimals than ${of} has.`, ZERO, { releasable: false })
  const off = minus(total, sum)
  // What a line says that can't be read is asked about there: the sum without it says nothing.
  if (off.over !== 0n && !unread) hold('INVOICE_TOTAL', 0, `The lines and charges make ${showFraction(sum)} ${of}, the total says ${showFraction(total)}.`, off)
  const goods = lines.reduce((all, line) => add(all, line.expected), ZERO)
  if (tolerances && !invoice.credit && lines.length === invoice.lines.length) {
    const { freight, tax } = invoice
    if (isOutside(tolerances.freight, freight, goods)) hold('INVOICE_TOTAL', 0, `Freight of ${showFraction(freight)} ${of} is outside the tolerance.`, freight)
    if (isOutside(tolerances.tax, tax, goods)) hold('INVOICE_TOTAL', 0, `Tax of ${showFraction(tax)} ${of} is outside the tolerance.`, tax)
    // A line that is held for its price is asked about once: its variance is not held again as part of the whole.
    const asked = new Set(holds.filter(({ code }) => code === 'INVOICE_PRICE').map(({ line }) => line))
    const rest = lines.filter(({ line }) => !asked.has(line)).reduce((all, line) => add(all, minus(line.amount, line.expected)), ZERO)
    if (isOutside(tolerances.total, rest, goods))
      hold('INVOICE_TOTAL', 0, `The variances of all lines make ${showFraction(rest)} ${of}, outside the tolerance.`, rest)
  }
  variance = add(variance, off)
  return { kind: holds.length > 0 ? 'hold' : variance.over === 0n ? 'matched' : 'variance', holds, lines, variance, total }
}

interface LineFacts {
  readonly way: Way
  readonly currency: string
  readonly credit: boolean
  /** Quantities of this invoice's lines before this one, by order line. */
  readonly before: ReadonlyMap<number, Fraction>
}

type Say = (code: Hold['code'], line: number, text: string, at?: Fraction, options?: { comes?: boolean; releasable?: boolean }) => void

/** One line against its order line; null when it can't be compared at all. */
function matchLine(stated: Invoiced, { way, currency, credit, before }: LineFacts, hold: Say): MatchedLine | null {
  const { order, factor, line } = stated
  const name = `line ${String(line)}`
  if (order === null) {
    hold('INVOICE_NO_ORDER', line, `${name}: ${stated.item === '' ? 'it' : stated.item} is no line of the order.`, stated.amount ?? ZERO, { releasable: false })
    return null
  }
  if (factor === null) {
    const text = `${name}: no factor leads from ${stated.unit} to ${order.unit} for item ${order.item} (R16).`
    hold('INVOICE_UNIT', line, text, stated.amount ?? ZERO, { releasable: false })
    return null
  }
  if (stated.quantity === null || stated.quantity.over <= 0n || (stated.unitPrice === null && stated.amount === null)) {
    hold('INVOICE_TOTAL', line, `${name}: quantity and price or amount are not all there.`, ZERO, { releasable: false })
    return null
  }
  const quantity = times(stated.quantity, factor)
  if (order.whole && !isInteger(times(quantity, order.whole))) {
    const text = `${name}: ${showFraction(stated.quantity)} ${stated.unit || order.unit} of ${order.item} is not whole, and it is only counted whole (R17).`
    hold('INVOICE_QUANTITY', line, text, stated.amount ?? ZERO, { releasable: false })
    return null
  }
  const each = stated.unitPrice ?? divide(stated.amount ?? ZERO, stated.quantity)
  const price = divide(each, factor)
  const extended = money(times(stated.quantity, each), currency)
  const amount = stated.amount ?? extended
  const expected = money(times(quantity, order.price), currency)
  if (each.over < 0n || amount.over < 0n)
    hold('INVOICE_TOTAL', line, `${name}: an amount is below zero; a credit must say that it is one.`, amount, { releasable: false })
  if (!isMoney(amount, currency)) hold('INVOICE_TOTAL', line, `${name}: the amount has more decimals than ${currency} has.`, ZERO, { releasable: false })
  if (compare(amount, extended) !== 0)
    hold(
      'INVOICE_TOTAL',
      line,
      `${name}: ${showFraction(stated.quantity)} × ${showFraction(each)} is ${showFraction(extended)}, the line says ${showFraction(amount)}.`,
      minus(amount, extended),
    )
  const matched: MatchedLine = { line, order, quantity, price, amount, expected }
  const total = add(before.get(order.line) ?? ZERO, quantity)
  if (credit) creditHolds(matched, total, hold)
  else {
    quantityHolds(matched, add(order.invoiced, total), way, hold)
    priceHolds(matched, extended, hold)
  }
  return matched
}

/** A credit takes back no more than was invoiced (R21). */
function creditHolds({ line, order, amount }: MatchedLine, quantity: Fraction, hold: Say): void {
  if (compare(quantity, order.invoiced) > 0) {
    const text = `line ${String(line)}: credits ${showFraction(quantity)} ${order.unit} of ${order.item}, invoiced are ${showFraction(order.invoiced)}.`
    hold('INVOICE_QUANTITY', line, text, amount, { comes: true, releasable: false })
  } else if (compare(amount, order.invoicedAmount) > 0) {
    hold(
      'INVOICE_PRICE',
      line,
      `line ${String(line)}: credits ${showFraction(amount)}, invoiced are ${showFraction(order.invoicedAmount)}.`,
      minus(amount, order.invoicedAmount),
    )
  }
}

/** Cumulative: what was invoiced before counts, so nothing is paid twice. */
function quantityHolds({ line, order }: MatchedLine, total: Fraction, way: Way, hold: Say): void {
  const tolerance = order.tolerances?.quantity
  const over = (limit: Fraction): boolean => {
    const difference = minus(total, limit)
    return difference.over > 0n && (tolerance === undefined || isOutside({ ...tolerance, direction: 'above' }, difference, order.quantity))
  }
  const words = `line ${String(line)}: with this invoice ${showFraction(total)} ${order.unit} of ${order.item} are invoiced`
  if (over(order.quantity)) {
    const text = `${words}, ordered are ${showFraction(order.quantity)}.`
    hold('INVOICE_QUANTITY', line, text, times(minus(total, order.quantity), order.price))
  } else if (way === 'three-way' && over(order.received)) {
    const unsent = order.unsent === undefined || order.unsent.over === 0n ? '' : `; ${showFraction(order.unsent)} more came, which the ERP has not taken yet`
    const text = `${words}, received are ${showFraction(order.received)}${unsent}.`
    hold('INVOICE_QUANTITY', line, text, times(minus(total, order.received), order.price), { comes: true })
  }
}

function priceHolds({ line, order, price, amount, expected }: MatchedLine, extended: Fraction, hold: Say): void {
  const tolerances = order.tolerances
  if (!tolerances) return
  const difference = minus(extended, expected)
  const words = `line ${String(line)}: ${order.item} is invoiced at ${showFraction(price)} for one ${order.unit}, ordered at ${showFraction(order.price)}`
  if (isOutside(tolerances.price, difference, expected)) hold('INVOICE_PRICE', line, `${words}: ${showFraction(difference)} outside the tolerance.`, difference)
  else if (isOutside(tolerances.line, minus(amount, expected), expected))
    hold('INVOICE_PRICE', line, `${words}: the line is ${showFraction(minus(amount, expected))} off, outside the tolerance.`, minus(amount, expected))
}
