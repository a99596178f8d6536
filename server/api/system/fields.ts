/** How columns of the bridge's tables are shown: names in camel case, decimals as decimal strings, times as instants. */
import { z } from 'zod'
import { SCALE } from '../../../channels/contract/index.ts'
import type { BridgeTable, BridgeTables } from '../../../channels/contract/index.ts'
import { instant } from '../shapes.ts'

/** `decimal`: scaled by 10⁶; `flag`: 0 or 1; `at`: milliseconds, 0 is never; `list`: words with spaces between them. */
export type Kind = 'text' | 'decimal' | 'int' | 'flag' | 'at' | 'list'

/** Column → what it means; `decimal:` and the like before it say how it is shown. Columns that are not named are not shown. */
export type Columns<T extends BridgeTable> = { readonly [C in keyof BridgeTables[T]]?: string }

type Value = string | number | boolean | null | readonly string[]
export type Shown = Readonly<Record<string, Value>>

const SHAPES: Readonly<Record<Kind, z.ZodType>> = {
  text: z.string(),
  decimal: z.string().regex(/^-?\d+(\.\d{1,6})?$/),
  int: z.number().int(),
  flag: z.boolean(),
  at: instant.nullable(),
  list: z.array(z.string()),
}

/** `base_uom` → `baseUom`. */
export function camel(column: string): string {
  return column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function kindOf(about: string): { readonly kind: Kind; readonly about: string } {
  const match = /^(decimal|int|flag|at|list): (.*)$/s.exec(about)
  return match === null ? { kind: 'text', about } : { kind: match[1] as Kind, about: match[2] ?? '' }
}

/** Shape of a row as it is shown. */
export function shapeOf<T extends BridgeTable>(columns: Columns<T>): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries<string | undefined>(columns).flatMap(([column, text]) => {
      if (text === undefined) return []
      const { kind, about } = kindOf(text)
      return [[camel(column), SHAPES[kind].meta({ description: about })]]
    }),
  )
}

/** A row as it is shown. */
export function show<T extends BridgeTable>(columns: Columns<T>, row: BridgeTables[T]): Shown {
  const values = row as Readonly<Record<string, string | number>>
  return Object.fromEntries(
    Object.entries<string | undefined>(columns).flatMap(([column, text]) =>
      text === undefined ? [] : [[camel(column), valueOf(kindOf(text).kind, values[column] ?? '')]],
    ),
  )
}

function valueOf(kind: Kind, value: string | number): Value {
  switch (kind) {
    case 'decimal':
      return decimalOf(Number(value))
    case 'flag':
      return value === 1
    case 'at':
      return value === 0 || value === '' ? null : new Date(Number(value)).toISOString()
    case 'list':
      return String(value).split(' ').filter(Boolean)
    case 'int':
      return Number(value)
    case 'text':
      return String(value)
  }
}

/** An integer scaled by 10⁶ as a decimal without zeros at its end: 2500000 → `2.5`. */
export function decimalOf(scaled: number): string {
  const digits = String(Math.abs(scaled)).padStart(7, '0')
  const cut = digits.length - String(SCALE).length + 1
  const fraction = digits.slice(cut).replace(/0+$/, '')
  return `${scaled < 0 ? '-' : ''}${digits.slice(0, cut)}${fraction === '' ? '' : `.${fraction}`}`
}
