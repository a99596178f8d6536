/** The named conversions of `as:`, and which kinds of field each may fill. */
import type { FieldKind } from '../../canonical/index.ts'
import { parseUdi } from '../udi/index.ts'
import { readDate, readDecimal, readMoment, readNdc } from './values.ts'
import type { Refusal } from './values.ts'

export const CONVERSIONS = ['text', 'code', 'decimal', 'quantity', 'money', 'moment', 'date', 'udi', 'identifier', 'upper', 'lower', 'trim', 'ndc'] as const
export type Conversion = (typeof CONVERSIONS)[number]

/** Kinds of single values. Lines are made of them; the rest come from ERPs and partners. */
export type SettableKind = Extract<FieldKind, Conversion>

export function isSettable(kind: FieldKind): kind is SettableKind {
  return kind in FITS
}

const FITS: Readonly<Record<SettableKind, readonly Conversion[]>> = {
  text: ['text', 'upper', 'lower', 'trim', 'decimal', 'moment', 'date', 'ndc'],
  code: ['code', 'text', 'upper', 'lower', 'trim', 'ndc'],
  identifier: ['identifier', 'text', 'upper', 'lower', 'trim'],
  decimal: ['decimal'],
  quantity: ['quantity', 'decimal'],
  money: ['money', 'decimal'],
  moment: ['moment', 'date'],
  date: ['date'],
  udi: ['udi'],
}

/** The conversions that give what a field of this kind holds. */
export function conversionsFor(kind: SettableKind): readonly Conversion[] {
  return FITS[kind]
}

/** Text to the conversion's value. Composite kinds get their parts elsewhere; here they take the text as it is. */
export type TextConversion = (text: string, year: number) => unknown

const SAME: TextConversion = (text) => text
const OF_TEXT: Readonly<Partial<Record<Conversion, (text: string, year: number) => string | Refusal | object>>> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  decimal: readDecimal,
  moment: readMoment,
  date: readDate,
  ndc: readNdc,
  udi: parseUdi,
}

export function textConversion(conversion: Conversion): TextConversion {
  return OF_TEXT[conversion] ?? SAME
}
