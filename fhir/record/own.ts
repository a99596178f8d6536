/** Which resources are the engine's own: told by type and the form of their ids, so that nobody else writes them and no channel maps them. */
import { createHash } from 'node:crypto'
import { encodeId, messageOfResourceId } from './resource-id.ts'

/** Types in which the engine tells what it did. */
const OWN_TYPES = ['SupplyDelivery', 'SupplyRequest', 'Task', 'Invoice', 'ChargeItem', 'Provenance'] as const

/** What an own resource is of. */
type OwnKind = 'requisition' | 'order' | 'receipt' | 'invoice' | 'worklist' | 'notice'

const PREFIX = 'aq.'

/** Id of an own resource that is no event's: the same name gives the same id. */
export function ownId(kind: OwnKind, name: string): string {
  const id = `${PREFIX}${kind}.${encodeId(name)}`
  return id.length <= 64 ? id : `${PREFIX}${kind}.-${createHash('sha256').update(name, 'utf8').digest('hex').slice(0, 40)}`
}

/** True for ids that only the engine writes: those of {@link ownId}, and those of events. */
export function isOwnResource(type: string, id: string): boolean {
  return OWN_TYPES.some((own) => own === type) && (id.startsWith(PREFIX) || messageOfResourceId(id) !== null)
}

/** System of the codes in meta.tag and Provenance.activity that say what brought a version about: types of business events. */
export const ACTIVITY_SYSTEM = 'urn:aqueduct:activity'
