/** URLs of the R4 backport of topic-based subscriptions (hl7.fhir.uv.subscriptions-backport 1.1.0). */
const BASE = 'http://hl7.org/fhir/uv/subscriptions-backport'
const DEFINITION = `${BASE}/StructureDefinition`

export const BACKPORT = {
  subscription: `${DEFINITION}/backport-subscription`,
  notification: `${DEFINITION}/backport-subscription-notification-r4`,
  status: `${DEFINITION}/backport-subscription-status-r4`,
  filter: `${DEFINITION}/backport-filter-criteria`,
  content: `${DEFINITION}/backport-payload-content`,
  heartbeat: `${DEFINITION}/backport-heartbeat-period`,
  timeout: `${DEFINITION}/backport-timeout`,
  maxCount: `${DEFINITION}/backport-max-count`,
  channelType: `${DEFINITION}/backport-channel-type`,
  topic: `${DEFINITION}/capabilitystatement-subscriptiontopic-canonical`,
  server: `${BASE}/CapabilityStatement/backport-subscription-server-r4`,
  statusOperation: `${BASE}/OperationDefinition/backport-subscription-status`,
  eventsOperation: `${BASE}/OperationDefinition/backport-subscription-events`,
} as const

/** Extensions that carry elements of another FHIR version: the guide says not to use them here, and they are not understood. */
export function isCrossVersion(url: string): boolean {
  return /^https?:\/\/hl7\.org\/fhir\/\d+\.\d+\//.test(url)
}
