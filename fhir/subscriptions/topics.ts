/** What the engine knows and others may subscribe to. A topic is told of by the versions of the engine's own resources, by what brought them about. */
import { isArray, isObject } from '../r4/index.ts'
import type { Json, JsonObject } from '../r4/index.ts'
import { ACTIVITY_SYSTEM, isOwnResource } from '../record/index.ts'

/** A value that a filter compares: `system` is '' where there is none. */
interface Value {
  readonly system: string
  readonly value: string
}

interface Filter {
  readonly about: string
  values(resource: JsonObject): readonly Value[]
}

export interface Topic {
  readonly url: string
  readonly title: string
  readonly about: string
  /** Type of the focus. */
  readonly resource: string
  /** Codes of {@link ACTIVITY_SYSTEM} in the version's meta.tag, any of which makes an event. */
  readonly activities: readonly string[]
  readonly filters: Readonly<Record<string, Filter>>
}

const BASE = 'https://aqueduct.dev/fhir/SubscriptionTopic'

const item: Filter = {
  about: 'Code of the item.',
  values: (resource) => [
    ...codings(at(resource, 'suppliedItem', 'itemCodeableConcept')),
    ...codings(at(resource, 'itemCodeableConcept')),
    ...list(at(resource, 'contained')).flatMap((device) => codings(at(device, 'type'))),
  ],
}
const status: Filter = { about: 'Status of the resource.', values: (resource) => texts(at(resource, 'status')) }
const identifier: Filter = { about: 'Any identifier: event, document key, number in the ERP.', values: (resource) => identifiers(at(resource, 'identifier')) }
const supplier: Filter = { about: 'Code of the supplier.', values: (resource) => list(at(resource, 'supplier')).flatMap(referred) }
const location: Filter = {
  about: 'Code of the place.',
  values: (resource) => [...referred(at(resource, 'destination')), ...referred(at(resource, 'deliverTo'))],
}

export const TOPICS: readonly Topic[] = [
  {
    url: `${BASE}/supply-used`,
    title: 'Supply used',
    about: 'A supply used on a patient was applied, or taken back in whole (status entered-in-error) or in part.',
    resource: 'SupplyDelivery',
    activities: ['usage.applied', 'usage.reversed'],
    filters: {
      patient: { about: 'Identifier of the patient.', values: (resource) => referred(at(resource, 'patient')) },
      item,
      location,
      supplier,
      status,
      identifier,
    },
  },
  {
    url: `${BASE}/requisition-placed`,
    title: 'Requisition placed',
    about: 'The bridge asked for supplies: one event for each line of a requisition.',
    resource: 'SupplyRequest',
    activities: ['requisition.placed'],
    filters: { item, location, supplier, identifier },
  },
  {
    url: `${BASE}/order-acknowledged`,
    title: 'Order acknowledged',
    about: 'A supplier acknowledged an order, as it is or with changes that were accepted: one event for each line.',
    resource: 'SupplyRequest',
    activities: ['order.acknowledged', 'order.changed'],
    filters: { item, location, supplier, identifier },
  },
  {
    url: `${BASE}/exception-raised`,
    title: 'Exception raised',
    about: 'Something waits for a person: a worklist item was opened or went to the next owner.',
    resource: 'Task',
    activities: ['worklist.opened', 'worklist.escalated'],
    filters: {
      code: { about: 'Kind of the exception, a code of the failure table.', values: (resource) => codings(at(resource, 'code')) },
      owner: { about: 'Who looks after it.', values: (resource) => referred(at(resource, 'owner')) },
      priority: { about: 'routine | urgent | asap', values: (resource) => texts(at(resource, 'priority')) },
    },
  },
]

export function topicOf(url: string): Topic | undefined {
  return TOPICS.find((topic) => topic.url === url)
}

/** One filter of a subscription: any of the values. */
export interface TopicFilter {
  readonly name: string
  readonly any: readonly { readonly system: string | null; readonly value: string }[]
}

/** Is this version an event of the topic that all filters let through? */
export function isEvent(topic: Topic, filters: readonly TopicFilter[], type: string, id: string, resource: JsonObject): boolean {
  if (type !== topic.resource || !isOwnResource(type, id) || !activitiesOf(resource).some((code) => topic.activities.includes(code))) return false
  return filters.every(({ name, any }) => {
    const values = topic.filters[name]?.values(resource) ?? []
    return any.some((asked) => values.some((value) => value.value === asked.value && (asked.system === null || asked.system === value.system)))
  })
}

function activitiesOf(resource: JsonObject): readonly string[] {
  return list(at(resource, 'meta', 'tag')).flatMap((tag) => (at(tag, 'system') === ACTIVITY_SYSTEM ? texts(at(tag, 'code')).map(({ value }) => value) : []))
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, name) => (inner !== undefined && isObject(inner) ? inner[name] : undefined), value)
}

function list(value: Json | undefined): readonly Json[] {
  return value === undefined ? [] : isArray(value) ? value : [value]
}

function texts(value: Json | undefined): readonly Value[] {
  return typeof value === 'string' ? [{ system: '', value }] : []
}

function codings(concept: Json | undefined): readonly Value[] {
  return list(at(concept, 'coding')).flatMap((coding) => pairs(coding, 'code'))
}

function identifiers(value: Json | undefined): readonly Value[] {
  return list(value).flatMap((each) => pairs(each, 'value'))
}

function pairs(value: Json, member: string): readonly Value[] {
  const system = at(value, 'system')
  return texts(at(value, member)).map(({ value: text }) => ({ system: typeof system === 'string' ? system : '', value: text }))
}

/** What a reference names: its identifier, else its words. */
function referred(reference: Json | undefined): readonly Value[] {
  const named = identifiers(at(reference, 'identifier'))
  return named.length > 0 ? named : texts(at(reference, 'display'))
}
