/** From a resource to the values by which it is found. */
import type { ResourceKey } from '../../../channels/contract/index.ts'
import type { Json, JsonObject } from '../content.ts'
import { isArray, isObject } from '../json.ts'
import { valueSetOf } from '../tables.ts'
import { EARLIEST, LATEST, spanOf } from './moments.ts'
import type { Span } from './moments.ts'
import { searchTable } from './parameters.ts'
import type { SearchParam } from './parameters.ts'
import { valuesAt } from './paths.ts'
import type { Typed } from './paths.ts'
import { folded, relative } from './texts.ts'

type Part = Omit<ResourceKey, 'param'> & { readonly suffix?: string }

/**
 * Keys of every search parameter of its type. Beside the parameter's own there are `NAME:exact` for texts as they were written and
 * `NAME:identifier` for references by identifier. What is there but has nothing to be found by has the value '': it is not missing.
 *
 * @param base absolute URL of the server that keeps it, without a final slash: references under it become relative
 */
export function keysOf(resource: JsonObject, base = ''): readonly ResourceKey[] {
  const type = resource['resourceType']
  if (typeof type !== 'string') return []
  const keys = new Map<string, ResourceKey>()
  for (const param of searchTable(type).values()) {
    for (const path of param.paths) {
      for (const typed of valuesAt(resource, path)) {
        const parts = partsOf(param, typed, base)
        const silent = !BOUNDED.has(param.type) && parts.every(({ suffix }) => suffix !== undefined)
        for (const { suffix = '', ...rest } of silent ? [...parts, PRESENT] : parts) {
          const key: ResourceKey = { param: param.name + suffix, ...rest }
          keys.set(`${key.param}\n${key.system}\n${key.value}\n${key.low}\n${key.high}`, key)
        }
      }
    }
  }
  return [...keys.values()]
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const part = (value: string, system = '', span: Span = { low: 0, high: 0 }, suffix?: string): Part => ({
  system,
  value,
  ...span,
  ...(suffix === undefined ? {} : { suffix }),
})
const PRESENT = part('')
/** Compared by bounds: a key without any would lie at 0. */
const BOUNDED: ReadonlySet<string> = new Set(['date', 'number', 'quantity'])

function partsOf(param: SearchParam, typed: Typed, base: string): readonly Part[] {
  switch (param.type) {
    case 'token':
      return tokens(typed)
    case 'reference':
      return references(typed, base)
    case 'date':
      return dates(typed)
    case 'string':
      return texts(typed).flatMap((each) => [part(folded(each)), part(each, '', undefined, ':exact')])
    case 'uri':
      return typeof typed.value === 'string' ? [part(typed.value)] : []
    case 'number':
      return typeof typed.value === 'number' ? [part('', '', { low: typed.value, high: typed.value })] : []
    case 'quantity':
      return quantities(typed)
  }
}

function tokens({ value, type, valueSet }: Typed): readonly Part[] {
  if (typeof value === 'boolean') return [part(String(value))]
  if (typeof value === 'number') return [part(String(value))]
  if (typeof value === 'string') return [part(value, type === 'code' && valueSet !== null ? impliedSystem(valueSet) : '')]
  if (!isObject(value)) return []
  if (type === 'CodeableConcept') return isArray(value['coding']) ? value['coding'].flatMap(coding) : []
  if (type === 'Coding') return coding(value)
  if (type === 'Identifier') return value['value'] === undefined ? [] : [part(text(value['value']), text(value['system']))]
  return type === 'ContactPoint' && value['value'] !== undefined ? [part(text(value['value']))] : []
}

/** A code is of the one system that its value set takes codes from. */
function impliedSystem(name: string): string {
  const systems = [...(valueSetOf(name)?.keys() ?? [])]
  return systems.length === 1 ? (systems[0] ?? '') : ''
}

const coding = (value: Json): readonly Part[] =>
  isObject(value) && (value['code'] !== undefined || value['system'] !== undefined) ? [part(text(value['code']), text(value['system']))] : []

function references({ value, type }: Typed, base: string): readonly Part[] {
  if (typeof value === 'string') {
    const [url = ''] = value.split('|')
    return url === value ? [part(relative(value, base))] : [part(value), part(url)]
  }
  if (!isObject(value)) return []
  if (type === 'Resource') return typeof value['id'] === 'string' ? [part(`${text(value['resourceType'])}/${value['id']}`)] : []
  const { reference, identifier } = value
  const parts: Part[] = []
  if (typeof reference === 'string' && !reference.startsWith('#')) parts.push(part(relative(reference, base)))
  if (isObject(identifier) && identifier['value'] !== undefined)
    parts.push(part(text(identifier['value']), text(identifier['system']), undefined, ':identifier'))
  return parts
}

function dates({ value, type }: Typed): readonly Part[] {
  if (typeof value === 'string') return spans([spanOf(value)])
  if (!isObject(value)) return []
  if (type === 'Period') return spans([periodOf(value)])
  if (type !== 'Timing') return []
  const repeat = isObject(value['repeat']) ? value['repeat'] : {}
  const events = isArray(value['event']) ? value['event'] : []
  return spans([...events.map((each) => spanOf(text(each))), ...(isObject(repeat['boundsPeriod']) ? [periodOf(repeat['boundsPeriod'])] : [])])
}

const spans = (all: readonly (Span | null)[]): readonly Part[] => all.flatMap((span) => (span === null ? [] : [part('', '', span)]))

function periodOf({ start, end }: JsonObject): Span | null {
  const from = start === undefined ? { low: EARLIEST } : spanOf(text(start))
  const to = end === undefined ? { high: LATEST } : spanOf(text(end))
  return from === null || to === null ? null : { low: from.low, high: to.high }
}

const NAME_PARTS = ['text', 'family', 'given', 'prefix', 'suffix']
const ADDRESS_PARTS = ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country']

function texts({ value, type }: Typed): readonly string[] {
  if (typeof value === 'string') return [value]
  if (!isObject(value)) return []
  if (type === 'CodeableConcept') return value['text'] === undefined ? [] : [text(value['text'])]
  const names = type === 'HumanName' ? NAME_PARTS : type === 'Address' ? ADDRESS_PARTS : []
  return names.flatMap((name) => {
    const inner = value[name]
    return isArray(inner) ? inner.map(text) : inner === undefined ? [] : [text(inner)]
  })
}

function quantities({ value, type }: Typed): readonly Part[] {
  if (!isObject(value)) return []
  if (type === 'Money') return typeof value['value'] === 'number' ? [part(text(value['currency']), 'urn:iso:std:iso:4217', point(value['value']))] : []
  if (type === 'Range') {
    const low = isObject(value['low']) ? value['low'] : {}
    const high = isObject(value['high']) ? value['high'] : {}
    const span = { low: numberOr(low['value'], -Number.MAX_VALUE), high: numberOr(high['value'], Number.MAX_VALUE) }
    return units(low['code'] === undefined && low['unit'] === undefined ? high : low, span)
  }
  return typeof value['value'] === 'number' ? units(value, point(value['value'])) : []
}

const point = (value: number): Span => ({ low: value, high: value })
const numberOr = (value: Json | undefined, other: number): number => (typeof value === 'number' ? value : other)

/** By its code, and by the unit that people read. */
function units({ system, code, unit }: JsonObject, span: Span): readonly Part[] {
  const coded = part(text(code), text(system), span)
  if (code === undefined) return [part(text(unit), '', span)]
  return unit === undefined || unit === code ? [coded] : [coded, part(text(unit), '', span)]
}
