/** One steward for each field of master data: only it may change the field. */
import type { BridgeEvent, Policies } from '../../channels/contract/index.ts'
import { settled } from '../policies.ts'

/** Who says it: `erp:DESTINATION` for what was pulled from an ERP, else the channel. */
export function sourceOf(event: BridgeEvent): string {
  return isPulled(event) ? `erp:${event.destination}` : event.channel
}

export function isPulled(event: BridgeEvent): boolean {
  return event.channel === 'bridge/pull'
}

/** Who may change a field: what is said of the field, of its table, of all; '' is anybody. */
export function stewardOf(policies: Policies, table: string, field: string): string {
  const { stewards } = settled(policies)
  return (
    [`${table}.${field}`, `${table}.*`, '*'].map((name) => (Object.hasOwn(stewards, name) ? stewards[name] : undefined)).find((one) => one !== undefined) ?? ''
  )
}

/** `erp` is every ERP, `erp:cloud` that one, else the name of a channel. */
export function mayChange(policies: Policies, table: string, field: string, source: string): boolean {
  const steward = stewardOf(policies, table, field)
  return steward === '' || steward === 'any' || steward === source || source.startsWith(`${steward}:`)
}
