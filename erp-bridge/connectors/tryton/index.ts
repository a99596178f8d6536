/** Tryton as a destination. */
import type { Destination, DestinationDefinition } from '../../../channels/contract/index.ts'
import { destinationOf } from '../connector.ts'
import { createTrytonConnector } from './connector.ts'

export { createTrytonConnector } from './connector.ts'

/** `type: tryton` of destinations/*.yaml. `url` is the server's root; `options` name the database, the user and what is called otherwise there. */
export function createTrytonDestination(definition: DestinationDefinition, now: () => number): Destination {
  return destinationOf(createTrytonConnector(definition, now), definition)
}
