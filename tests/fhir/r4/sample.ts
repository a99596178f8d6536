/** Resources about nobody: synthetic, short, right. */
import { parseFhirJson } from '../../../fhir/r4/index.ts'
import type { JsonObject } from '../../../fhir/r4/index.ts'

export function read(value: object | string): JsonObject {
  const parsed = parseFhirJson(typeof value === 'string' ? value : JSON.stringify(value))
  if (!parsed.ok) throw new Error(`${parsed.text} ${parsed.at}`)
  return parsed.value
}

export const PROCEDURE = {
  resourceType: 'Procedure',
  id: 'p1',
  meta: { lastUpdated: '2026-03-01T08:00:00Z', profile: ['http://example.org/fhir/StructureDefinition/implant'] },
  contained: [{ resourceType: 'Device', id: 'd', udiCarrier: [{ deviceIdentifier: '09506000134352', carrierHRF: '(01)09506000134352(21)A1' }] }],
  identifier: [{ system: 'http://example.org/case', value: 'C-1' }],
  status: 'completed',
  code: { coding: [{ system: 'http://snomed.info/sct', code: '52734007', display: 'Total hip replacement' }], text: 'Hüft-Prothese' },
  subject: { reference: 'Patient/1', identifier: { system: 'http://example.org/mrn', value: 'M1' } },
  encounter: { reference: 'Encounter/9' },
  performedPeriod: { start: '2026-03-01T07:00:00+01:00', end: '2026-03-01T09:30:00+01:00' },
  performer: [{ actor: { reference: 'Practitioner/5' } }],
  location: { reference: 'http://fhir.example.org/r4/Location/or-1/_history/2' },
  focalDevice: [{ action: { text: 'implanted' }, manipulated: { reference: '#d' } }],
  usedReference: [{ reference: 'urn:uuid:0f8a5a5e-5b0d-4b7e-9d39-0a1c5d6f7a8b' }],
}

export const DELIVERY = {
  resourceType: 'SupplyDelivery',
  status: 'completed',
  patient: { reference: 'Patient/1' },
  suppliedItem: { quantity: { value: 2, unit: 'box' }, itemCodeableConcept: { coding: [{ system: 'http://example.org/items', code: 'GLOVE-M' }] } },
  occurrenceDateTime: '2026-03-01',
}
