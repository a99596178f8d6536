/** A `set:` entry with `for_each` compiled: the lines of a document, each read from its own item. */
import { DOCUMENT_LINE } from '../../canonical/index.ts'
import type { Field } from '../../canonical/index.ts'
import type { FieldRule, LinesRule, LookupTable, Need, Origin } from '../../channels/contract/index.ts'
import { isSettable, Refusal } from '../fields/index.ts'
import type { FieldPlace, Problems } from '../fields/index.ts'
import { compileFhirPath, kindsGiven } from '../fhirpath/index.ts'
import type { Kinds } from '../fhirpath/index.ts'
import { compileFhirField } from './field.ts'
import type { CompiledFhirField, Moment } from './field.ts'
import { Reads } from './paths.ts'

const SHAPE: Readonly<Record<string, Field>> = DOCUMENT_LINE
const NEGATIVE = new Refusal('BAD_VALUE', 'Expected a quantity of zero or more: what goes back is a document of its own kind, such as a credit.')

/**
 * @param resource what the rule's resource is
 * @param item what the rule is about
 */
export function compileFhirLines(
  place: Omit<FieldPlace, 'kind'>,
  rule: FieldRule,
  { resource, item }: { readonly resource: Kinds; readonly item: Kinds },
  tables: ReadonlyMap<string, LookupTable>,
  problems: Problems,
): CompiledFhirField | null {
  const { lines } = rule
  if (!lines) {
    problems.add('not-settable', `${place.name} is made of lines: say for_each and set instead of from`)
    return null
  }
  const items = new Reads(resource, item).path(lines.forEach, problems.at('for_each'))
  const answer = compileFhirPath(lines.forEach)
  const reads = new Reads(resource, answer.ok ? kindsGiven(answer.atom, resource, item) : null)
  const fields = compileFields(place, lines, reads, tables, problems)
  if (items === null) return null
  return {
    name: place.name,
    required: place.required,
    minus: null,
    read({ scope, day, year }) {
      const made: Readonly<Record<string, unknown>>[] = []
      const needs: Need[] = []
      const origins: Record<string, Origin> = {}
      for (const [n, found] of items.find(scope).entries()) {
        const inner = scope.at(found.value)
        const line = readLine(fields, { scope: inner, day, year }, n)
        for (const reference of inner.missing) scope.missing.add(reference)
        if (line.refused) return { value: line.refused.value, origin: null, place: line.refused.place, need: null }
        made.push(line.body)
        needs.push(...line.needs)
        for (const [name, origin] of line.origins) origins[`${place.name}[${n}].${name}`] = origin
      }
      if (made.length === 0) return { value: undefined, origin: null, place: items.text, need: null }
      const origin = { path: items.text, rule: `${place.rule}/${place.name}` }
      return { value: made, origin, place: items.text, need: null, inner: { needs, origins } }
    },
  }
}

function compileFields(
  { name, rule }: Omit<FieldPlace, 'kind'>,
  { set }: LinesRule,
  reads: Reads,
  tables: ReadonlyMap<string, LookupTable>,
  problems: Problems,
): readonly CompiledFhirField[] {
  const fields: CompiledFhirField[] = []
  for (const [field, entry] of Object.entries(set)) {
    const at = problems.at('set', field)
    const kind = SHAPE[field]?.kind
    if (kind === undefined || !isSettable(kind)) at.unknown('unknown-field', `a line has no field ${field}`, field, Object.keys(SHAPE))
    else if (entry.minus !== null) at.at('minus').add('no-reversal', 'minus goes with an event, not with one of its lines')
    else fields.push(compileFhirField({ name: field, kind, required: false, rule: `${rule}/${name}`, inLine: true }, entry, reads, tables, at))
  }
  return fields
}

interface ReadLine {
  readonly body: Readonly<Record<string, unknown>>
  readonly needs: readonly Need[]
  readonly origins: readonly (readonly [string, Origin])[]
  readonly refused?: { readonly value: Refusal; readonly place: string }
}

function readLine(fields: readonly CompiledFhirField[], moment: Moment, n: number): ReadLine {
  const body: Record<string, unknown> = {}
  const needs: Need[] = []
  const origins: (readonly [string, Origin])[] = []
  for (const field of fields) {
    const { need, origin, place, value } = field.read(moment)
    if (value instanceof Refusal) return { body, needs, origins, refused: { value, place } }
    if (field.name === 'quantity' && (value as { readonly value?: string } | undefined)?.value?.startsWith('-') === true)
      return { body, needs, origins, refused: { value: NEGATIVE, place } }
    if (need) needs.push(need)
    else if (value !== undefined) body[field.name] = value
    if (origin && (need || value !== undefined)) origins.push([field.name, origin])
  }
  // Its place is its number where it states none.
  return { body: { line: String(n + 1), ...body }, needs, origins }
}
