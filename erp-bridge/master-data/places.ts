/** Location, department and cost centre of an event (R25: what the line states wins over what the place implies). */
import type { BridgeEvent, Need } from '../../channels/contract/index.ts'
import { ownNeed, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'

export interface Place {
  readonly location: string
  readonly department: string
  readonly costCentre: string
  readonly serviceLine: string
  readonly needs: readonly Need[]
}

function need(kind: Need['kind'], subject: string, field: string, text: string): Need {
  return { kind, subject, field, place: field, text }
}

/**
 * @param locationRequired stock that the bridge or the ERP keeps can only be taken from a location
 * @param bearerRequired a cost is booked, so someone must bear it
 */
export function findPlace(event: BridgeEvent, lookup: Lookup, locationRequired: boolean, bearerRequired: boolean): Place {
  const needs: Need[] = []
  const location = textOf(event.body, 'location')
  const place = location === '' ? undefined : lookup.get('location', location)
  if (location !== '' && (place === undefined || (place.status !== '' && place.status !== 'active'))) {
    needs.push(
      need(
        'UNKNOWN_LOCATION',
        `location:${location}`,
        'location',
        `${location} is not an active location. Load it with \`aqueduct load locations\`, or give the right one.`,
      ),
    )
  }
  if (location === '' && locationRequired)
    needs.push(ownNeed(event, 'UNKNOWN_LOCATION', 'location', 'The event says no location, and stock is taken from one. Give it.'))

  const department = textOf(event.body, 'department') || (place?.department ?? '')
  const unit = department === '' ? undefined : lookup.get('department', department)
  const costCentre = textOf(event.body, 'costCentre') || (unit?.cost_centre ?? '')
  const found = { location, department, costCentre, serviceLine: textOf(event.body, 'serviceLine') || (unit?.service_line ?? ''), needs }
  if (!bearerRequired) return found

  if (department !== '' && unit === undefined) {
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
  const centre = costCentre === '' ? undefined : lookup.get('cost_centre', costCentre)
  if (costCentre !== '' && (centre === undefined || (centre.status !== '' && centre.status !== 'active'))) {
    needs.push(
      need(
        'UNKNOWN_COST_CENTRE',
        `cost-centre:${costCentre}`,
        'costCentre',
        `${costCentre} is not an active cost centre. Load it with \`aqueduct load cost-centres\`, or give the right one.`,
      ),
    )
  }
  return found
}
