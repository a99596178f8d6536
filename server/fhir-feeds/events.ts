/** Events of a subscription by their numbers, from the log and the store's versions. */
import type { Reader } from '../../channels/contract/index.ts'
import type { PayloadContent, SubscriptionEvent } from '../../fhir/subscriptions/index.ts'
import type { Tally } from './tally.ts'
import { versionOf, WRITES } from './versions.ts'

export async function eventsOf(
  reader: Pick<Reader, 'notices' | 'resourceVersion'>,
  tally: Tally,
  subscription: { readonly id: string; readonly content: PayloadContent },
  first: number,
  last: number,
): Promise<readonly SubscriptionEvent[]> {
  const events: SubscriptionEvent[] = []
  for (const { number, seq } of await tally.places(subscription.id, first, last)) {
    const [notice] = await reader.notices({ after: seq - 1, limit: 1, types: WRITES })
    const found = notice?.seq === seq ? await versionOf(reader, notice) : null
    if (notice === undefined || found === null) continue
    const { type, id, version, method, resource } = found
    events.push({ number, at: notice.at, type, id, version, method, resource: subscription.content === 'full-resource' ? resource : null })
  }
  return events
}
