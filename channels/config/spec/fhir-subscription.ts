/** `listen.fhir_subscription` of `channels/<name>/channel.yaml`. */
import { z } from 'zod'
import { duration, oneOf, size, text, whole } from '../leaves.ts'

const ADDRESS = { pattern: /^https?:\/\/[^\s/]+\S*$/, expected: 'an address such as https://host/fhir' }
const PATH = { pattern: /^[A-Z][A-Za-z]+(\.[a-z][A-Za-z]*)+$/, expected: 'a resource type and names with dots, such as Procedure.focalDevice.manipulated' }
const TYPE = { pattern: /^[A-Z][A-Za-z]+$/, expected: 'a resource type such as Procedure' }

/** SMART Backend Services: who the engine is at another FHIR server. */
export const fhirAuth = z
  .strictObject({
    client_id: text({ description: 'Id that the server’s operator gave to the engine.', examples: ['aqueduct-or'] }),
    key: text({ description: 'File of the private key: PEM (PKCS #8) or JWK.', examples: ['/etc/aqueduct/ehr.pem'] }),
    key_id: text({ description: '`kid` of the key, as it is registered. Default: the JWK’s own.', examples: ['2026-01'] }).optional(),
    algorithm: oneOf({ RS384: '', ES384: '' }, { description: 'How assertions are signed.' }).prefault('RS384'),
    endpoint: text(
      { description: 'Token endpoint. Default: what the server’s `.well-known/smart-configuration` says.', examples: ['https://ehr.example.org/oauth2/token'] },
      ADDRESS,
    ).optional(),
    scopes: z
      .array(text({ description: 'Scope.', examples: ['system/Procedure.rs'] }))
      .nonempty()
      .prefault(['system/*.rs'])
      .meta({ description: 'What is asked for.', examples: [['system/Procedure.rs', 'system/Device.rs', 'system/Subscription.cruds']] }),
  })
  .meta({ description: 'SMART Backend Services (private_key_jwt). Without it `headers` alone say who asks.' })

export const fhirSubscription = z
  .strictObject({
    server: text({ description: 'Base URL of the other server.', examples: ['https://ehr.example.org/fhir'] }, ADDRESS),
    auth: fhirAuth.optional(),
    headers: z
      .record(z.string(), text({ description: 'Value; secrets as `${NAME}`.' }))
      .prefault({})
      .meta({ description: 'HTTP headers of every request to it.', examples: [{ 'X-Api-Key': '${EHR_KEY}' }] }),
    mode: oneOf(
      {
        topic: 'a topic subscription (R4 with the subscriptions backport)',
        'rest-hook': 'a subscription of R4 itself, one for each criterion',
        poll: 'no subscription: what changed is searched for by `_lastUpdated`',
      },
      { description: 'How it is learned that something changed.', examples: ['topic'] },
    ),
    topic: text(
      { description: 'Canonical URL of the topic; for mode topic.', examples: ['https://ehr.example.org/topics/procedure-completed'] },
      ADDRESS,
    ).optional(),
    criteria: z
      .array(
        text(
          { description: 'Search string.', examples: ['Procedure?status=completed'] },
          { pattern: /^\S+$/, expected: 'a search string such as Procedure?status=completed' },
        ),
      )
      .prefault([])
      .meta({ description: 'rest-hook and poll: what is told. topic: filters of the topic.', examples: [['Procedure?status=completed']] }),
    content: oneOf(
      { empty: 'that something happened', 'id-only': 'what it happened to (topic)', 'full-resource': 'the resource itself' },
      { description: 'What a notification carries; what it does not is fetched.' },
    ).prefault('full-resource'),
    host: text({ description: 'Address to listen on for notifications.', examples: ['0.0.0.0'] }).prefault('127.0.0.1'),
    port: whole({ description: 'TCP port for notifications; 0 takes any free one. Not used by poll.', examples: [8443] }, 0, 65_535).prefault(0),
    path: text(
      { description: 'Path that takes notifications.', examples: ['/notify'] },
      { pattern: /^\/\S*$/, expected: 'a path that begins with /' },
    ).prefault('/notify'),
    endpoint: text(
      { description: 'That place as the other server reaches it; needed for topic and rest-hook.', examples: ['https://aqueduct.example.org/notify'] },
      ADDRESS,
    ).optional(),
    secret: text({
      description: 'The other server shows it with each notification, as `Authorization: Bearer …`; needed for topic and rest-hook.',
      examples: ['${EHR_NOTIFICATION_SECRET}'],
    }).optional(),
    heartbeat: duration(
      {
        description: 'topic: how often the server says that it is there when nothing happens; two that are missing make the engine ask. `none`: not asked for.',
        examples: ['1m', 'none'],
      },
      true,
    ).prefault('1m'),
    poll: duration({ description: 'poll: how often is asked. Else: how often the subscription and what was missed are looked at.', examples: ['5m'] }).prefault(
      '5m',
    ),
    include: z
      .array(text({ description: 'Path of references.', examples: ['Procedure.focalDevice.manipulated'] }, PATH))
      .prefault([])
      .meta({ description: 'References that are fetched with each resource.', examples: [['Procedure.focalDevice.manipulated', 'Procedure.encounter']] }),
    messages: z
      .array(text({ description: 'Resource type.', examples: ['Procedure'] }, TYPE))
      .nonempty()
      .meta({ description: 'Resource types that the channel takes.', examples: [['Procedure']] }),
    acknowledge: oneOf(
      {
        'when-stored': 'the server is answered once it is safely on disk',
        'when-mapped': 'once its events exist',
        'when-delivered': 'once every destination took them',
      },
      { description: 'When a notification is answered.' },
    ).prefault('when-stored'),
    ack_timeout: duration({ description: 'How long the server may wait under `when-mapped` and `when-delivered`.', examples: ['30s'] }).prefault('30s'),
    timeout: duration({ description: 'How long one request to the server may take.', examples: ['30s'] }).prefault('30s'),
    max_message: size({ description: 'A larger notification is refused.', examples: ['16MB'] }).prefault('16MB'),
  })
  .meta({
    description: 'Resources of another FHIR server: by subscription, or by polling.',
    examples: [{ server: 'https://ehr.example.org/fhir', mode: 'poll', criteria: ['Procedure?status=completed'], messages: ['Procedure'] }],
  })

export type FhirSubscriptionSpec = z.output<typeof fhirSubscription>
