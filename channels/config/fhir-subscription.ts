/** `listen.fhir_subscription`: from its words to what it means, and what its parts say of each other. */
import type { FhirSubscriptionListen, Issue } from '../contract/index.ts'
import type { Source } from './source.ts'
import type { FhirSubscriptionSpec } from './spec/fhir-subscription.ts'

export function fhirSubscriptionMeaning(spec: FhirSubscriptionSpec): FhirSubscriptionListen {
  const { auth } = spec
  return {
    type: 'fhir-subscription',
    server: spec.server.replace(/\/+$/, ''),
    auth: auth
      ? { clientId: auth.client_id, key: auth.key, keyId: auth.key_id ?? null, algorithm: auth.algorithm, tokenUrl: auth.endpoint ?? null, scopes: auth.scopes }
      : null,
    headers: spec.headers,
    mode: spec.mode,
    topic: spec.topic ?? null,
    criteria: spec.criteria,
    content: spec.content,
    host: spec.host,
    port: spec.port,
    path: spec.path,
    endpoint: spec.endpoint ?? '',
    secret: spec.secret ?? null,
    heartbeatMs: spec.heartbeat === 0 ? null : spec.heartbeat,
    pollMs: spec.poll,
    include: spec.include,
    messages: spec.messages,
    acknowledge: spec.acknowledge,
    ackTimeoutMs: spec.ack_timeout,
    timeoutMs: spec.timeout,
    charset: 'utf-8',
    maxMessageBytes: spec.max_message,
  }
}

/** What a mode needs, and what it has no use for. */
export function checkFhirSubscription(channel: Source, spec: FhirSubscriptionSpec): readonly Issue[] {
  const issues: Issue[] = []
  const path = ['listen', 'fhir_subscription']
  const missing = (key: string, suggestion: string) =>
    issues.push(channel.report(path, { code: 'missing-field', message: `${key} is missing for mode ${spec.mode}`, suggestion }, 'key'))
  const useless = (key: string, message: string, suggestion: string) =>
    issues.push(channel.report([...path, key], { code: 'bad-value', message, suggestion }, 'key'))
  if (spec.mode === 'topic') {
    if (spec.topic === undefined) missing('topic', 'add topic: the canonical URL of one of the server’s topics')
  } else {
    if (spec.topic !== undefined) useless('topic', `topic has no meaning for mode ${spec.mode}`, 'remove topic, or write mode: topic')
    if (spec.criteria.length === 0) missing('criteria', 'add criteria: [Procedure?status=completed]')
    spec.criteria.forEach((criterion, n) => {
      if (!/^[A-Z][A-Za-z]+(\?|$)/.test(criterion))
        issues.push(
          channel.report([...path, 'criteria', n], {
            code: 'bad-value',
            message: 'a criterion begins with a resource type',
            suggestion: 'write Procedure?status=completed',
          }),
        )
    })
    if (spec.content === 'id-only') useless('content', 'R4 subscriptions carry nothing or the whole resource', 'write content: empty or content: full-resource')
  }
  if (spec.mode === 'poll') return issues
  if (spec.endpoint === undefined) missing('endpoint', 'add endpoint: the address of `path` as the server reaches it')
  if (spec.secret === undefined) missing('secret', 'add secret: ${NAME}, so that nobody else can send notifications')
  return issues
}
