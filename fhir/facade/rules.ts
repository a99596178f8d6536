/** R4's rules as the face takes them. */
import { parseFhirJson, writeFhirJson } from '../r4/index.ts'
import { referencesOf } from './rewrite.ts'
import type { FaceRules } from './ports.ts'
import type { ResourceKey } from '../../channels/contract/index.ts'

export function createRules(): FaceRules {
  const key = (param: string, system: string, value: string): ResourceKey => ({ param, system, value, low: 0, high: 0 })
  return {
    types: ['Patient', 'Procedure', 'Device', 'SupplyDelivery', 'Observation', 'Bundle', 'Basic', 'Encounter', 'Provenance'],
    parse: (text) => parseFhirJson(text),
    write: (value) => writeFhirJson(value),
    validate: () => Promise.resolve([]),
    keys(resource) {
      const ids = (resource['identifier'] ?? []) as unknown as readonly { system?: string; value?: string }[]
      return [
        ...(Array.isArray(ids) ? ids.map((each) => key('identifier', each.system ?? '', each.value ?? '')) : []),
        ...(typeof resource['status'] === 'string' ? [key('status', '', resource['status'])] : []),
        ...[...referencesOf(resource)].map((each) => key('subject', '', each)),
      ]
    },
    searchParams: () => [
      { name: 'identifier', type: 'token' },
      { name: 'status', type: 'token' },
      { name: 'subject', type: 'reference' },
    ],
    search(_types, pairs) {
      const known = ['identifier', 'status', 'subject']
      return {
        kind: 'query',
        unknown: pairs.filter(([name]) => !known.includes(name) && name !== '_id' && name !== '_sort').map(([name]) => name),
        query: {
          ids: pairs.find(([name]) => name === '_id')?.[1].split(',') ?? null,
          updated: [],
          sort: [],
          criteria: pairs
            .filter(([name]) => known.includes(name))
            .map(([param, value]) => {
              const at = value.indexOf('|')
              return { param, any: [at < 0 ? { value } : { system: value.slice(0, at), value: value.slice(at + 1) }] }
            }),
        },
      }
    },
  }
}
