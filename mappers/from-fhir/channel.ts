/** A channel over FHIR compiled: each resource that a message tells is told whole, and its rules say what its lines are. */
import { AqueductError, faultOf } from '../../channels/contract/index.ts'
import type { ChannelDefinition, CompiledChannel, Inbound, LookupTable, MapContext, MappedEvent, MapOutcome, Restated } from '../../channels/contract/index.ts'
import { fhirContentOf, isResourceType, resourceTypes } from '../../fhir/r4/index.ts'
import type { FhirContent, ToldResource } from '../../fhir/r4/index.ts'
import { Problems } from '../fields/index.ts'
import type { ChannelCompilation, Envelope } from '../fields/index.ts'
import { FhirScope, kindsOf } from '../fhirpath/index.ts'
import type { FhirCondition, FhirPath, Found } from '../fhirpath/index.ts'
import { UNSAID } from './content.ts'
import { isOneThing, nameOfItem } from './line.ts'
import { firstText, Reads } from './paths.ts'
import { compileFhirRule, holds } from './rule.ts'
import type { Anchor, CompiledFhirRule } from './rule.ts'

/**
 * Compiles the mapping of a channel of `format: fhir`, once per configuration. Never throws.
 *
 * `run` gives `mapped` with what is restated whenever the message tells a resource that a rule is about, also when no event comes of it: what it told
 * before may have to be taken back. `filtered` when there is no such resource, `fault` with a FHIRPath as its place.
 */
export function compileFhirChannel(
  definition: ChannelDefinition,
  tables: ReadonlyMap<string, LookupTable>,
  limits: { readonly eventsPerMessage: number },
): ChannelCompilation {
  const problems = new Problems()
  const rules = definition.map.map((rule, i) => compileFhirRule(definition.name, rule, tables, problems.at('map', i)))
  const compiled = rules.filter((rule) => rule !== null)
  const types = [...new Set(compiled.map(({ type }) => type))]
  const told = types.length === 0 ? null : kindsOf(types)
  const reads = new Reads(told, told)
  const accept = definition.accept === null ? null : reads.condition(definition.accept, problems.at('accept'))
  const lane = definition.lane === null ? null : reads.path(definition.lane, problems.at('lane'))
  checkListen(definition, compiled, problems)
  if (problems.list.length > 0) return { channel: null, problems: problems.list }
  const plan: Plan = { name: definition.name, rules: compiled, types: new Set(types), accept, lane, most: limits.eventsPerMessage }
  return { channel: { name: definition.name, run: createRun(plan) }, problems: [] }
}

/** Types of resources that the ways in name, and whether the rules are about what they bring. */
function checkListen({ listen, map }: ChannelDefinition, rules: readonly CompiledFhirRule[], problems: Problems): void {
  const typed = listen.filter(({ type }) => type === 'fhir' || type === 'fhir-subscription')
  for (const { messages, type } of typed) {
    const at = type === 'fhir' ? problems.at('listen', 'fhir', 'resources') : problems.at('listen', 'fhir_subscription', 'messages')
    messages.forEach((name, n) => {
      if (!isResourceType(name)) at.at(n).unknown('not-an-option', `there is no resource ${name} in R4`, name, resourceTypes())
    })
  }
  if (typed.length === 0 || typed.length < listen.length) return
  const taken = new Set(typed.flatMap(({ messages }) => messages))
  for (const { id, type } of rules) {
    if (taken.has(type)) continue
    const n = map.findIndex((rule) => rule.id === id)
    problems.at('map', n, 'for_each').add('bad-value', `no way in of this channel brings ${type}; they bring ${[...taken].join(', ')}`, `add ${type} there`)
  }
}

interface Plan {
  readonly name: string
  readonly rules: readonly CompiledFhirRule[]
  readonly types: ReadonlySet<string>
  readonly accept: FhirCondition | null
  readonly lane: FhirPath | null
  readonly most: number
}

function createRun(plan: Plan): CompiledChannel['run'] {
  return (inbound, context) => {
    if (inbound.fault !== null) return { kind: 'fault', lane: '', fault: inbound.fault }
    let lane = ''
    try {
      const content = contentOf(inbound)
      const told = content.told.filter(({ type }) => plan.types.has(type))
      if (told.length === 0) return { kind: 'filtered', by: 'for_each' }
      lane = laneOf(plan, content, told)
      return runAll(plan, content, told, envelopeOf(plan.name, inbound, context), lane)
    } catch (error) {
      return { kind: 'fault', lane, fault: faultOf(error, 'MAPPING_FAILED') }
    }
  }
}

function runAll(plan: Plan, content: FhirContent, told: readonly ToldResource[], envelope: Envelope, lane: string): MapOutcome {
  const events: MappedEvent[] = []
  const restates: Restated[] = []
  for (const one of told) {
    const subject = subjectOf(plan, content, one)
    if (subject !== null) restates.push({ subject, at: one.updated })
    if (one.resource === null) continue
    const scope = new FhirScope(one.resource, one.resource, (reference) => content.resolve(reference))
    // What is not accepted tells nothing; if it was told before, that is taken back.
    if (plan.accept !== null && !holds(plan.accept, scope, `${plan.name}/accept`)) continue
    for (const rule of plan.rules) {
      if (rule.type !== one.type) continue
      for (const anchor of anchorsOf(rule, scope, one, subject, content.server)) {
        const made = rule.run(anchor, envelope)
        if (made === null) continue
        if ('code' in made) return { kind: 'fault', lane, fault: made }
        if (events.length === plan.most)
          return { kind: 'fault', lane, fault: { code: 'TOO_MANY_EVENTS', text: `The message makes more than ${plan.most} events.` } }
        events.push(made)
      }
    }
  }
  if (restates.length > 0) return { kind: 'mapped', lane, events, restates }
  return events.length > 0 ? { kind: 'mapped', lane, events } : { kind: 'filtered', by: 'when' }
}

/** Resources of a server that says its name go by it; of one that does not, each channel has its own. */
function subjectOf({ name }: Plan, { server }: FhirContent, { id, type }: ToldResource): string | null {
  return id === '' ? null : `${server === UNSAID ? `channel:${name}` : server}|${type}/${id}`
}

function* anchorsOf(rule: CompiledFhirRule, resource: FhirScope, told: ToldResource, subject: string | null, server: string): Iterable<Anchor> {
  resource.forget()
  const names = new Map<string, number>()
  const anchors = new Set<string>()
  for (const item of rule.items.find(resource)) {
    const scope = resource.at(item.value)
    const own = rule.line === null ? nameOfItem(item.value) : firstText(rule.line, scope)
    const before = names.get(own) ?? 0
    if (before > 0 && rule.line === null && isOneThing(own)) continue
    names.set(own, before + 1)
    const line = `${rule.id}${own === '' ? '' : `|${own}`}${before === 0 ? '' : `#${before + 1}`}`
    yield { scope, name: anchorName(item, told, anchors), statement: subject === null ? null : { subject, line }, server }
  }
}

/** `Procedure/7.focalDevice[0]`; where an expression made the item, its number. */
function anchorName({ place }: Found, { id, type }: ToldResource, taken: Set<string>): string {
  const root = id === '' ? type : `${type}/${id}`
  const whole = place === type || place.startsWith(`${type}.`) ? root + place.slice(type.length) : root
  let name = whole
  for (let n = 1; taken.has(name); n++) name = `${whole}[${n}]`
  taken.add(name)
  return name
}

/** By the first resource that a rule is about and that is there. */
function laneOf({ lane }: Plan, content: FhirContent, told: readonly ToldResource[]): string {
  const resource = lane === null ? null : (told.find((one) => one.resource !== null)?.resource ?? null)
  return lane === null || resource === null ? '' : firstText(lane, new FhirScope(resource, resource, (reference) => content.resolve(reference)))
}

function envelopeOf(channel: string, inbound: Inbound, context: MapContext): Envelope {
  const recordedAt = new Date(context.recordedAt).toISOString()
  return { message: context.message, recordedAt, year: Number(recordedAt.slice(0, 4)), channel, system: inbound.sender, controlId: inbound.controlId }
}

function contentOf(inbound: Inbound): FhirContent {
  const content = fhirContentOf(inbound)
  if (content) return content
  throw new AqueductError('MAPPING_FAILED', 'The channel’s paths are FHIRPath, the message is no FHIR.')
}
