/** The sandbox ERP as a destination. */
import type { Destination, DestinationDefinition } from '../../../channels/contract/index.ts'
import { destinationOf } from '../connector.ts'
import { createSandboxConnector } from './connector.ts'

export { createSandboxConnector } from './connector.ts'

/** `type: sandbox` of destinations/*.yaml. `url` is what the sandbox ERP printed when it was ready. */
export function createSandboxDestination(definition: DestinationDefinition): Destination {
  return destinationOf(createSandboxConnector(definition), definition)
}
