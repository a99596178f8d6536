/** `engine.yaml`. */
import { z } from 'zod'
import { SMART_SCOPE } from '../../contract/index.ts'
import { anything, duration, size, text, whole } from '../leaves.ts'
import { NAME_FORM } from './channel.ts'

const smartClient = z
  .strictObject({
    jwks_url: text({
      description: 'Address of its public keys (JWKS); read when needed, so that it can change its keys.',
      examples: ['https://ehr.example.org/jwks.json'],
    }).optional(),
    jwks_file: text({ description: 'File with its public keys (JWKS), in `keys/` of this folder.', examples: ['keys/ehr-feed.json'] }).optional(),
    jwks: anything({
      description: 'Its public keys (JWKS) themselves.',
      examples: [{ keys: [{ kty: 'EC', crv: 'P-384', kid: 'a1', x: '…', y: '…' }] }],
    }).optional(),
    scopes: z
      .array(
        text(
          { description: 'Scope.', examples: ['system/Procedure.cruds'] },
          { pattern: SMART_SCOPE, expected: 'a scope such as system/Procedure.cruds or system/*.read' },
        ),
      )
      .min(1)
      .meta({
        description:
          'The most that it may be granted: `system/TYPE.` with letters of `cruds` in this order (create, read, update, delete, search), or `read`, `write`, `*`.',
        examples: [['system/Procedure.cruds', 'system/Device.cruds']],
      }),
  })
  .meta({ description: 'A program that may ask for tokens. Its keys are said in one of three ways.' })

export const engineSpec = z
  .strictObject({
    installation: text(
      { description: 'Name of this installation; part of every document key, so it is set once and for good.', examples: ['st-marien'] },
      NAME_FORM,
    ).prefault('aqueduct'),
    api: z
      .strictObject({
        host: text({ description: 'Address of the operations API and the console.', examples: ['127.0.0.1'] }).prefault('127.0.0.1'),
        port: whole({ description: 'TCP port; 0 takes any free one.', examples: [8686] }, 0, 65_535).prefault(8686),
      })
      .prefault({})
      .meta({ description: 'Operations API.' }),
    store: z
      .strictObject({
        url: text({
          description: 'PostgreSQL address; without it, SQLite in the data directory.',
          examples: ['postgres://aqueduct:${DB_PASSWORD}@db/aqueduct'],
        }).optional(),
        min_free: size({ description: 'With less free disk than this nothing is accepted; senders are told to retry.', examples: ['256MB'] }).prefault('256MB'),
      })
      .prefault({})
      .meta({ description: 'Where messages are kept.' }),
    limits: z
      .strictObject({
        events_per_message: whole({ description: 'A message that would make more events fails.', examples: [10_000] }, 1, 1_000_000).prefault(10_000),
        open_intakes: whole({ description: 'Messages being taken at once; beyond it sockets are paused.', examples: [2000] }, 1, 1_000_000).prefault(2000),
      })
      .prefault({})
      .meta({ description: 'Bounds that keep memory bounded.' }),
    smart: z
      .strictObject({
        public_url: text({
          description:
            'Address under which clients reach the engine, without `/fhir`. Its `/auth/token` is what they must name as audience. Without it, only as reached without a proxy.',
          examples: ['https://aqueduct.example.org'],
        }).optional(),
        token_lifetime: duration({ description: 'How long an access token holds; 1h at most.', examples: ['5m'] }).prefault('5m'),
        clients: z.record(z.string(), smartClient).prefault({}).meta({ description: 'Programs that may ask for tokens, by client id.' }),
      })
      .optional()
      .meta({ description: 'SMART Backend Services: tokens for clients of /fhir.' }),
    dedupe: duration({ description: 'How long a resend is recognised, in whole days.', examples: ['7d'] }).prefault('7d'),
  })
  .meta({ title: 'Engine', description: 'Settings of the engine as a whole.' })

export type EngineSpec = z.output<typeof engineSpec>
