/** `destinations/<name>.yaml`. */
import { z } from 'zod'
import { PULL_KINDS } from '../../contract/index.ts'
import type { PullKind } from '../../contract/index.ts'
import { anything, duration, oneOf, text, whole } from '../leaves.ts'

const pullEvery = (kind: PullKind) => duration({ description: `How often changed ${kind} are asked for.`, examples: ['5m'] }).optional()

export const destinationSpec = z
  .strictObject({
    type: oneOf(
      {
        http: 'posts JSON to an address',
        sandbox: 'the sandbox ERP',
        tryton: 'Tryton',
        mllp: 'item changes as HL7 v2 master files over MLLP',
        fhir: 'events as resources of another FHIR R4 server',
        x12: 'orders to suppliers as X12 850, into a folder or posted',
      },
      { description: 'Kind of destination.', examples: ['http'] },
    ),
    url: text({
      description: 'Address. For x12 also `file:` and a folder, relative to the data directory or absolute.',
      examples: ['https://erp.example.org/api', 'mllp://10.0.0.7:2575', 'file:edi/out'],
    }),
    timeout: duration({ description: 'How long one attempt may take.', examples: ['30s'] }).prefault('30s'),
    concurrency: whole({ description: 'Deliveries at once; order inside a lane holds whatever it is.', examples: [8] }, 1, 1000).prefault(8),
    retry: z
      .strictObject({
        first: duration({ description: 'Wait before the second attempt; it grows from there.', examples: ['1s'] }).prefault('1s'),
        max: duration({ description: 'Longest wait between attempts.', examples: ['5m'] }).prefault('5m'),
        attempts: whole({ description: 'Attempts.' }, 1, 1_000_000)
          .nullable()
          .prefault(null)
          .meta({ description: 'Attempts before the delivery is HELD for a person; null never gives up on a transient failure.', examples: [20] }),
      })
      .prefault({})
      .meta({ description: 'What happens after a transient failure.' }),
    settle: duration({ description: 'How long after an attempt a lookup’s “absent” is not believed yet.', examples: ['2s'] }).prefault('2s'),
    body: oneOf(
      { event: 'the canonical event', document: 'the ERP document' },
      { description: 'What is sent. Default: `document` for an ERP, `event` for the rest.' },
    ).optional(),
    headers: z
      .record(z.string(), text({ description: 'Value; secrets as `${NAME}`.' }))
      .prefault({})
      .meta({ description: 'HTTP headers to add.', examples: [{ Authorization: 'Bearer ${ERP_TOKEN}' }] }),
    breaker: z
      .strictObject({
        failures: whole({ description: 'Failures in a row that open the breaker.', examples: [5] }, 1, 1000).prefault(5),
        open: duration({ description: 'How long nothing is tried then.', examples: ['10s'] }).prefault('10s'),
      })
      .prefault({})
      .meta({ description: 'Circuit breaker: a destination that is down is left in peace.' }),
    pull: z
      .strictObject({
        every: z.strictObject(Object.fromEntries(PULL_KINDS.map((kind) => [kind, pullEvery(kind)])) as Record<PullKind, ReturnType<typeof pullEvery>>).meta({
          description: 'How often what has changed since the last time is asked for. What is not named is not pulled.',
          examples: [{ items: '15m', orders: '1m' }],
        }),
        full: duration({ description: 'How often everything is asked for, whatever has changed.', examples: ['1d'] }).prefault('1d'),
        deliver: z
          .array(text({ description: 'Name of a file in `destinations/`.', examples: ['clinical'] }))
          .prefault([])
          .meta({ description: 'Destinations that get the pulled events as they are.', examples: [['clinical']] }),
      })
      .optional()
      .meta({ description: 'What is pulled from the ERP.', examples: [{ every: { items: '15m', orders: '1m', receipts: '1m' } }] }),
    options: z
      .record(z.string(), anything({ description: 'Known to the type alone.' }))
      .prefault({})
      .meta({
        description:
          'What the type alone knows. For an ERP: `books_gl`, `moves_stock`, `reorders` say that it does so itself. `books_gl: false` says that its ledger entries and the journals of the bridge do not meet: its stock accounting is off, or the journals credit its clearing account (`accounts.inventory`). For x12: `sender`, `receivers`, `version`. For fhir: `resources` (event type: resource type), `write` (`create`, `update`, `transaction`), `identifier_system`, `auth` (`client_id`, `key`, `key_id`, `algorithm`, `endpoint`, `scopes`). For mllp: `message`, `application`, `facility`, `receiving_application`, `receiving_facility`, `tls`. For tryton: `database`, `user`, `password`; `company` (its id), `warehouse`, `units` (ours: its symbol), `journals` (`general`, `purchases`), `axes` (`cost_centre`, `service_line`), `issue_to`, `charges` (kind: account), `confirm` (order types), `accept_warnings`.',
        examples: [{ books_gl: true }],
      }),
  })
  .meta({ title: 'Destination', description: 'Where channels deliver; the name is that of the file.' })

export type DestinationSpec = z.output<typeof destinationSpec>

/** Types that take documents from the bridge. */
export const ERP_TYPES: readonly string[] = ['sandbox', 'tryton']

/** Types that get documents instead of events: ERPs, and suppliers by X12. */
export const DOCUMENT_TYPES: readonly string[] = [...ERP_TYPES, 'x12']
