import type { CapabilityStatement } from '@medplum/fhirtypes'

/** What the FHIR face offers. @param base absolute URL of the face; @param date calendar date or instant of the release */
export function capabilityStatement(base: string, version: string, date: string): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: 'Aqueduct', version },
    implementation: { description: 'Supplies used on patients, as the interface engine recorded them.', url: base },
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        security: { description: 'Authorization: Bearer with the token of the installation.' },
        resource: [
          {
            type: 'SupplyDelivery',
            documentation: 'One for each supply that a message states as used. The identifier is the event id.',
            interaction: [{ code: 'read' }, { code: 'search-type' }],
            versioning: 'no-version',
            searchParam: [{ name: 'identifier', type: 'token', documentation: 'Event id, with or without its system.' }],
          },
        ],
      },
    ],
  }
}
