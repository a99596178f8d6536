/** One `set:` entry of a FHIR channel compiled: from a scope to the field's value and where it came from. */
import { minorUnits } from '../../canonical/index.ts'
import type { FieldRule, LookupTable, Need, Origin } from '../../channels/contract/index.ts'
import { conversionOf, plainHyphens, Refusal, tableOf } from '../fields/index.ts'
import type { FieldPlace, Problems } from '../fields/index.ts'
import { textOfFound } from '../fhirpath/index.ts'
import type { FhirCondition, FhirScope, Found } from '../fhirpath/index.ts'
import { readCode } from './composites.ts'
import { converter, textConverter } from './convert.ts'
import type { Parts } from './convert.ts'
import type { Reads } from './paths.ts'

export interface Moment {
  readonly scope: FhirScope
  /** `YYYY-MM-DD` of the event, for tables. */
  readonly day: string
  readonly year: number
}

/** `value` undefined: there is none. */
export interface FieldReading {
  readonly value: unknown
  readonly origin: Origin | null
  /** FHIRPath of the value, or of where it should be. */
  readonly place: string
  /** Set by a table that has no row. */
  readonly need: Need | null
  /** Of lines: what each of their fields lacks, and where it came from, by `lines[0].item`. */
  readonly inner?: { readonly needs: readonly Need[]; readonly origins: Readonly<Record<string, Origin>> }
}

export interface CompiledFhirField {
  readonly name: string
  readonly required: boolean
  readonly minus: FhirCondition | null
  readonly read: (moment: Moment) => FieldReading
}

/** Compiles a field. Problems go to `problems`; the field is then not to be used. */
export function compileFhirField(
  place: FieldPlace,
  rule: FieldRule,
  reads: Reads,
  tables: ReadonlyMap<string, LookupTable>,
  problems: Problems,
): CompiledFhirField {
  const conversion = conversionOf(place, rule, problems)
  const partsOf = compileParts(rule, reads, problems)
  const path = rule.from === null ? null : reads.path(rule.from, problems.at('from'))
  const table = tableOf(rule, tables, problems)
  const fromText = textConverter(place, conversion)
  const convert = converter(place, conversion)
  const facts = { rule: `${place.rule}/${place.name}`, ...(rule.table === null ? {} : { table: rule.table }), ...(rule.as === null ? {} : { as: rule.as }) }
  for (const key of ['value', 'default'] as const) {
    const literal = rule[key]
    const made = literal === null ? undefined : fromText(literal, NO_PARTS, 2000)
    if (made instanceof Refusal && made.code !== 'UNKNOWN_CURRENCY') problems.at(key).add('bad-value', `${literal ?? ''}: ${made.text}`)
  }
  const none = (at: string): FieldReading => ({ value: undefined, origin: null, place: at, need: null })
  const readOne = table === null ? null : tableReader(place, rule, table, fromText)
  const fallback = ({ scope, year }: Moment): FieldReading => {
    const literal = rule.value ?? rule.default
    const at = path?.text ?? literal ?? ''
    if (literal === null || (rule.value === null && scope.missing.size > 0)) return none(at)
    const origin = rule.value === null ? { path: at, ...facts, default: true as const } : { path: literal, ...facts }
    return { value: fromText(literal, partsOf(scope), year), origin, place: at, need: null }
  }
  return {
    name: place.name,
    required: place.required,
    minus: rule.minus === null ? null : reads.condition(rule.minus, problems.at('minus')),
    read(moment) {
      if (path === null) return fallback(moment)
      const { scope, year } = moment
      const parts = partsOf(scope)
      for (const found of path.find(scope)) {
        const read = readOne ? readOne(found, parts, moment) : { value: convert(found, parts, scope, year), need: null }
        if (read.value === undefined && read.need === null) continue
        return { ...read, origin: { path: found.place, ...facts }, place: found.place }
      }
      return fallback(moment)
    },
  }
}

const NO_PARTS: Parts = { wanted: '', system: '', text: '', unit: '', currency: '' }

function compileParts(rule: FieldRule, reads: Reads, problems: Problems): (scope: FhirScope) => Parts {
  const wanted = rule.system?.startsWith('=') === true ? rule.system.slice(1) : ''
  const system = wanted === '' ? reads.part(rule.system, problems.at('system')) : () => ''
  const text = reads.part(rule.text, problems.at('text'))
  const unit = reads.part(rule.unit, problems.at('unit'))
  const currency = compileCurrency(rule.currency, reads, problems.at('currency'))
  if (rule.system === null && rule.text === null && rule.unit === null && rule.currency === null) return () => NO_PARTS
  return (scope) => ({ wanted, system: system(scope), text: text(scope), unit: unit(scope), currency: currency(scope) })
}

function compileCurrency(text: string | null, reads: Reads, problems: Problems): (scope: FhirScope) => string {
  if (text === null || !/^=?[A-Za-z]{3}$/.test(text)) return reads.part(text, problems)
  const code = text.replace('=', '').toUpperCase()
  if (minorUnits(code) === undefined) problems.add('unknown-currency', `${code} is not an ISO 4217 currency`)
  return () => code
}

function tableReader(place: FieldPlace, { missing }: FieldRule, table: LookupTable, fromText: ReturnType<typeof textConverter>) {
  const refusal = new Refusal('UNMAPPED_CODE', `The code is in no row of table ${table.name}.`)
  return (found: Found, parts: Parts, { day, year }: Moment): { readonly value: unknown; readonly need: Need | null } => {
    const code = plainHyphens(codeText(found, parts.wanted))
    if (code === '') return { value: undefined, need: null }
    const value = table.find(code, day)
    if (value !== undefined) return { value: fromText(value, parts, year), need: null }
    if (missing === 'keep') return { value: fromText(code, parts, year), need: null }
    if (missing === 'reject') return { value: refusal, need: null }
    if (missing === 'empty') return { value: undefined, need: null }
    const text = `Table ${table.name} has no row for ${code} on ${day}: add it and reload${place.inLine ? '' : ', or give the value here'}.`
    const field = place.inLine ? '' : place.name
    return { value: undefined, need: { kind: 'UNMAPPED_CODE', subject: `${table.name}:${code}`, field, place: found.place, text } }
  }
}

/** The code that a table is asked for: of a concept the coding of the system that is wanted. */
function codeText(found: Found, wanted: string): string {
  const { value } = found
  if (wanted !== '' && typeof value === 'object' && value !== null && ('coding' in value || 'system' in value))
    return readCode(value as Parameters<typeof readCode>[0], wanted)?.code ?? ''
  return textOfFound(found).trim()
}
