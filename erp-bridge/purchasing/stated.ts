/** Orders, receipts and invoices as the other side states them: the lines of an event's body, read once. */
import type { BridgeEvent } from '../../channels/contract/index.ts'
import { parseDecimal, toStored } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { codeOf, isDay, isHuge, textOf } from '../facts.ts'

type Body = Readonly<Record<string, unknown>>

/** A line of a document. What was not stated is '' or null; a quantity is zero or more. */
export interface StatedLine {
  /** Its own number: as stated when that is a number above zero that no line before it has, else its place. */
  readonly line: number
  readonly orderLine: number
  readonly code: string
  readonly description: string
  readonly quantity: Fraction | null
  readonly unit: string
  readonly unitPrice: Fraction | null
  readonly amount: Fraction | null
  readonly received: Fraction | null
  readonly status: string
  readonly date: string
  readonly lot: string
  readonly serial: string
  readonly expiry: string
  readonly location: string
  readonly costCentre: string
  readonly serviceLine: string
  readonly account: string
  /** Has it a number that is larger than any that can be kept? */
  readonly huge: boolean
}

function whole(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  return value
}

function decimalOf(body: Body, field: string): Fraction | null {
  const value = body[field]
  return typeof value === 'string' && value !== '' ? parseDecimal(value) : null
}

/** The amount or quantity when it is there and can be kept, else null. */
export function decimalIn(body: Body, field: string): Fraction | null {
  return decimalOf(body, field)
}

/** More digits before the point than any number here can have. */
export function tooMany(text: string): boolean {
  return /^-?\d{16,}(\.\d+)?$/.test(text)
}

/** A quantity of zero or more with its unit. */
function quantityIn(raw: unknown): { readonly value: Fraction | null; readonly unit: string } {
  const parts: Body = typeof raw === 'object' && raw !== null ? (raw as Body) : {}
  const [value = '', unit = ''] = typeof raw === 'string' ? raw.trim().split(/\s+/) : [textOf(parts, 'value'), textOf(parts, 'unit')]
  const parsed = parseDecimal(value)
  return { value: parsed !== null && parsed.over >= 0n && toStored(parsed) !== null ? parsed : null, unit }
}

/** The lines of the event, in their order. A line that is no object is left out. */
export function statedLines(event: BridgeEvent): readonly StatedLine[] {
  const raw = event.body['lines']
  const bodies = Array.isArray(raw) ? raw.filter((one): one is Body => typeof one === 'object' && one !== null) : []
  const taken = new Set<number>()
  return bodies.map((body, at) => {
    const own = whole(textOf(body, 'line'))
    let line = own > 0 && !taken.has(own) ? own : at + 1
    while (taken.has(line)) line += 1
    taken.add(line)
    const { value, unit } = quantityIn(body['quantity'])
    const text = (field: string): string => textOf(body, field)
    const expiry = text('expiry')
    return {
      line,
      orderLine: whole(text('orderLine')),
      code: codeOf(body, 'item').code,
      description: text('description'),
      quantity: value,
      unit,
      unitPrice: decimalOf(body, 'unitPrice'),
      amount: decimalOf(body, 'amount'),
      received: decimalOf(body, 'received'),
      status: text('status'),
      date: isDay(text('date')) ? text('date') : '',
      lot: text('lot'),
      serial: text('serial'),
      expiry: isDay(expiry) ? expiry : '',
      location: text('location'),
      costCentre: text('costCentre'),
      serviceLine: text('serviceLine'),
      account: text('account'),
      huge: isHuge(body) || ['unitPrice', 'amount'].some((field) => tooMany(text(field))),
    }
  })
}

/** The day of a document: its own date, else the day it happened, else the day it came. */
export function dayOf(event: BridgeEvent): string {
  const date = textOf(event.body, 'date')
  const occurred = textOf(event.body, 'occurredAt').slice(0, 'YYYY-MM-DD'.length)
  if (isDay(date)) return date
  return isDay(occurred) ? occurred : new Date(event.receivedAt).toISOString().slice(0, 'YYYY-MM-DD'.length)
}
