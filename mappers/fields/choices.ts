/** What a `set:` entry says about its field, checked: conversion and table. */
import type { FieldRule, LookupTable } from '../../channels/contract/index.ts'
import { CONVERSIONS, conversionsFor } from './conversions.ts'
import type { Conversion, SettableKind } from './conversions.ts'
import type { Problems } from './problems.ts'

export interface FieldPlace {
  readonly name: string
  readonly kind: SettableKind
  readonly required: boolean
  /** `channel/rule`. */
  readonly rule: string
  /** A field of a line: a person who is asked for it cannot give it alone. */
  readonly inLine?: true
}

/** Fields of text that hold a key of master data: hyphens are made plain. */
export const KEYS: ReadonlySet<string> = new Set(['department', 'location', 'toLocation', 'costCentre', 'serviceLine', 'supplier', 'code'])

export function conversionOf(place: FieldPlace, rule: FieldRule, problems: Problems): Conversion {
  const { as } = rule
  if (as === null) return place.kind
  const known = CONVERSIONS.find((name) => name === as)
  if (known === undefined) problems.at('as').unknown('unknown-conversion', `there is no conversion ${as}; there are ${CONVERSIONS.join(', ')}`, as, CONVERSIONS)
  else if (!conversionsFor(place.kind).includes(known)) {
    problems.at('as').add('bad-conversion', `${place.name} is of kind ${place.kind}; ${as} does not give that`, conversionsFor(place.kind)[0])
  } else return known === 'trim' ? 'text' : known
  return place.kind
}

export function tableOf(rule: FieldRule, tables: ReadonlyMap<string, LookupTable>, problems: Problems): LookupTable | null {
  if (rule.table === null) return null
  const table = tables.get(rule.table)
  if (table === undefined) problems.at('table').unknown('unknown-table', `there is no table ${rule.table} in tables/`, rule.table, tables.keys())
  return table ?? null
}
