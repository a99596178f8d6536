/** 810: an invoice, credit or debit memo. */
import { negate, readDate, sumDecimals } from '../x12/index.ts'
import { partnersOf } from './meaning.ts'
import type { Meaning, Source } from './meaning.ts'
import { amountOf, before, descriptionOf, first, itemOf, loops, present, productIds, realOf, referenceOf } from './transaction.ts'
import type { Line } from './transaction.ts'

/** BIG07 (data element 640) that turn the amounts round. */
const CREDITS = ['CR', 'CN']
const DEBITS = ['DR', 'DB']
/** SAC02 (data element 1300) that are taxes; every other charge is freight or goes with it. */
const TAXES = ['D360', 'H650', 'H680', 'H700', 'H730', 'H740', 'H750', 'H770', 'H780', 'H800', 'H810', 'H850']
/** IT105 (data element 639): the price is of so many. */
const PRICE_OF: Readonly<Record<string, number>> = { HP: 2, TP: 3 }
const SUMMARY = ['TDS', 'CAD', 'ISS', 'CTT']

export function readInvoice(source: Source): readonly Meaning[] {
  const { lines } = source
  const big = first(lines, 'BIG')
  if (big === undefined) return []
  const header = before(lines, ['IT1', ...SUMMARY])
  const doubts: string[] = []
  const items = loops(lines, 'IT1', SUMMARY).map(({ head, inner }, n) => lineOf(head, inner, n + 1))
  const stated = amountOf(first(lines, 'TDS') ?? big, 1) ?? '0'
  const type = big.at(7)
  const negative = stated.startsWith('-')
  const credit = CREDITS.includes(type) || (negative && !DEBITS.includes(type))
  // A credit memo may state its amounts with or without a sign: both mean the same.
  const turned = negative
  const made = items.map(({ body, quantity, unit }) => present({ ...body, quantity: quantityOf(quantity, unit) }))
  const minus = items.filter(({ quantity }) => quantity?.startsWith('-')).length
  if (minus > 0 && minus < items.length) doubts.push('Some of its lines are credits and some are not: have it sent as an invoice and a credit.')
  const charges = chargesOf(lines)
  const tax = taxOf(lines, charges.tax)
  return [
    {
      part: '',
      type: 'InvoiceReceived',
      body: present({
        occurredAt: readDate(big.at(1)) ?? source.today,
        number: big.at(2),
        order: big.at(4) || referenceOf(header, ['PO']),
        date: readDate(big.at(1)) ?? undefined,
        documentKind: credit ? 'credit' : DEBITS.includes(type) ? 'debit' : 'invoice',
        amount: turned ? negate(stated) : stated,
        freight: signedOf(charges.freight, turned),
        tax: signedOf(tax, turned),
        reference: referenceOf(header, ['VR', 'IV', 'OI', 'CO']),
        lines: made,
      }),
      places: {
        number: 'BIG-2',
        order: 'BIG-4',
        date: 'BIG-1',
        occurredAt: 'BIG-1',
        documentKind: 'BIG-7',
        amount: 'TDS-1',
        freight: 'SAC-5',
        tax: 'TXI-2',
        lines: 'IT1',
      },
      partners: partnersOf(source),
      amounts: true,
      doubts,
    },
  ]
}

interface ReadLine {
  readonly body: Readonly<Record<string, unknown>>
  readonly quantity: string | undefined
  readonly unit: string
}

function lineOf(head: Line, inner: readonly Line[], n: number): ReadLine {
  const ids = productIds(head, 6)
  const price = realOf(head, 4)
  const places = PRICE_OF[head.at(5)] ?? 0
  const body = present({
    line: head.at(1) || String(n),
    orderLine: referenceOf(inner, ['LI', 'PL', 'FJ']),
    item: itemOf(ids),
    description: descriptionOf(inner),
    unitPrice: price === undefined ? undefined : shifted(price, places),
    lot: ids.get('LT') ?? referenceOf(inner, ['LT']),
    serial: ids.get('SN') ?? referenceOf(inner, ['SE']),
  })
  return { body, quantity: realOf(head, 2), unit: head.at(3) }
}

/** Exact division by a power of ten. */
function shifted(decimal: string, places: number): string {
  if (places === 0) return decimal
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? []
  const digits = (whole + fraction).padStart(fraction.length + places + 1, '0')
  const cut = digits.length - fraction.length - places
  return `${sign}${digits.slice(0, cut).replace(/^0+(?=\d)/, '')}.${digits.slice(cut)}`
}

/** The sign shows in what kind of document it is. */
function quantityOf(value: string | undefined, unit: string): { readonly value: string; readonly unit: string } | undefined {
  return value === undefined ? undefined : { value: value.startsWith('-') ? negate(value) : value, unit }
}

/** Charges less allowances of the whole document, in lines and summary; taxes for themselves. */
function chargesOf(lines: readonly Line[]): { readonly freight: string | undefined; readonly tax: string | undefined } {
  const found = lines.filter((line) => line.id === 'SAC' && ['A', 'C'].includes(line.at(1)))
  const sum = (taxes: boolean): string | undefined => {
    const amounts = found.flatMap((line) => {
      const amount = amountOf(line, 5)
      if (TAXES.includes(line.at(2)) !== taxes || amount === undefined) return []
      return [line.at(1) === 'A' && !amount.startsWith('-') ? negate(amount) : amount]
    })
    return amounts.length === 0 ? undefined : sumDecimals(amounts)
  }
  return { freight: sum(false), tax: sum(true) }
}

/** TXI of the document; those of the lines only when it has none, since the one is the sum of the others. */
function taxOf(lines: readonly Line[], charged: string | undefined): string | undefined {
  const head = before(lines, ['IT1', ...SUMMARY])
  const total = lines.findIndex((line) => line.id === 'TDS')
  const own = [...head, ...(total < 0 ? [] : lines.slice(total))].filter((line) => line.id === 'TXI')
  const used = own.length > 0 ? own : lines.filter((line) => line.id === 'TXI')
  const amounts = used.flatMap((line) => realOf(line, 2) ?? [])
  if (amounts.length === 0) return charged
  return sumDecimals(charged === undefined ? amounts : [...amounts, charged])
}

function signedOf(value: string | undefined, turned: boolean): string | undefined {
  return value !== undefined && turned ? negate(value) : value
}
