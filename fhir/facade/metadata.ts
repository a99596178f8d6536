/** The CapabilityStatement: what {@link INTERACTIONS} and the rules really offer. */
import { searchParamsOf } from '../r4/index.ts'
import { JSON_PATCH } from './negotiate.ts'
import type { FaceParts } from './ports.ts'
import { keptTypes } from './search-string.ts'

const RELEASED = '2026-11-28'

/** What the handlers of this folder answer for each type; route.ts has no others. */
const INTERACTIONS = ['read', 'vread', 'update', 'patch', 'delete', 'history-instance', 'history-type', 'create', 'search-type']
const OF_SYSTEM = ['transaction', 'batch', 'history-system', 'search-system']

export function capabilityStatement(base: string, parts: Pick<FaceParts, 'additions' | 'version' | 'statement'>): string {
  const { version } = parts
  const more = parts.statement(base)
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
    patchFormat: [JSON_PATCH],
    rest: [
      {
        mode: 'server',
        documentation: 'Writes are durable before they are answered. An Idempotency-Key makes a repeated request harmless.',
        security: more.security ?? { description: 'Authorization: Bearer with an API key (scopes fhir:read, fhir:write) or the token of the installation.' },
        resource: keptTypes().map((type) => resourceOf(type, parts)),
        interaction: OF_SYSTEM.map((code) => ({ code })),
        operation: [{ name: 'process-message', definition: 'http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message' }],
      },
    ],
  })
}

function resourceOf(type: string, { additions }: Pick<FaceParts, 'additions'>): Readonly<Record<string, unknown>> {
  const params = searchParamsOf(type)
  const own: Record<string, unknown> = {
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
    searchInclude: params.flatMap((param) => (param.type === 'reference' ? [`${type}:${param.name}`] : [])),
    searchParam: params.map(({ name, type: kind }) => ({ name, type: kind })),
    operation: [{ name: 'validate', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate' }],
  }
  for (const addition of additions) {
    for (const [name, value] of Object.entries(addition.capability?.(type) ?? {})) {
      const before = own[name]
      own[name] = Array.isArray(before) && Array.isArray(value) ? [...(before as readonly unknown[]), ...(value as readonly unknown[])] : value
    }
  }
  // An empty list is no FHIR.
  return Object.fromEntries(Object.entries(own).filter(([, value]) => !Array.isArray(value) || value.length > 0))
}
