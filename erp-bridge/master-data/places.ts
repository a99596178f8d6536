/** Location, department, company and who bears the cost of an event (R25, R26). */
import type { BridgeEvent, BridgeTables, Need, Policies } from '../../channels/contract/index.ts'
import { identifierOf, ownNeed, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { settled } from '../policies.ts'

export interface Place {
  readonly location: string
  readonly department: string
  readonly costCentre: string
  readonly serviceLine: string
  /** The location's, the department's or the cost centre's, else the policies'. */
  readonly company: string
  readonly needs: readonly Need[]
}

/** What a place depends on besides the event. */
export interface Placing {
  readonly policies: Policies
  /** Of the event, '' when it is not known: rules and cost centres hold on days. */
  readonly day: string
  /** Of the item. */
  readonly category: string
}

type CostRule = Readonly<BridgeTables['cost_rule']>

function need(kind: Need['kind'], subject: string, field: string, text: string): Need {
  return { kind, subject, field, place: field, text }
}

/** Does something from `valid_from` to `valid_to` hold on the day? '' leaves an end open; on an unknown day everything holds. */
export function holdsOn(row: { readonly valid_from: string; readonly valid_to: string }, day: string): boolean {
  return day === '' || ((row.valid_from === '' || row.valid_from <= day) && (row.valid_to === '' || day <= row.valid_to))
}

function ruleOn(lookup: Lookup, basis: string, value: string, day: string): CostRule | undefined {
  if (value === '') return undefined
  return lookup
    .find('cost_rule', 'byValue', basis, value)
    .filter((rule) => holdsOn(rule, day))
    .toSorted((a, b) => (a.valid_from < b.valid_from ? 1 : -1))[0]
}

/**
 * A stated cost centre wins, then what the place, the service, the performer and the item's category say, in the order of the
 * policies, then the suspense cost centre; else a person is asked (R25). A code that is stated and not known is never passed over.
 *
 * @param locationRequired stock that the bridge or the ERP keeps can only be taken from a location
 * @param bearerRequired a cost is booked, so someone must bear it
 */
export function findPlace(event: BridgeEvent, lookup: Lookup, locationRequired: boolean, bearerRequired: boolean, placing: Placing): Place {
  const needs: Need[] = []
  const { day } = placing
  const location = textOf(event.body, 'location')
  const place = location === '' ? undefined : lookup.get('location', location)
  if (location !== '' && (place === undefined || (place.status !== '' && place.status !== 'active'))) needs.push(locationNeed(location, 'location'))
  if (location === '' && locationRequired)
    needs.push(ownNeed(event, 'UNKNOWN_LOCATION', 'location', 'The event says no location, and stock is taken from one. Give it.'))

  const department = textOf(event.body, 'department') || (place?.department ?? '')
  const unit = department === '' ? undefined : lookup.get('department', department)
  const service = textOf(event.body, 'serviceLine') || (unit?.service_line ?? '')
  const bearer = bearerOf(event, lookup, { ...placing, costCentre: unit?.cost_centre ?? '', service })
  // A department that is not known may not be passed over, whatever a rule says.
  const unknown = department !== '' && unit === undefined
  const costCentre = unknown ? textOf(event.body, 'costCentre') : bearer.costCentre
  const centre = costCentre === '' ? undefined : lookup.get('cost_centre', costCentre)
  const company = [place?.company, unit?.company, centre?.company].find((one) => one !== undefined && one !== '') ?? placing.policies.company
  const found = { location, department, costCentre, serviceLine: service || bearer.serviceLine, company, needs }
  if (!bearerRequired) return found

  if (unknown) {
    needs.push(
      need(
        'UNKNOWN_DEPARTMENT',
        `department:${department}`,
        'department',
        `${department} is not in the department master. Load it with \`aqueduct load departments\`, or give the right one.`,
      ),
    )
  } else if (costCentre === '' && department !== '') {
    needs.push(
      need(
        'UNKNOWN_COST_CENTRE',
        `department:${department}`,
        'costCentre',
        `Department ${department} has no cost centre. Load the department with one, or give the cost centre.`,
      ),
    )
  } else if (costCentre === '' && (location === '' || place !== undefined)) {
    needs.push(ownNeed(event, 'UNKNOWN_DEPARTMENT', 'department', 'Neither the event nor its location says a department. Give it.'))
  }
  if (costCentre !== '' && (centre === undefined || (centre.status !== '' && centre.status !== 'active') || !holdsOn(centre, day))) {
    const text =
      centre !== undefined && !holdsOn(centre, day)
        ? `${costCentre} is no cost centre on ${day}. Load its days with \`aqueduct load cost-centres\`, or give the right one.`
        : `${costCentre} is not an active cost centre. Load it with \`aqueduct load cost-centres\`, or give the right one.`
    needs.push(need('UNKNOWN_COST_CENTRE', `cost-centre:${costCentre}`, 'costCentre', text))
  }
  return found
}

interface Bearing extends Placing {
  /** The department's. */
  readonly costCentre: string
  readonly service: string
}

function bearerOf(
  event: BridgeEvent,
  lookup: Lookup,
  { policies, day, category, costCentre, service }: Bearing,
): { readonly costCentre: string; readonly serviceLine: string } {
  const { order, suspense } = settled(policies).bearer
  for (const basis of order) {
    if (basis === 'line' || basis === 'place') {
      const stated = basis === 'line' ? textOf(event.body, 'costCentre') : costCentre
      if (stated !== '') return { costCentre: stated, serviceLine: '' }
      continue
    }
    const value = { service, performer: identifierOf(event.body, 'performer'), category }[basis]
    const rule = ruleOn(lookup, basis, value, day)
    if (rule) return { costCentre: rule.cost_centre, serviceLine: rule.service_line }
  }
  return { costCentre: suspense, serviceLine: '' }
}

function locationNeed(location: string, field: string): Need {
  return need(
    'UNKNOWN_LOCATION',
    `location:${location}`,
    field,
    `${location} is not an active location. Load it with \`aqueduct load locations\`, or give the right one.`,
  )
}

/** What is missing when the location of a field is not known, or not said. */
export function locationNeeds(event: BridgeEvent, lookup: Lookup, field: 'location' | 'toLocation'): readonly Need[] {
  const location = textOf(event.body, field)
  if (location === '') return [ownNeed(event, 'UNKNOWN_LOCATION', field, 'The event says no location. Give it.')]
  const row = lookup.get('location', location)
  return row !== undefined && (row.status === '' || row.status === 'active') ? [] : [locationNeed(location, field)]
}
