/** One mapping rule compiled: from a scope to an event. */
import { EVENT_FIELDS, REVERSALS } from '../../canonical/index.ts'
import type { EventType, Field } from '../../canonical/index.ts'
import { AqueductError, formatEventId } from '../../channels/contract/index.ts'
import type { Fault, LookupTable, MappedEvent, MapRule, Need, Origin } from '../../channels/contract/index.ts'
import { FROM_UDI, isSettable, isZero, joinKey, keysOf, matchersOf, Refusal, reverse } from '../fields/index.ts'
import type { Envelope, Problems } from '../fields/index.ts'
import { compileCondition, compileSource, readFirst } from '../language/index.ts'
import type { Condition, Reader, Scope } from '../language/index.ts'
import type { Udi } from '../udi/index.ts'
import { compileField } from './field.ts'
import type { CompiledField, Reading } from './field.ts'
import { Origins } from './origins.ts'

export interface CompiledRule {
  readonly forEach: string | null
  /** null when `when` is false, 'zero' when the line states that nothing moved. */
  readonly run: (scope: Scope, anchor: string, envelope: Envelope) => MappedEvent | Fault | 'zero' | null
}

const SEGMENT = /^[A-Z][A-Z0-9]{2}$/

export function compileRule(channel: string, rule: MapRule, tables: ReadonlyMap<string, LookupTable>, problems: Problems): CompiledRule {
  if (rule.forEach !== null && !SEGMENT.test(rule.forEach)) {
    problems.at('for_each').add('bad-path', `${rule.forEach}: for_each takes the name of a segment, such as FT1`, rule.forEach.toUpperCase().slice(0, 3))
  }
  const type = Object.keys(EVENT_FIELDS).find((name) => name === rule.to) as EventType | undefined
  if (type === undefined) problems.at('to').unknown('unknown-event', `there is no event ${rule.to}`, rule.to, Object.keys(EVENT_FIELDS))
  const shape: Readonly<Record<string, Field>> = type === undefined ? {} : EVENT_FIELDS[type]
  const name = `${channel}/${rule.id}`
  const fields = type === undefined ? [] : compileFields(name, rule, shape, tables, problems)
  const reversal = type === undefined ? undefined : REVERSALS[type]
  for (const field of fields) {
    if (field.minus && reversal === undefined)
      problems.at('set', field.name, 'minus').add('no-reversal', `${rule.to} has no reversal; minus goes with ${Object.keys(REVERSALS).join(', ')}`)
  }
  const when = rule.when === null ? null : compileWhen(rule.when, problems.at('when'))
  const whenPlace = `${name}/when`
  const business = rule.businessKey.map((path, i) => readersOf(path, problems.at('business_key', i)))
  const build = createBuild({ rule, name, fields, reversal, business, filled: FROM_UDI.filter((field) => field in shape) })
  return {
    forEach: rule.forEach,
    run(scope, anchor, envelope) {
      if (when !== null && !hold(when, scope, whenPlace)) return null
      return build(scope, anchor, envelope)
    },
  }
}

function compileFields(
  name: string,
  rule: MapRule,
  shape: Readonly<Record<string, Field>>,
  tables: ReadonlyMap<string, LookupTable>,
  problems: Problems,
): CompiledField[] {
  const fields: CompiledField[] = []
  for (const [field, entry] of Object.entries(rule.set)) {
    const known = shape[field]
    if (known === undefined) problems.at('set', field).unknown('unknown-field', `${rule.to} has no field ${field}`, field, Object.keys(shape))
    else if (entry.lines) {
      problems.at('set', field, 'for_each').add('not-settable', 'lines with for_each are for channels of format: fhir')
    } else if (!isSettable(known.kind)) {
      problems.at('set', field).add('not-settable', `${field} of ${rule.to} comes from ERPs and partners (API, x12, pull); a mapping cannot set it`)
    } else if (field === 'released') {
      problems.at('set', field).add('not-settable', `${field} of ${rule.to} is the word of a person: only a release on the worklist puts it`)
    } else fields.push(compileField({ name: field, kind: known.kind, required: known.required === true, rule: name }, entry, tables, problems.at('set', field)))
  }
  for (const [field, { required, about }] of Object.entries(shape)) {
    if (required && !(field in rule.set)) problems.at('set').add('missing-field', `${rule.to} needs ${field}: ${about}`)
  }
  // Tables are looked up on the day of the event, so that has to be read first.
  return fields.sort((a, b) => Number(b.name === 'occurredAt') - Number(a.name === 'occurredAt'))
}

interface Plan {
  readonly rule: MapRule
  readonly name: string
  readonly fields: readonly CompiledField[]
  readonly reversal: EventType | undefined
  readonly business: readonly (readonly Reader[])[]
  readonly filled: readonly (typeof FROM_UDI)[number][]
}

function createBuild(plan: Plan): CompiledRule['run'] {
  const { rule, name, fields, reversal, business, filled } = plan
  const udiAt = fields.findIndex((field) => field.name === 'udi')
  const origins = new Origins((states) => originOf(plan, udiAt, states))
  const states: number[] = []
  const minuses = fields.map((field) => `${name}/${field.name}/minus`)
  const required = fields.filter((field) => field.required)
  const nothingMoves = rule.to.startsWith('Supply') && required.some((field) => field.name === 'quantity')
  let message = -1
  let prefix = ''
  return (scope, anchor, envelope) => {
    if (envelope.message !== message) [message, prefix] = [envelope.message, formatEventId(envelope.message, rule.id, '')]
    const id = prefix + anchor
    const businessKey = businessKeyOf(business, scope)
    const source = { channel: envelope.channel, system: envelope.system, controlId: envelope.controlId, position: anchor }
    const body: Record<string, unknown> = { id, type: rule.to, version: 1, recordedAt: envelope.recordedAt, source, businessKey }
    const reading: Reading = { scope, day: envelope.recordedAt.slice(0, 10), year: envelope.year, state: 0, reader: null, need: null }
    const needs: Need[] = []
    let minus = false
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]
      if (field === undefined) break
      reading.need = null
      const value = field.read(reading)
      if (value instanceof Refusal) return { code: value.code, place: reading.reader?.place(scope) ?? `${name}/${field.name}`, text: value.text }
      states[i] = value === undefined ? 0 : reading.state
      if (reading.need !== null) needs.push(reading.need)
      else if (value !== undefined) body[field.name] = value
      if (field.name === 'occurredAt' && typeof value === 'string' && value.length >= 10) reading.day = value.slice(0, 10)
      if (field.minus !== null && hold(field.minus, scope, minuses[i] ?? name)) minus = true
    }
    fillFromUdi(body, udiAt, filled, states, fields.length)
    const missing = required.find((field) => body[field.name] === undefined && !needs.some((need) => need.field === field.name))
    if (missing) return missingFault(missing, name, scope)
    if (isZero(body['quantity'])) {
      // A line of none moves nothing; of a cost only its amount counts, and a count may well be none.
      if (nothingMoves) return 'zero'
      if ('amount' in body) delete body['quantity']
    }
    const reversed = reverse(body, minus, reversal)
    if (reversed === 'refused')
      return { code: 'BAD_VALUE', place: placeOf(fields, 'quantity', scope), text: `${rule.to} has no reversal, so its quantity must not be negative.` }
    const caseKey = typeof body['case'] === 'string' ? body['case'] : ''
    if (reversed) body['reverses'] = matchersOf(body, businessKey, caseKey)
    const { origin, json } = origins.of(states)
    return { rule: rule.id, anchor, type: String(body['type']), businessKey, caseKey, body, origin, originJson: json, keys: keysOf(body, caseKey), needs }
  }
}

function fillFromUdi(body: Record<string, unknown>, udiAt: number, filled: Plan['filled'], states: number[], offset: number): void {
  if (udiAt < 0) return
  const udi = body['udi'] as Udi | undefined
  for (let i = 0; i < filled.length; i++) {
    const field = filled[i]
    if (field === undefined) break
    const value = udi?.[field]
    const takes = value !== undefined && body[field] === undefined
    if (takes) body[field] = value
    states[offset + i] = takes ? 1 : 0
  }
}

function originOf({ fields, filled, name }: Plan, udiAt: number, states: readonly number[]): Record<string, Origin> {
  const origin: Record<string, Origin> = {}
  fields.forEach((field, i) => {
    const known = field.origins[states[i] ?? 0]
    if (known) origin[field.name] = known
  })
  const udi = fields[udiAt]?.origins[states[udiAt] ?? 0]
  filled.forEach((field, i) => {
    if (udi && states[fields.length + i] === 1) origin[field] = { path: udi.path, rule: `${name}/udi`, as: 'udi' }
  })
  return origin
}

function businessKeyOf(business: readonly (readonly Reader[])[], scope: Scope): string {
  return business.length === 0 ? '' : joinKey(business.map((readers) => readFirst(readers, scope)))
}

function missingFault(field: CompiledField, name: string, scope: Scope): Fault {
  return {
    code: 'MISSING_FIELD',
    place: field.readers[0]?.place(scope) ?? `${name}/${field.name}`,
    text: `The event needs ${field.name}; it is empty in the message and the rule gives no default.`,
  }
}

function placeOf(fields: readonly CompiledField[], name: string, scope: Scope): string {
  return fields.find((field) => field.name === name)?.readers[0]?.place(scope) ?? name
}

/** Evaluates a condition; a failure names the rule. */
export function hold(condition: Condition, scope: Scope, place: string): boolean {
  try {
    return condition(scope)
  } catch (error) {
    const text = error instanceof AqueductError ? error.message : 'The expression cannot be evaluated on this message.'
    throw new AqueductError('MAPPING_FAILED', text, { place, cause: error })
  }
}

function compileWhen(source: string, problems: Problems): Condition | null {
  const answer = compileCondition(source)
  if (answer.ok) return answer.test
  problems.add(answer.problem.code, answer.problem.message, answer.problem.suggestion)
  return null
}

function readersOf(text: string, problems: Problems): readonly Reader[] {
  const answer = compileSource(text)
  if (answer.ok) return answer.readers
  problems.add('bad-path', `${text}: ${answer.problem.reason}`, answer.problem.suggestion)
  return []
}
