/** What the CapabilityStatement says of subscriptions. */
import { BACKPORT } from './canonical.ts'
import { TOPICS } from './topics.ts'

/** Members of `rest[].resource[]` for the type Subscription, besides its interactions and search parameters. */
export function subscriptionCapability(): Readonly<Record<string, unknown>> {
  return {
    extension: TOPICS.map(({ url }) => ({ url: BACKPORT.topic, valueCanonical: url })),
    supportedProfile: [BACKPORT.subscription],
    operation: [
      { name: 'status', definition: BACKPORT.statusOperation },
      { name: 'events', definition: BACKPORT.eventsOperation },
    ],
  }
}
