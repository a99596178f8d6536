/** A synthetic charge message and the channel of the tests. */
import type { ChannelDefinition, FieldRule, LookupTable, MapOutcome, MapRule } from '../../../channels/contract/index.ts'
import { hl7v2Format } from '../../../mappers/hl7v2/index.ts'
import { compileChannel } from '../../../mappers/index.ts'

const NONE: FieldRule = {
  from: null,
  value: null,
  default: null,
  system: null,
  text: null,
  unit: null,
  as: null,
  currency: null,
  table: null,
  missing: 'worklist',
  minus: null,
}
export const from = (path: string, more: Partial<FieldRule> = {}): FieldRule => ({ ...NONE, from: path, ...more })
export const literal = (value: string, more: Partial<FieldRule> = {}): FieldRule => ({ ...NONE, value, ...more })

export const usage: MapRule = {
  id: 'usage',
  forEach: 'FT1',
  when: 'v("FT1-6.1") in ["CG", "CD"]',
  to: 'SupplyUsed',
  businessKey: ['PID-18.1', 'FT1-2'],
  set: {
    occurredAt: from('FT1-4.1'),
    case: from('PID-18.1'),
    quantity: from('FT1-10', { default: '1', minus: 'v("FT1-6.1") == "CD"' }),
    item: from('FT1-7.1', { system: 'FT1-7.3' }),
    udi: from('ZPA-5', { as: 'udi' }),
    unitCost: from('FT1-22', { as: 'money', currency: 'USD' }),
    department: from('FT1-13.1', { table: 'departments' }),
  },
}

export const definition: ChannelDefinition = {
  name: 'or',
  format: 'hl7v2',
  about: '',
  owner: '',
  file: 'channel.yaml',
  listen: [],
  accept: 'exists("FT1") && v("MSH-11.1") == "P"',
  lane: 'PID-18.1',
  laneGroup: null,
  deliver: [],
  map: [usage],
}

/** A channel with the one rule, its `set` changed. */
export function withSet(set: Readonly<Record<string, FieldRule>>, more: Partial<MapRule> = {}): ChannelDefinition {
  return { ...definition, map: [{ ...usage, ...more, set: { ...usage.set, ...set } }] }
}

export const departments: LookupTable = {
  name: 'departments',
  file: 'departments.csv',
  find: (code, day) => (code === '7010' ? (day < '2026-01-01' ? 'OLD-OR' : 'OR') : undefined),
}

/** FT1 with chosen fields, by number. */
export function ft1(fields: Readonly<Record<number, string>>): string {
  const all: Record<number, string> = { 2: 'T1', 4: '202603011022', 6: 'CG', 7: 'IMP-1^Screw^ITEM', 10: '2', 13: '7010', 22: '41.50', ...fields }
  return 'FT1|' + Array.from({ length: 35 }, (_, i) => all[i + 1] ?? '').join('|')
}

export const HEAD = [
  'MSH|^~\\&|ORLOG|NORTH|AQ|CORP|20260301||DFT^P03|C1|P|2.5.1',
  'PID|1||P1^^^NORTH^MR~S9^^^STATE^SS||SAMPLE^ONE|||||||||||||A1^^^NORTH^AN~A2^^^NORTH^XX',
  'PV1|1|O|OR3^BAY1|||| 77 ^SAMPLE^DOC^^^^^^NPI',
]

export function map(segments: readonly string[], channelDefinition: ChannelDefinition = definition, limits = { eventsPerMessage: 100 }): MapOutcome {
  const { channel, problems } = compileChannel(channelDefinition, new Map([['departments', departments]]), limits)
  if (!channel) throw new Error(JSON.stringify(problems))
  const inbound = hl7v2Format.read(Buffer.from([...HEAD, ...segments].join('\r') + '\r'), { charset: 'utf-8' })
  return channel.run(inbound, { message: 4096, recordedAt: Date.UTC(2026, 2, 2) })
}

/** Bodies of the events, or a failure of the test. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- bodies are looked into by path here
export function bodies(outcome: MapOutcome): readonly Readonly<Record<string, any>>[] {
  if (outcome.kind !== 'mapped') throw new Error(JSON.stringify(outcome))
  return outcome.events.map((event) => event.body)
}

export function fault(outcome: MapOutcome): { code: string; place: string | undefined; text: string } {
  if (outcome.kind !== 'fault') throw new Error(JSON.stringify(outcome))
  return { code: outcome.fault.code, place: outcome.fault.place, text: outcome.fault.text }
}
