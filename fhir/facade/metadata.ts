/** The CapabilityStatement: what {@link INTERACTIONS} and the rules really offer. */
import type { FaceParts } from './ports.ts'

const RELEASED = '2026-11-28'

/** What the handlers of this folder answer for each type; route.ts has no others. */
const INTERACTIONS = ['read', 'vread', 'update', 'delete', 'history-instance', 'history-type', 'create', 'search-type']
const OF_SYSTEM = ['transaction', 'batch', 'history-system', 'search-system']

export function capabilityStatement(base: string, parts: Pick<FaceParts, 'rules' | 'version' | 'statement'>): string {
  const { rules, version } = parts
  const more = parts.statement?.(base) ?? {}
  return JSON.stringify({
    resourceType: 'CapabilityStatement',
    id: 'aqueduct',
    status: 'active',
    date: RELEASED,
    publisher: 'Aqueduct',
    kind: 'instance',
    ...(more.instantiates === undefined ? {} : { instantiates: more.instantiates }),
    software: { name: 'Aqueduct', version },
    implementation: { description: 'What clinical systems tell about supplies and cost, and what became of it.', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        ...(more.extension === undefined ? {} : { extension: more.extension }),
        documentation: 'Writes are durable before they are answered. An Idempotency-Key makes a repeated request harmless.',
        security: more.security ?? { description: 'Authorization: Bearer with an API key (scopes fhir:read, fhir:write) or the token of the installation.' },
        resource: rules.types.map((type) => ({
          type,
          profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
          interaction: INTERACTIONS.map((code) => ({ code })),
          versioning: 'versioned-update',
          readHistory: true,
          updateCreate: true,
          conditionalCreate: true,
          conditionalRead: 'full-support',
          conditionalUpdate: true,
          conditionalDelete: 'single',
          searchInclude: ['*', ...rules.searchParams(type).flatMap((param) => (param.type === 'reference' ? [`${type}:${param.name}`] : []))],
          searchParam: rules.searchParams(type).map(({ name, type: kind, documentation }) => ({ name, type: kind, ...(documentation === undefined ? {} : { documentation }) })),
          operation: [{ name: 'validate', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate' }],
        })),
        interaction: OF_SYSTEM.map((code) => ({ code })),
        operation: [{ name: 'process-message', definition: 'http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message' }],
      },
    ],
  })
}
