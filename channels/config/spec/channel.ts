/** `channels/<name>/channel.yaml`. */
import { z } from 'zod'
import { EVENT_FIELDS } from '../../../canonical/index.ts'
import { fhirSubscription } from './fhir-subscription.ts'
import { currency, duration, flag, literal, oneOf, size, text, whole } from '../leaves.ts'

const EVENT_TYPES = Object.keys(EVENT_FIELDS)

/** Names become folders, addresses and metric labels. */
export const NAME_FORM = { pattern: /^[a-z][a-z0-9-]*$/, expected: 'a name of small letters, digits and hyphens' }

const host = (fallback: string, description: string) => text({ description, examples: ['127.0.0.1', '0.0.0.0'] }).prefault(fallback)
const port = (description: string) => whole({ description, examples: [2575] }, 0, 65_535)

const messages = z
  .array(
    text(
      {
        description:
          'Message code and trigger; `DFT^*` is every trigger of the code, `*` alone is every message. For x12 the transaction set: `810`. For fhir the resource type, or `Bundle^` and the type of the bundle.',
        examples: ['DFT^P03', 'ADT^*', '810', 'Procedure', 'Bundle^message'],
      },
      {
        pattern: /^(\*|\d{3}|[A-Z0-9]{3}\^([A-Z0-9]{3}|\*)|[A-Z][a-z][A-Za-z]*|Bundle\^([a-z]+|\*))$/,
        expected: 'a message type such as DFT^P03 or DFT^*',
        meant: (input) => {
          const found = /^([A-Za-z0-9]{3})[^A-Za-z0-9*]?([A-Za-z0-9]{3}|\*)?(\^.*)?$/.exec(input)
          return found === null ? undefined : `${(found[1] ?? '').toUpperCase()}^${(found[2] ?? '*').toUpperCase()}`
        },
      },
    ),
  )
  .nonempty()
  .meta({ description: 'What the channel takes. A message of another type is answered AR and kept as REJECTED.', examples: [['DFT^P03']] })

const acknowledge = oneOf(
  {
    'when-stored': 'AA once the message is safely on disk',
    'when-mapped': 'AA once its events exist; a failure is AE and nothing is left on a worklist',
    'when-delivered': 'AA once every destination took it; AE after `ack_timeout`',
  },
  { description: 'When the sender is told that the message is safe.', examples: ['when-stored'] },
).prefault('when-stored')

const ackTimeout = duration({
  description: 'How long the sender may wait under `when-mapped` and `when-delivered` before it gets AE.',
  examples: ['30s'],
}).prefault('30s')
const charset = text({ description: 'Character set of the bytes, or `MSH-18` to believe the message.', examples: ['utf-8', 'iso-8859-1'] }).prefault('MSH-18')
const maxMessage = size({ description: 'A larger message is refused with AR; its first 64 KB are kept.', examples: ['16MB'] }).prefault('16MB')

const tls = z
  .strictObject({
    cert: text({ description: 'File of the certificate chain, PEM.', examples: ['/etc/aqueduct/tls/cert.pem'] }),
    key: text({ description: 'File of the private key, PEM.', examples: ['/etc/aqueduct/tls/key.pem'] }),
    ca: text({ description: 'File of the authorities that may sign client certificates, PEM.', examples: ['/etc/aqueduct/tls/ca.pem'] }).optional(),
    require_client_certificate: flag({ description: 'Refuse clients without a certificate signed by `ca`.' }).prefault(false),
  })
  .meta({ description: 'TLS. Without it patient data crosses the network in clear text.' })

const mllp = z
  .strictObject({
    host: host('0.0.0.0', 'Address to listen on; `0.0.0.0` is every network of the machine.'),
    port: port('TCP port; 0 takes any free one.'),
    messages,
    acknowledge,
    ack_timeout: ackTimeout,
    ack: oneOf(
      { auto: 'what the message asks for; in this release that is always original mode', original: 'AA, AE or AR, whatever MSH-15 and MSH-16 say' },
      { description: 'Acknowledgement mode. This release answers in original mode only (AA, AE, AR).' },
    ).prefault('auto'),
    charset,
    max_message: maxMessage,
    idle_timeout: duration({ description: 'A connection silent for so long is closed; `none` keeps it.', examples: ['10m', 'none'] }, true).prefault('10m'),
    max_connections: whole({ description: 'Connections at once; the next one is closed.', examples: [256] }, 1, 65_535).prefault(256),
    tls: tls.optional(),
  })
  .meta({ description: 'HL7 v2 over MLLP.', examples: [{ port: 2575, messages: ['DFT^P03'], acknowledge: 'when-stored' }] })

const http = z
  .strictObject({
    host: host('127.0.0.1', 'Address to listen on.'),
    port: port('TCP port; 0 takes any free one.'),
    path: text({ description: 'Path that takes the POST.', examples: ['/hl7'] }, { pattern: /^\/\S*$/, expected: 'a path that begins with /' }).prefault(
      '/hl7',
    ),
    messages,
    acknowledge,
    ack_timeout: ackTimeout,
    charset,
    max_message: maxMessage,
  })
  .meta({ description: 'HL7 v2 posted over HTTP, one message a request.', examples: [{ port: 8080, path: '/hl7', messages: ['DFT^P03'] }] })

const file = z
  .strictObject({
    folder: text({ description: 'Folder that is looked into; relative to the data directory, or absolute.', examples: ['edi/in', '/srv/edi/in'] }),
    pattern: text({ description: 'Names that are taken; `*` and `?` as in a shell.', examples: ['*.edi'] }).prefault('*'),
    poll: duration({ description: 'How often it is looked into. A file is taken when its size was the same at two looks.', examples: ['5s'] }).prefault('5s'),
    done: text({ description: 'Folder that taken files move to, in one of the day; relative to `folder`, or absolute.', examples: ['done'] }).prefault('done'),
    refused: text({
      description: 'Folder that files move to which were refused, in one of the day; relative to `folder`, or absolute.',
      examples: ['refused'],
    }).prefault('refused'),
    answers: text({
      description: 'Folder that answers (a 997) are written to; relative to `folder`, or absolute. Without it nothing is answered.',
      examples: ['answers', '/srv/edi/out'],
    }).optional(),
    messages,
    acknowledge,
    ack_timeout: ackTimeout,
    charset,
    max_message: maxMessage,
  })
  .meta({ description: 'Files dropped into a folder, one message each.', examples: [{ folder: 'edi/in', pattern: '*.edi', messages: ['810'] }] })

const fhir = z
  .strictObject({
    resources: z
      .array(text({ description: 'Resource type.', examples: ['Procedure'] }, { pattern: /^[A-Z][A-Za-z]+$/, expected: 'a resource type such as Procedure' }))
      .nonempty()
      .meta({
        description: 'Types that the channel takes, each taken by one channel only. What it does not map is kept all the same.',
        examples: [['Procedure']],
      }),
    profiles: z
      .array(text({ description: 'Canonical URL of a profile.', examples: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-procedure'] }))
      .prefault([])
      .meta({ description: 'Profiles that these resources must meet; what does not is answered 422.' }),
    acknowledge: oneOf(
      { 'when-stored': '201 once it is safely on disk', 'when-mapped': '201 once its events exist; what cannot be mapped is answered 422 and not stored' },
      { description: 'When the sender is told that it is safe.', examples: ['when-stored'] },
    ).prefault('when-stored'),
    max_message: maxMessage,
  })
  .meta({ description: 'Resources written to the engine’s own FHIR face, `/fhir` of the API.', examples: [{ resources: ['Procedure'] }] })

const SHORTHAND = {
  shorthand: true,
  description: 'Where the value of a field comes from. A text alone is `from`.',
  examples: ['FT1-4.1', { from: 'FT1-13.1', table: 'departments', missing: 'worklist' }],
}

const valueRule = z
  .strictObject({
    from: text({ description: 'Path of the value.', examples: ['FT1-10', 'PID-3[*.5=MR].1', 'OBX(2)-5'] }).optional(),
    value: literal({ description: 'A literal, instead of `from`.', examples: ['EA'] }).optional(),
    default: literal({ description: 'The value when the message has none.', examples: [1] }).optional(),
    system: text({ description: 'Path of the coding system, for a code.', examples: ['FT1-7.3'] }).optional(),
    text: text({ description: 'Path of the display text, for a code.', examples: ['FT1-7.2'] }).optional(),
    unit: text({ description: 'Path of the unit, or the unit itself after `=`, for a quantity.', examples: ['RQD-6.1', '=EA'] }).optional(),
    as: text({ description: 'Named conversion, when the field’s own kind is not enough.', examples: ['date', 'money', 'decimal', 'udi', 'upper'] }).optional(),
    currency: currency({ description: 'Currency of an amount, ISO 4217.', examples: ['USD'] }).optional(),
    table: text({ description: 'Table that turns the code: `tables/<name>.csv`.', examples: ['departments'] }).optional(),
    missing: oneOf(
      { worklist: 'the event waits for a person', keep: 'the code stays as it is', empty: 'the field stays empty', reject: 'the message fails' },
      { description: 'What happens when the table has no row for the code.' },
    ).prefault('worklist'),
    minus: text({
      description: 'Condition (CEL): true turns the event into its reversal with a positive quantity.',
      examples: ['v("FT1-6.1") == "CD"'],
    }).optional(),
  })
  .meta(SHORTHAND)

const fieldRule = z
  .strictObject({
    ...valueRule.shape,
    for_each: text({
      description: 'For fhir, of a field of kind lines: FHIRPath of the items that are its lines. Goes with `set`, instead of `from`.',
      examples: ['Invoice.lineItem'],
    }).optional(),
    set: z
      .record(z.string(), valueRule)
      .optional()
      .meta({ description: 'The fields of each line, read from its item. `line` is its place when it is not set.', examples: [{ item: 'chargeItem' }] }),
  })
  .meta(SHORTHAND)

const mapRule = z
  .strictObject({
    id: text({ description: 'Name of the rule; part of the id of its events, so it stays when the rule is moved.', examples: ['usage'] }, NAME_FORM),
    for_each: text({
      description:
        'Makes one event for each of these segments, with what follows it up to the next. For fhir a FHIRPath that begins with the resource type: one event for each item that it gives.',
      examples: ['FT1', 'Procedure', "Procedure.focalDevice.where(action.coding.code = 'implanted')"],
    }).optional(),
    when: text({ description: 'Condition (CEL): the rule makes an event only where it is true.', examples: ['v("FT1-6.1") in ["CG", "CD"]'] }).optional(),
    line: text({
      description:
        'For fhir: FHIRPath of what tells this line from the others of its resource in every version. Default: the reference, id or code of the item.',
      examples: ['%item.manipulated.reference'],
    }).optional(),
    to: text({ description: `Event type: ${EVENT_TYPES.map((type) => `\`${type}\``).join(', ')}.`, examples: ['SupplyUsed'] }).meta({ enum: EVENT_TYPES }),
    business_key: z
      .array(text({ description: 'Path.', examples: ['PID-18.1'] }))
      .prefault([])
      .meta({ description: 'Paths that other messages use to speak of the same fact.', examples: [['PID-18.1', 'FT1-2']] }),
    set: z
      .record(z.string(), fieldRule)
      .meta({ description: 'The fields of the event; which there are depends on `to` (see the page of events).', examples: [{ occurredAt: 'FT1-4.1' }] }),
  })
  .meta({ description: 'One rule.' })

export const channelSpec = z
  .strictObject({
    channel: text({ description: 'Name, the same as the folder’s.', examples: ['or-supply-usage'] }, NAME_FORM),
    about: text({ description: 'What it carries, from whom, in a sentence.', examples: ['Implants and supplies documented in the OR'] }).prefault('-'),
    owner: text({ description: 'Team that answers for it; its worklist items go there.', examples: ['periop-interfaces'] }).prefault('-'),
    format: oneOf(
      {
        hl7v2: 'HL7 v2, mapped by `map`',
        x12: 'ASC X12 810, 855, 856 and 997, which have one meaning each and take no `map`',
        fhir: 'FHIR R4 in JSON, mapped by `map` with FHIRPath',
      },
      { description: 'What its messages are.', examples: ['hl7v2'] },
    ).prefault('hl7v2'),
    listen: z
      .strictObject({
        mllp: mllp.optional(),
        http: http.optional(),
        file: file.optional(),
        fhir: fhir.optional(),
        fhir_subscription: fhirSubscription.optional(),
      })
      .meta({ description: 'Ways in, one or several.' }),
    accept: text({
      description: 'Condition (CEL): a message for which it is false is FILTERED and answered AA.',
      examples: ['exists("FT1") && v("MSH-11.1") == "P"'],
    }).optional(),
    lane: text({ description: 'Path: messages with the same value stay in order. Empty values are lanes by themselves.', examples: ['PID-18.1'] }).optional(),
    interchange: z
      .strictObject({
        test: flag({
          description: 'Take test interchanges (ISA15 = T) like production: for a test installation. Else they are answered and FILTERED.',
        }).prefault(false),
        receivers: z
          .array(text({ description: 'An id in ISA08.', examples: ['NORTHGATE'] }))
          .prefault([])
          .meta({ description: 'Ids in ISA08 that are ours: an interchange for another is refused with a TA1. Without any, every one is taken.' }),
      })
      .optional()
      .meta({ description: 'Only for x12: what its interchanges may say of themselves.', examples: [{ receivers: ['NORTHGATE'] }] }),
    lane_group: text({ description: 'Channels of the same group share their lanes.', examples: ['periop'] }, NAME_FORM).optional(),
    map: z.array(mapRule).prefault([]).meta({ description: 'Rules; each message runs through all of them. Needed for hl7v2 and fhir, not for x12.' }),
    deliver: z
      .array(z.strictObject({ to: text({ description: 'Name of a file in `destinations/`.', examples: ['erp'] }) }).meta({ description: 'One destination.' }))
      .prefault([])
      .meta({ description: 'Where the events go.' }),
  })
  .meta({ title: 'Channel', description: 'One interface: a listener, a filter, mappings, destinations.' })

export type ChannelSpec = z.output<typeof channelSpec>
