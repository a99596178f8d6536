/** Why resources of the bridge are as they are: one Provenance for each business event that changed some. */
import type { Provenance } from '@medplum/fhirtypes'
import { ACTIVITY_SYSTEM, ownId } from './own.ts'

export interface Occasion {
  /** Place in the order of commit. */
  readonly seq: number
  /** Milliseconds. */
  readonly at: number
  /** Type of the business event. */
  readonly activity: string
  /** What it came from: system and value of an event, message or worklist item. */
  readonly what: { readonly system: string; readonly value: string }
  readonly installation: string
}

/** @param targets `Type/id/_history/version` */
export function provenanceOf({ seq, at, activity, what, installation }: Occasion, targets: readonly string[]): Provenance {
  return {
    resourceType: 'Provenance',
    id: ownId('notice', String(seq)),
    target: targets.map((reference) => ({ reference })),
    recorded: new Date(at).toISOString(),
    activity: { coding: [{ system: ACTIVITY_SYSTEM, code: activity }] },
    agent: [
      {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }] },
        who: { type: 'Device', identifier: { system: 'urn:aqueduct:installation', value: installation }, display: 'Aqueduct' },
      },
    ],
    entity: [{ role: 'source', what: { identifier: what } }],
  }
}
