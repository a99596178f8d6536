/** How the face says that it gives tokens. Pure. */
import { ALGORITHMS } from './assertion.ts'

export const TOKEN_PATH = '/auth/token'

/** The body of `/fhir/.well-known/smart-configuration` (SMART App Launch 2 §“Conformance”). */
export function smartConfiguration(tokenUrl: string): Readonly<Record<string, unknown>> {
  return {
    token_endpoint: tokenUrl,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    // What any client may ask for; which one may, its own registration says.
    scopes_supported: ['system/*.cruds', 'system/*.rs', 'system/*.read', 'system/*.write', 'system/*.*'],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
  }
}

/** `CapabilityStatement.rest.security` of a face that gives tokens at this address. */
export function smartSecurity(tokenUrl: string): Readonly<Record<string, unknown>> {
  return {
    extension: [
      {
        url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
        extension: [{ url: 'token', valueUri: tokenUrl }],
      },
    ],
    service: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR', display: 'SMART-on-FHIR' }],
        text: 'OAuth2 using SMART Backend Services',
      },
    ],
    description: 'Bearer tokens of SMART Backend Services (see .well-known/smart-configuration), or API keys of this engine.',
  }
}
