/** Bodies as the FHIR face would hand them to a channel: kept by this server, with what was written before to refer to. */
import type { Inbound } from '../../channels/contract/index.ts'
import { fhirContentOf } from '../../fhir/r4/index.ts'
import type { FhirContent, JsonObject } from '../../fhir/r4/index.ts'

export function createFace(): (inbound: Inbound) => Inbound {
  const kept = new Map<string, JsonObject>()
  return (inbound) => {
    const content = fhirContentOf(inbound)
    if (content === null) return inbound
    for (const { id, resource, type } of content.told) if (resource !== null) kept.set(`${type}/${id}`, resource)
    const written: FhirContent = {
      server: '',
      told: content.told,
      resolve: (reference) => content.resolve(reference) ?? kept.get(reference) ?? null,
    }
    return { ...inbound, content: written }
  }
}
