/** `channels/<name>/channel.test.yaml`. */
import { z } from 'zod'
import { FAILURES, LOAD_TABLES } from '../../contract/index.ts'
import type { FailureCode, LoadTable, MessageStatus } from '../../contract/index.ts'
import { anything, literal, oneOf, text } from '../leaves.ts'

const plainOptions = <Option extends string>(names: readonly Option[]): Record<Option, string> =>
  Object.fromEntries(names.map((name) => [name, ''])) as Record<Option, string>
const STATES: readonly MessageStatus[] = ['RECEIVED', 'FILTERED', 'REJECTED', 'ERROR', 'WAITING', 'HELD', 'QUEUED', 'SENT', 'CANCELLED']

const expected = (what: string) =>
  z
    .array(z.record(z.string(), anything({ description: 'Expected value.' })))
    .optional()
    .meta({ description: `${what}, in order; each is contained in the actual one. An empty list expects none.` })

const sending = z
  .strictObject({
    from: text({ description: 'Message file, relative to the channel’s folder.', examples: ['messages/usage.hl7'] }),
    set: z
      .record(z.string(), literal({ description: 'New value.' }))
      .prefault({})
      .meta({ description: 'Fields to change before sending, by path.', examples: [{ 'PID-3': '' }] }),
  })
  .meta({ shorthand: true, description: 'A message file, or one with changes.', examples: ['messages/usage.hl7'] })

export const testSpec = z
  .strictObject({
    name: text({ description: 'What should happen, as a sentence.', examples: ['a credit undoes the usage'] }),
    send: z.array(sending).nonempty().meta({ single: true, description: 'Messages to send, in order: one or a list.' }),
    now: text(
      { description: 'The moment at which the test stands still, with its zone.', examples: ['2026-03-01T08:00:00+01:00'] },
      { pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/, expected: 'a moment with its zone such as 2026-03-01T08:00:00+01:00' },
    ).prefault('2026-01-15T12:00:00Z'),
    load: z
      .strictObject(
        Object.fromEntries(
          LOAD_TABLES.map((table) => [table, text({ description: 'CSV, relative to the channel’s folder.', examples: [`${table}.csv`] }).optional()]),
        ) as Record<LoadTable, z.ZodOptional<z.ZodType<string, unknown>>>,
      )
      .prefault({})
      .meta({ description: 'Master data to load first.', examples: [{ items: 'items.csv' }] }),
    ack: oneOf({ AA: '', AE: '', AR: '' }, { description: 'Acknowledgement of the last message.' }).optional(),
    state: oneOf(plainOptions(STATES), { description: 'State of the last message.' }).optional(),
    failure: oneOf(plainOptions(Object.keys(FAILURES) as FailureCode[]), { description: 'Code of the failure.' }).optional(),
    at: text({ description: 'Place of the failure.', examples: ['FT1(1)-10'] }).optional(),
    events: expected('Events'),
    documents: expected('ERP documents'),
    worklist: expected('Worklist items'),
  })
  .meta({ description: 'One test.' })

export const testsSpec = z
  .strictObject({ tests: z.array(testSpec).meta({ description: 'The tests of the channel.' }) })
  .meta({ title: 'Channel tests', description: 'What a channel should make of its messages.' })

export type TestSpec = z.output<typeof testSpec>
