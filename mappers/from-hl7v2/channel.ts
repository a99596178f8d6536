/** A channel over HL7 v2 compiled: conditions, rules and fields as closures, nothing interpreted while messages run. */
import { AqueductError, faultOf } from '../../channels/contract/index.ts'
import type { ChannelDefinition, Inbound, LookupTable, MapContext, MappedEvent, MapOutcome } from '../../channels/contract/index.ts'
import { Problems } from '../fields/index.ts'
import type { ChannelCompilation, Envelope } from '../fields/index.ts'
import { CHARSET_NAMES, charsetOf, Hl7Message } from '../hl7v2/index.ts'
import { compileCondition, compileSource, groupScope, messageScope, readFirst } from '../language/index.ts'
import type { Condition, Reader } from '../language/index.ts'
import { compileRule, hold } from './rule.ts'
import type { CompiledRule } from './rule.ts'

/**
 * Compiles the mapping of a channel, once per configuration. Never throws.
 *
 * `run` gives `filtered` (by accept, for_each, when, or a quantity of zero), `mapped`, or `fault` for the whole message with a place like `FT1(2)-10`;
 * a code without a row in its table makes a need of its event, not a fault.
 */
export function compileChannel(
  definition: ChannelDefinition,
  tables: ReadonlyMap<string, LookupTable>,
  limits: { readonly eventsPerMessage: number },
): ChannelCompilation {
  const problems = new Problems()
  for (const { type, charset } of definition.listen) {
    if (charset !== 'MSH-18' && charsetOf(charset) === null)
      problems.at('listen', type, 'charset').unknown('unknown-charset', `${charset} is no known character set`, charset, CHARSET_NAMES)
  }
  const accept = definition.accept === null ? null : compileAccept(definition.accept, problems.at('accept'))
  const lane = definition.lane === null ? [] : compileLane(definition.lane, problems.at('lane'))
  const rules = definition.map.map((rule, i) => compileRule(definition.name, rule, tables, problems.at('map', i)))
  if (problems.list.length > 0) return { channel: null, problems: problems.list }
  const { name } = definition
  const isoOf = createIso()
  return {
    channel: {
      name,
      run(inbound, context) {
        if (inbound.fault !== null) return { kind: 'fault', lane: '', fault: inbound.fault }
        let key = ''
        try {
          const message = contentOf(inbound)
          const scope = messageScope(message)
          key = readFirst(lane, scope)
          if (accept !== null && !hold(accept, scope, `${name}/accept`)) return { kind: 'filtered', by: 'accept' }
          return runRules(rules, message, envelopeOf(name, inbound, context, isoOf), key, limits.eventsPerMessage)
        } catch (error) {
          return { kind: 'fault', lane: key, fault: faultOf(error, 'MAPPING_FAILED') }
        }
      },
    },
    problems: [],
  }
}

function runRules(rules: readonly CompiledRule[], message: Hl7Message, envelope: Envelope, lane: string, most: number): MapOutcome {
  const events: MappedEvent[] = []
  let tried = 0
  let zeros = 0
  for (const rule of rules) {
    const anchor = rule.forEach
    const groups = anchor === null ? null : message.groups(anchor)
    const count = groups === null ? 1 : groups.length
    tried += count
    for (let i = 0; i < count; i++) {
      const scope = anchor === null || groups === null ? messageScope(message) : groupScope(message, anchor, groups, i)
      const made = rule.run(scope, anchor === null ? '' : `${anchor}[${i + 1}]`, envelope)
      if (made === 'zero') zeros++
      if (made === null || made === 'zero') continue
      if ('code' in made) return { kind: 'fault', lane, fault: made }
      if (events.length === most) return { kind: 'fault', lane, fault: { code: 'TOO_MANY_EVENTS', text: `The message makes more than ${most} events.` } }
      events.push(made)
    }
  }
  return events.length > 0 ? { kind: 'mapped', lane, events } : { kind: 'filtered', by: tried === 0 ? 'for_each' : zeros > 0 ? 'quantity' : 'when' }
}

function envelopeOf(channel: string, inbound: Inbound, context: MapContext, isoOf: (at: number) => string): Envelope {
  const recordedAt = isoOf(context.recordedAt)
  return { message: context.message, recordedAt, year: Number(recordedAt.slice(0, 4)), channel, system: inbound.sender, controlId: inbound.controlId }
}

/** ISO 8601 of a time; many messages come in one millisecond, so the last text is kept. */
function createIso(): (at: number) => string {
  let last = Number.NaN
  let text = ''
  return (at) => {
    if (at !== last) [last, text] = [at, new Date(at).toISOString()]
    return text
  }
}

function contentOf(inbound: Inbound): Hl7Message {
  const { content } = inbound
  if (content instanceof Hl7Message) return content
  throw new AqueductError('MAPPING_FAILED', 'The channel’s paths are HL7 v2, the message is not.')
}

function compileAccept(source: string, problems: Problems): Condition | null {
  const answer = compileCondition(source)
  if (answer.ok) return answer.test
  problems.add(answer.problem.code, answer.problem.message, answer.problem.suggestion)
  return null
}

function compileLane(text: string, problems: Problems): readonly Reader[] {
  const answer = compileSource(text)
  if (answer.ok) return answer.readers
  problems.add('bad-path', `${text}: ${answer.problem.reason}`, answer.problem.suggestion)
  return []
}
