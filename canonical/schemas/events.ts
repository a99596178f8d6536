/** Canonical events as strict zod schemas, made from {@link EVENT_FIELDS} (DESIGN §6). */
import { z } from 'zod'
import { EVENT_FIELDS } from '../fields.ts'
import type { EventType, Field } from '../fields.ts'
import { countedQuantity, FIELD_SCHEMAS, text } from './values.ts'
import type { FieldSchemas } from './values.ts'

/** The version of every event schema. A breaking change is a new version beside this one. */
export const EVENT_VERSION = 1

const envelope = {
  id: text.meta({ description: 'Message id, rule and anchor: a resend makes the same one.' }),
  version: z.literal(EVENT_VERSION),
  recordedAt: z.iso.datetime().meta({ description: 'When the engine recorded it, UTC.' }),
  source: z
    .strictObject({ channel: text, system: z.string(), controlId: z.string(), position: z.string() })
    .meta({ description: 'Channel, sending system, control id and place in the message.' }),
  businessKey: z.string().meta({ description: 'What other messages may say of the same fact; may be empty.' }),
} as const

type Shape<Fields extends Readonly<Record<string, Field>>> = {
  [Name in keyof Fields]: Fields[Name] extends { readonly required: true }
    ? FieldSchemas[Fields[Name]['kind']]
    : z.ZodOptional<FieldSchemas[Fields[Name]['kind']]>
}
/** What a reversal may be of, best first. */
const matchers = z
  .array(
    z.discriminatedUnion('by', [
      z.strictObject({ by: z.literal('event'), value: text }),
      z.strictObject({ by: z.literal('businessKey'), value: text }),
      z.strictObject({ by: z.literal('case-item'), case: text, item: text }),
    ]),
  )
  .meta({ description: 'Ordered matchers for what it reverses. What names an event by its id reverses that one and no other.' })
type Reverses<Type> = Type extends 'SupplyReversed' | 'CostReversed'
  ? { reverses: typeof matchers }
  : Type extends 'DemandCancelled' | 'StockMoved' | 'SupplyReceived'
    ? { reverses: z.ZodOptional<typeof matchers> }
    : unknown
type EventSchema<Type extends EventType> = z.ZodObject<
  typeof envelope & { type: z.ZodLiteral<Type> } & Shape<(typeof EVENT_FIELDS)[Type]> & Reverses<Type>,
  z.core.$strict
>

const REVERSING: ReadonlySet<EventType> = new Set(['SupplyReversed', 'CostReversed'])
/** What takes back an event of its own kind, or of another. */
const MAY_REVERSE: ReadonlySet<EventType> = new Set(['DemandCancelled', 'StockMoved', 'SupplyReceived'])

function schemaOf(type: EventType): z.ZodType {
  const fields: Record<string, z.ZodType> = {}
  for (const [name, field] of Object.entries<Field>(EVENT_FIELDS[type])) {
    const kind = type === 'StockCounted' && field.kind === 'quantity' ? countedQuantity : FIELD_SCHEMAS[field.kind]
    const schema = kind.meta({ description: field.about })
    fields[name] = field.required ? schema : schema.optional()
  }
  const own = REVERSING.has(type) ? { reverses: matchers } : MAY_REVERSE.has(type) ? { reverses: matchers.optional() } : {}
  return z.strictObject({ ...envelope, type: z.literal(type), ...fields, ...own }).meta({ title: type })
}

/** Strict schema of each event type. */
export const eventSchemas = Object.fromEntries((Object.keys(EVENT_FIELDS) as EventType[]).map((type) => [type, schemaOf(type)])) as unknown as {
  readonly [Type in EventType]: EventSchema<Type>
}

/** A canonical event of one type, or of any. */
export type CanonicalEvent<Type extends EventType = EventType> = { [T in Type]: z.infer<EventSchema<T>> }[Type]
