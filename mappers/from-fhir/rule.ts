/** One rule of a FHIR channel compiled: from a resource to its events. */
import { EVENT_FIELDS, REVERSALS, TAKEN_BACK_BY } from '../../canonical/index.ts'
import type { EventType, Field } from '../../canonical/index.ts'
import { AqueductError, formatEventId } from '../../channels/contract/index.ts'
import type { Fault, LookupTable, MappedEvent, MapRule, Need, Origin, Statement } from '../../channels/contract/index.ts'
import { isResourceType, resourceTypes } from '../../fhir/r4/index.ts'
import { FROM_UDI, isSettable, isZero, joinKey, keysOf, matchersOf, nearest, Refusal, reverse } from '../fields/index.ts'
import type { Envelope, Problems } from '../fields/index.ts'
import { compileFhirPath, kindsGiven, kindsOf } from '../fhirpath/index.ts'
import type { FhirCondition, FhirPath, FhirScope, Kinds } from '../fhirpath/index.ts'
import type { Udi } from '../udi/index.ts'
import { compileFhirField } from './field.ts'
import type { CompiledFhirField } from './field.ts'
import { compileFhirLines } from './lines.ts'
import { firstText, Reads } from './paths.ts'

/** An item of a resource that a rule is about. */
export interface Anchor {
  /** The scope of the item. */
  readonly scope: FhirScope
  /** Unique in the message: `Procedure/7.focalDevice[0]`. */
  readonly name: string
  /** The subject and line under which it is told, or null when the resource has no name. */
  readonly statement: Omit<Statement, 'reversal'> | null
  /** Before a reference that names nothing here: of which server that is. */
  readonly server: string
}

export interface CompiledFhirRule {
  readonly id: string
  /** Resource type that it is about. */
  readonly type: string
  readonly items: FhirPath
  readonly line: FhirPath | null
  /** null when `when` is false. */
  readonly run: (anchor: Anchor, envelope: Envelope) => MappedEvent | Fault | null
}

export function compileFhirRule(channel: string, rule: MapRule, tables: ReadonlyMap<string, LookupTable>, problems: Problems): CompiledFhirRule | null {
  const told = toldType(rule.forEach, problems.at('for_each'))
  const resource = told === null ? null : kindsOf([told])
  const items = told === null || rule.forEach === null ? null : new Reads(resource, resource).path(rule.forEach, problems.at('for_each'))
  const item = itemKinds(rule.forEach, resource)
  const reads = new Reads(resource, item)
  const type = Object.keys(EVENT_FIELDS).find((name) => name === rule.to) as EventType | undefined
  if (type === undefined) problems.at('to').unknown('unknown-event', `there is no event ${rule.to}`, rule.to, Object.keys(EVENT_FIELDS))
  const shape: Readonly<Record<string, Field>> = type === undefined ? {} : EVENT_FIELDS[type]
  const name = `${channel}/${rule.id}`
  const fields = type === undefined ? [] : compileFields(name, rule, shape, { reads, resource, item }, tables, problems)
  const reversal = type === undefined ? undefined : REVERSALS[type]
  for (const field of fields) {
    if (field.minus && reversal === undefined)
      problems.at('set', field.name, 'minus').add('no-reversal', `${rule.to} has no reversal; minus goes with ${Object.keys(REVERSALS).join(', ')}`)
  }
  const when = rule.when === null ? null : reads.condition(rule.when, problems.at('when'))
  const business = rule.businessKey.map((path, i) => reads.path(path, problems.at('business_key', i)))
  const line = rule.line == null ? null : reads.path(rule.line, problems.at('line'))
  if (items === null || told === null || type === undefined) return null
  const build = createBuild({
    rule,
    name,
    fields,
    reversal,
    business: business.filter((path) => path !== null),
    filled: FROM_UDI.filter((field) => field in shape),
  })
  const run: CompiledFhirRule['run'] = (anchor, envelope) => {
    const { scope } = anchor
    scope.forget()
    // What cannot be decided because a resource is missing waits for it, and is decided then.
    if (when !== null && !holds(when, scope, `${name}/when`) && scope.missing.size === 0) return null
    return build(anchor, envelope)
  }
  return { id: rule.id, type: told, items, line, run }
}

function toldType(forEach: string | null, problems: Problems): string | null {
  const type = /^\s*\(*\s*([A-Za-z]\w*)/.exec(forEach ?? '')?.[1]
  if (type !== undefined && isResourceType(type)) return type
  const meant = type === undefined ? undefined : nearest(type, resourceTypes())
  problems.add(
    'bad-path',
    forEach === null
      ? 'a rule over FHIR says in for_each which resource it is about, such as Procedure or Procedure.focalDevice'
      : `${forEach}: for_each begins with a resource type of R4`,
    meant,
  )
  return null
}

function itemKinds(forEach: string | null, resource: Kinds): Kinds {
  const answer = forEach === null ? null : compileFhirPath(forEach)
  return answer?.ok === true ? kindsGiven(answer.atom, resource) : null
}

function compileFields(
  name: string,
  rule: MapRule,
  shape: Readonly<Record<string, Field>>,
  { reads, ...kinds }: { readonly reads: Reads; readonly resource: Kinds; readonly item: Kinds },
  tables: ReadonlyMap<string, LookupTable>,
  problems: Problems,
): CompiledFhirField[] {
  const fields: CompiledFhirField[] = []
  for (const [field, entry] of Object.entries(rule.set)) {
    const at = problems.at('set', field)
    const known = shape[field]
    if (known === undefined) at.unknown('unknown-field', `${rule.to} has no field ${field}`, field, Object.keys(shape))
    else if (known.kind === 'lines') {
      const lines = compileFhirLines({ name: field, required: known.required === true, rule: name }, entry, kinds, tables, at)
      if (lines) fields.push(lines)
    } else if (entry.lines) at.add('not-settable', `${field} of ${rule.to} is one value: for_each and set go with lines`)
    else if (!isSettable(known.kind)) at.add('not-settable', `${field} of ${rule.to} comes from ERPs and partners (API, x12, pull); a mapping cannot set it`)
    else if (field === 'released') at.add('not-settable', `${field} of ${rule.to} is the word of a person: only a release on the worklist puts it`)
    else fields.push(compileFhirField({ name: field, kind: known.kind, required: known.required === true, rule: name }, entry, reads, tables, at))
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
  readonly fields: readonly CompiledFhirField[]
  readonly reversal: EventType | undefined
  readonly business: readonly FhirPath[]
  readonly filled: readonly (typeof FROM_UDI)[number][]
}

function createBuild({ rule, name, fields, reversal, business, filled }: Plan): CompiledFhirRule['run'] {
  return (anchor, envelope) => {
    const { scope } = anchor
    const businessKey = business.length === 0 ? '' : joinKey(business.map((path) => firstText(path, scope)))
    const source = { channel: envelope.channel, system: envelope.system, controlId: envelope.controlId, position: anchor.name }
    const id = formatEventId(envelope.message, rule.id, anchor.name)
    const body: Record<string, unknown> = { id, type: rule.to, version: 1, recordedAt: envelope.recordedAt, source, businessKey }
    const origin: Record<string, Origin> = {}
    const needs: Need[] = []
    let day = envelope.recordedAt.slice(0, 10)
    let minus = false
    const read = new Map<string, string>()
    for (const field of fields) {
      const { need, origin: from, place, value, inner } = field.read({ scope, day, year: envelope.year })
      read.set(field.name, place)
      if (value instanceof Refusal) return { code: value.code, place, text: value.text }
      if (need) needs.push(need)
      else if (value !== undefined) body[field.name] = value
      if (from && (need || value !== undefined)) origin[field.name] = from
      if (inner) {
        needs.push(...inner.needs)
        Object.assign(origin, inner.origins)
      }
      if (field.name === 'occurredAt' && typeof value === 'string' && value.length >= 10) day = value.slice(0, 10)
      if (field.minus !== null && holds(field.minus, scope, `${name}/${field.name}/minus`)) minus = true
    }
    fillFromUdi(body, origin, filled, name)
    for (const reference of scope.missing) needs.push(unresolved(reference, anchor.server))
    const missing = fields.find((field) => field.required && body[field.name] === undefined && !needs.some((need) => need.field === field.name))
    if (missing && scope.missing.size === 0) return missingFault(missing.name, read.get(missing.name))
    if (notPositive(body['quantity'], rule.to)) {
      if (rule.to !== 'CostIncurred' || !isZero(body['quantity'])) return { code: 'BAD_VALUE', place: read.get('quantity') ?? name, text: NOT_POSITIVE }
      delete body['quantity']
    }
    if (reverse(body, minus, reversal) === 'refused') return { code: 'BAD_VALUE', place: read.get('quantity') ?? name, text: NOT_POSITIVE }
    const caseKey = typeof body['case'] === 'string' ? body['case'] : ''
    if (body['type'] !== rule.to) body['reverses'] = matchersOf(body, businessKey, caseKey)
    // What was received for an order and is told otherwise is a correction of its slip: the bridge books the difference.
    const isSlip = body['type'] === 'SupplyReceived' && body['order'] !== undefined
    const takenBackBy = isSlip ? '' : (TAKEN_BACK_BY[String(body['type']) as EventType] ?? '')
    const statement = anchor.statement && { ...anchor.statement, reversal: takenBackBy }
    return {
      rule: rule.id,
      anchor: anchor.name,
      type: String(body['type']),
      businessKey,
      caseKey,
      body,
      origin,
      originJson: interned(JSON.stringify(origin)),
      keys: keysOf(body, caseKey),
      needs,
      ...(statement ? { statement } : {}),
    }
  }
}

const NOT_POSITIVE = 'Expected a quantity above zero: what was not used is not told, and what was taken back is entered-in-error.'

function notPositive(quantity: unknown, type: string): boolean {
  const { value } = (quantity ?? {}) as { readonly value?: string }
  return value !== undefined && (value.startsWith('-') || (isZero(quantity) && type !== 'StockCounted'))
}

function fillFromUdi(body: Record<string, unknown>, origin: Record<string, Origin>, filled: Plan['filled'], name: string): void {
  const udi = body['udi'] as Udi | undefined
  const from = origin['udi']
  for (const field of filled) {
    const value = udi?.[field]
    if (value === undefined || body[field] !== undefined || !from) continue
    body[field] = value
    origin[field] = { path: from.path, rule: `${name}/udi`, as: 'udi' }
  }
}

/** The event waits; of which field it is a part does not matter, because it is read again whole. */
function unresolved(reference: string, server: string): Need {
  const name = reference.includes(':') || server === '' ? reference : `${server}|${reference}`
  const text = `${reference} is not known here: have it written${server === '' ? ' to this server' : ' or sent with what refers to it'}, and the event goes on; or discard it.`
  return { kind: 'UNRESOLVED_REFERENCE', subject: `reference:${name}`, field: '', place: reference, text }
}

function missingFault(field: string, place: string | undefined): Fault {
  return { code: 'MISSING_FIELD', place: place ?? field, text: `The event needs ${field}; the resource has none and the rule gives no default.` }
}

/** Evaluates a condition; a failure names the rule. */
export function holds(condition: FhirCondition, scope: FhirScope, place: string): boolean {
  try {
    return condition(scope)
  } catch (error) {
    const text = error instanceof AqueductError ? error.message : 'The expression cannot be evaluated on this resource.'
    throw new AqueductError('MAPPING_FAILED', text, { place })
  }
}

/** Shapes repeat: the store knows an origin by its text, which is kept once here too. */
const MOST_SHAPES = 2_000
const shapes = new Map<string, string>()
function interned(json: string): string {
  const known = shapes.get(json)
  if (known !== undefined) return known
  if (shapes.size >= MOST_SHAPES) shapes.clear()
  shapes.set(json, json)
  return json
}
