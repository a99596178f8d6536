/** One `set:` entry compiled: from a scope to the field's value. */
import { minorUnits } from '../../canonical/index.ts'
import type { FieldRule, LookupTable, Need, Origin } from '../../channels/contract/index.ts'
import { codeOf, conversionOf, KEYS, moneyOf, plainHyphens, quantityOf, Refusal, tableOf, textConversion } from '../fields/index.ts'
import type { Conversion, FieldPlace, Problems } from '../fields/index.ts'
import { compileCondition, compileSource, readFirst } from '../language/index.ts'
import type { Condition, Reader, Scope } from '../language/index.ts'
import { isPerson, leavesOf, readCode, readIdentifier, readMoney, readQuantity } from './composites.ts'

/** What a field's reading needs to know and tells, one object for all events of a message. */
export interface Reading {
  scope: Scope
  /** `YYYY-MM-DD` of the event, for tables. */
  day: string
  readonly year: number
  /** Which of the field's origins holds after reading: 0 none. */
  state: number
  /** Reader that gave the value or refused it. */
  reader: Reader | null
  /** Set by a table that has no row. */
  need: Need | null
}

export interface CompiledField {
  readonly name: string
  readonly required: boolean
  /** The value, undefined when there is none, or why it cannot be made. */
  readonly read: (reading: Reading) => unknown
  /** By state; the first is for "no value". */
  readonly origins: readonly (Origin | null)[]
  readonly minus: Condition | null
  readonly readers: readonly Reader[]
}

/** The field of money that is booked as it stands; the others are prices of one. */
const EXTENDED = 'amount'

type Part = (scope: Scope) => string
const NOTHING: Part = () => ''

/** Compiles a field. Problems go to `problems`; the field is then not to be used. */
export function compileField(place: FieldPlace, rule: FieldRule, tables: ReadonlyMap<string, LookupTable>, problems: Problems): CompiledField {
  const conversion = conversionOf(place, rule, problems)
  const parts = {
    system: compilePart(rule.system, problems.at('system')),
    text: compilePart(rule.text, problems.at('text')),
    unit: compilePart(rule.unit, problems.at('unit')),
    currency: compileCurrency(rule.currency, problems.at('currency')),
  }
  const readers = rule.from === null ? [] : sourceOf(rule.from, problems.at('from'))
  const table = tableOf(rule, tables, problems)
  const fromText = textReader(place, conversion, parts)
  const readOne = table === null ? directReader(place, conversion, rule, parts, fromText) : tableReader(place, rule, table, fromText)
  const literals = compileLiterals(rule, problems, (text) => fromText(text, null, 2000))
  return {
    name: place.name,
    required: place.required,
    readers,
    minus: compileMinus(rule.minus, problems.at('minus')),
    origins: originsOf(place, rule, readers),
    read: createRead(readers, readOne, fromText, rule, literals),
  }
}

type ReadOne = (reader: Reader, reading: Reading) => unknown
/** Without a scope (a literal judged when the channel is compiled) parts that are paths give nothing. */
type FromText = (text: string, scope: Scope | null, year: number) => unknown
interface Parts {
  readonly system: Part
  readonly text: Part
  readonly unit: Part
  readonly currency: Part
}

function createRead(readers: readonly Reader[], readOne: ReadOne, fromText: FromText, rule: FieldRule, literals: Literals): CompiledField['read'] {
  const fixed = literals.value
  if (fixed !== null) {
    return (reading) => {
      reading.state = 1
      reading.reader = null
      return fromText(fixed, reading.scope, reading.year)
    }
  }
  const fallback = rule.default
  return (reading) => {
    for (let i = 0; i < readers.length; i++) {
      const reader = readers[i]
      if (reader === undefined) break
      const value = readOne(reader, reading)
      if (value === undefined && reading.need === null) continue
      reading.state = i + 1
      reading.reader = reader
      return value
    }
    reading.reader = readers[0] ?? null
    // The HL7 null says "no value" on purpose: the default is for fields that say nothing.
    if (fallback === null || readers.some((reader) => reader.isNull(reading.scope))) {
      reading.state = 0
      return undefined
    }
    reading.state = readers.length + 1
    return fromText(fallback, reading.scope, reading.year)
  }
}

function directReader(place: FieldPlace, conversion: Conversion, rule: FieldRule, parts: Parts, fromText: FromText): ReadOne {
  const plain: ReadOne = (reader, { scope, year }) => {
    const text = reader.read(scope)
    return text === '' ? undefined : fromText(text, scope, year)
  }
  const whole =
    (read: ReadOne): ReadOne =>
    (reader, reading) =>
      reader.path.component === null ? read(reader, reading) : plain(reader, reading)
  const wanted = rule.system?.startsWith('=') ? rule.system.slice(1) : ''
  if (place.kind === 'code' && conversion === 'code') {
    return whole((reader, { scope }) => {
      const leaves = leavesOf(reader, scope)
      const code = leaves && readCode(leaves, wanted)
      if (!code) return undefined
      return codeOf(code.code, parts.system(scope) || (code.system ?? ''), parts.text(scope) || (code.text ?? ''))
    })
  }
  if (place.kind === 'identifier' && conversion === 'identifier') {
    return whole((reader, { scope }) => {
      const leaves = leavesOf(reader, scope)
      const identifier = leaves && readIdentifier(leaves, isPerson(`${reader.path.segment}-${reader.path.field}`, place.name))
      if (!identifier) return undefined
      const system = parts.system(scope)
      return system === '' ? identifier : { ...identifier, system }
    })
  }
  if (place.kind === 'money' || place.kind === 'quantity') {
    return (reader, reading) => {
      if (reader.path.subcomponent !== null) return plain(reader, reading)
      const leaves = leavesOf(reader, reading.scope)
      if (leaves === null) return undefined
      return place.kind === 'money'
        ? readMoney(leaves, reader.path.component, parts.currency(reading.scope), place.name === EXTENDED)
        : readQuantity(leaves, reader.path.component, parts.unit(reading.scope))
    }
  }
  return plain
}

/** From a bare text (a literal, a default, a table's value, a path with a component) to the field's value. */
function textReader(place: FieldPlace, conversion: Conversion, parts: Parts): FromText {
  const convert = textConversion(conversion)
  const part = (read: Part, scope: Scope | null): string => (scope === null ? '' : read(scope))
  if (place.kind === 'money') return (text, scope) => moneyOf(text, '', part(parts.currency, scope), place.name === EXTENDED)
  if (place.kind === 'quantity') return (text, scope) => quantityOf(text, part(parts.unit, scope))
  if (place.kind === 'code') {
    return (text, scope, year) => {
      const code = convert(text, year)
      return typeof code === 'string' ? codeOf(code, part(parts.system, scope), part(parts.text, scope)) : code
    }
  }
  if (place.kind === 'identifier') {
    return (text, scope, year) => {
      const value = convert(text, year)
      const system = part(parts.system, scope)
      return typeof value === 'string' ? { value, ...(system === '' ? {} : { system }) } : value
    }
  }
  if (place.kind === 'text' && conversion === 'text' && KEYS.has(place.name)) return (text) => plainHyphens(text)
  return (text, _scope, year) => convert(text, year)
}

function tableReader(place: FieldPlace, rule: FieldRule, table: LookupTable, fromText: FromText): ReadOne {
  const { missing } = rule
  const refusal = new Refusal('UNMAPPED_CODE', `The code is in no row of table ${table.name}.`)
  return (reader, reading) => {
    const code = plainHyphens(reader.read(reading.scope))
    if (code === '') return undefined
    const value = table.find(code, reading.day)
    if (value !== undefined) return fromText(value, reading.scope, reading.year)
    if (missing === 'keep') return fromText(code, reading.scope, reading.year)
    if (missing === 'reject') return refusal
    if (missing === 'worklist') {
      reading.need = {
        kind: 'UNMAPPED_CODE',
        subject: `${table.name}:${code}`,
        field: place.name,
        place: reader.place(reading.scope),
        text: `Table ${table.name} has no row for ${code} on ${reading.day}: add it and reload, or give the value here.`,
      }
    }
    return undefined
  }
}

function sourceOf(text: string, problems: Problems): readonly Reader[] {
  const answer = compileSource(text)
  if (answer.ok) return answer.readers
  problems.add('bad-path', `${text}: ${answer.problem.reason}`, answer.problem.suggestion)
  return []
}

/** A path, or a literal after `=`. */
function compilePart(text: string | null, problems: Problems): Part {
  if (text === null) return NOTHING
  if (text.startsWith('=')) {
    const literal = text.slice(1)
    return () => literal
  }
  const readers = sourceOf(text, problems)
  return (scope) => readFirst(readers, scope)
}

function compileCurrency(text: string | null, problems: Problems): Part {
  if (text === null) return NOTHING
  if (/^=?[A-Za-z]{3}$/.test(text)) {
    const code = text.replace('=', '').toUpperCase()
    if (minorUnits(code) === undefined) problems.add('unknown-currency', `${code} is not an ISO 4217 currency`)
    return () => code
  }
  return compilePart(text, problems)
}

function compileMinus(source: string | null, problems: Problems): Condition | null {
  if (source === null) return null
  const answer = compileCondition(source)
  if (answer.ok) return answer.test
  problems.add(answer.problem.code, answer.problem.message, answer.problem.suggestion)
  return null
}

interface Literals {
  readonly value: string | null
}

/** A literal must have the form of its field; what it needs from the message (unit, currency) shows only there. */
function compileLiterals(rule: FieldRule, problems: Problems, convert: (text: string) => unknown): Literals {
  for (const key of ['value', 'default'] as const) {
    const text = rule[key]
    const made = text === null ? undefined : convert(text)
    if (made instanceof Refusal && made.code !== 'UNKNOWN_CURRENCY') problems.at(key).add('bad-value', `${text}: ${made.text}`)
  }
  return { value: rule.value }
}

function originsOf(place: FieldPlace, rule: FieldRule, readers: readonly Reader[]): readonly (Origin | null)[] {
  const facts = {
    rule: `${place.rule}/${place.name}`,
    ...(rule.table === null ? {} : { table: rule.table }),
    ...(rule.as === null ? {} : { as: rule.as }),
  }
  if (rule.value !== null) return [null, { path: rule.value, ...facts }]
  const origins: (Origin | null)[] = [null, ...readers.map((reader) => ({ path: reader.path.text, ...facts }))]
  if (rule.default !== null) origins.push({ path: readers[0]?.path.text ?? rule.default, ...facts, default: true })
  return origins
}
