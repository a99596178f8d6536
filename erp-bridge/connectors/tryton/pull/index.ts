import type { PulledPage, PullKind } from '../../../../channels/contract/index.ts'
import type { Desk } from '../desk.ts'

export function pullFrom(_desk: Desk, _kind: PullKind, since: string | null): Promise<PulledPage> {
  return Promise.resolve({ events: [], next: since ?? '', more: false })
}
