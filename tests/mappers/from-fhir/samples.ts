/** Channels and messages over FHIR for tests. */
import type { ChannelDefinition, FieldRule, LookupTable, MapOutcome, MappedEvent, MapRule } from '../../../channels/contract/index.ts'
import { fhirFormat } from '../../../mappers/from-fhir/index.ts'
import { compileChannel } from '../../../mappers/index.ts'

const EMPTY: FieldRule = {
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
export const field = (how: Partial<FieldRule> | string): FieldRule => ({ ...EMPTY, ...(typeof how === 'string' ? { from: how } : how) })

export interface RuleText extends Partial<Omit<MapRule, 'set'>> {
  readonly set?: Readonly<Record<string, Partial<FieldRule> | string>>
}

export function rule(how: RuleText): MapRule {
  const set = { occurredAt: 'Procedure.performed', quantity: { value: '1', unit: '=EA' }, item: 'manipulated.reference', ...how.set }
  return {
    id: 'usage',
    forEach: 'Procedure.focalDevice',
    when: null,
    to: 'SupplyUsed',
    businessKey: [],
    ...how,
    set: Object.fromEntries(Object.entries(set).map(([name, entry]) => [name, field(entry)])),
  }
}

export const channelOf = (map: readonly MapRule[], more: Partial<ChannelDefinition> = {}): ChannelDefinition => ({
  name: 'implants',
  format: 'fhir',
  about: '-',
  owner: '-',
  listen: [],
  accept: null,
  lane: null,
  laneGroup: null,
  map,
  deliver: [],
  file: 'channels/implants/channel.yaml',
  ...more,
})

const departments: LookupTable = { name: 'departments', file: 'tables/departments.csv', find: (code) => (code === '7020' ? 'OR-ORTHO' : undefined) }
export const compile = (channel: ChannelDefinition) => compileChannel(channel, new Map([['departments', departments]]), { eventsPerMessage: 20 })

export function run(body: unknown, map: readonly MapRule[], more: Partial<ChannelDefinition> = {}): MapOutcome {
  const { channel, problems } = compile(channelOf(map, more))
  if (!channel) throw new Error(JSON.stringify(problems))
  const raw = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return channel.run(fhirFormat.read(raw, { charset: 'utf-8' }), { message: 1, recordedAt: Date.parse('2026-03-04T00:00:00Z') })
}

export function eventsOf(outcome: MapOutcome): readonly MappedEvent[] {
  if (outcome.kind !== 'mapped') throw new Error(JSON.stringify(outcome))
  return outcome.events
}

export const procedure = (more: Readonly<Record<string, unknown>> = {}) => ({
  resourceType: 'Procedure',
  id: 'p1',
  status: 'completed',
  subject: { reference: 'Patient/zz1' },
  performedDateTime: '2026-03-03T09:40:00-05:00',
  focalDevice: [{ manipulated: { reference: 'Device/d1' } }],
  ...more,
})
export const bundle = (resources: readonly object[], type = 'collection') => ({
  resourceType: 'Bundle',
  id: 'b1',
  type,
  entry: resources.map((resource) => ({ resource })),
})
