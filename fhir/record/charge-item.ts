/** A cost that was booked (CostIncurred) as a FHIR R4 ChargeItem. */
import type { ChargeItem, CodeableConcept, Money } from '@medplum/fhirtypes'
import { conceptOf, dateTimeOf, fields, subjectOf, text } from '../r4/index.ts'
import { resourceIdOf } from './resource-id.ts'
import { EVENT_SYSTEM } from './supply-delivery.ts'
import type { FacadeEvent } from './supply-delivery.ts'
import { DOCUMENT_SYSTEM, identifiers, named } from './told.ts'

/** @param journals keys of the journals that it is booked in; null when it is no cost */
export function chargeItemOf(event: FacadeEvent, journals: readonly string[], isReversed: boolean): ChargeItem | null {
  if (event.type !== 'CostIncurred') return null
  const { body } = event
  const occasion = text(body['case'])
  const occurred = dateTimeOf(text(body['occurredAt']) ?? '')
  const quantity = fields(body['quantity'])
  const amount = fields(body['amount'])
  const money = { value: Number(amount['value'] ?? amount['amount']), currency: text(amount['currency']) }
  const costCentre = text(body['costCentre'])
  const department = text(body['department'])
  return {
    resourceType: 'ChargeItem',
    id: resourceIdOf(event.id),
    identifier: [{ system: EVENT_SYSTEM, value: event.id }, ...journals.flatMap((key) => identifiers([DOCUMENT_SYSTEM, key]))],
    status: isReversed ? 'entered-in-error' : 'billable',
    code: (conceptOf(body['charge'], text(body['description'])) ?? { text: 'charge' }) as CodeableConcept,
    subject: (subjectOf(body) ?? { type: 'Patient', display: 'not stated' }) as ChargeItem['subject'],
    ...(occasion === undefined ? {} : { context: { type: 'Encounter', identifier: { value: occasion } } }),
    ...(occurred === undefined ? {} : { occurrenceDateTime: occurred }),
    ...(quantity['value'] === undefined || !Number.isFinite(Number(quantity['value'])) ? {} : { quantity: { value: Number(quantity['value']) } }),
    ...(department === undefined ? {} : { performingOrganization: named('Organization', department) }),
    ...(costCentre === undefined ? {} : { costCenter: named('Organization', costCentre) }),
    ...(Number.isFinite(money.value)
      ? { priceOverride: { value: money.value, ...(money.currency === undefined ? {} : { currency: money.currency as NonNullable<Money['currency']> }) } }
      : {}),
  }
}
