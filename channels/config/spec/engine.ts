/** `engine.yaml`. */
import { z } from 'zod'
import { duration, size, text, whole } from '../leaves.ts'
import { NAME_FORM } from './channel.ts'

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
    dedupe: duration({ description: 'How long a resend is recognised, in whole days.', examples: ['7d'] }).prefault('7d'),
  })
  .meta({ title: 'Engine', description: 'Settings of the engine as a whole.' })

export type EngineSpec = z.output<typeof engineSpec>
