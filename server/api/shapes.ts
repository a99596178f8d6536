/** The shapes of the operations API (DESIGN §12): one source for validation, OpenAPI and the promises made to scripts. */
import { z } from 'zod'
import { DELIVERY_STATES, EVENT_STATES, FAILURES } from '../../channels/contract/index.ts'
import type { MessageStatus } from '../../channels/contract/index.ts'

const keys = <Key extends string>(table: Readonly<Record<Key, unknown>>) => Object.keys(table) as [Key, ...Key[]]

export const MESSAGE_STATUSES = [
  'RECEIVED',
  'FILTERED',
  'REJECTED',
  'ERROR',
  'WAITING',
  'HELD',
  'QUEUED',
  'SENT',
  'CANCELLED',
] as const satisfies readonly MessageStatus[]
export const FailureCodeShape = z.enum(keys(FAILURES)).meta({ id: 'FailureCode', description: 'A code of the failure table.' })

export const instant = z.string().meta({ format: 'date-time' })
export const FaultShape = z
  .object({ code: FailureCodeShape, place: z.string().optional().meta({ description: 'Where: FT1(2)-10, MSH-9, quantity.' }), text: z.string() })
  .meta({ id: 'Fault' })

export const DeliveryShape = z
  .object({
    id: z.string(),
    destination: z.string(),
    kind: z.string(),
    state: z.enum(keys(DELIVERY_STATES)),
    attempts: z.number().int(),
    key: z.string().nullable().meta({ description: 'Key of the document in the ERP.' }),
    erpRef: z.string().nullable().meta({ description: 'The ERP’s own number.' }),
    failure: FaultShape.nullable(),
    because: z.string(),
  })
  .meta({ id: 'Delivery' })

export const EventShape = z
  .object({
    id: z.string(),
    type: z.string(),
    state: z.enum(keys(EVENT_STATES)),
    businessKey: z.string(),
    case: z.string(),
    body: z.record(z.string(), z.unknown()).meta({ description: 'The canonical event; empty in lists.' }),
    origin: z.record(z.string(), z.unknown()).meta({ description: 'Field → where its value came from; empty in lists.' }),
    deliveries: z.array(DeliveryShape),
    waitsFor: z.array(z.union([z.number().int(), z.string()])).meta({ description: 'Worklist items that must close, or the event it waits behind.' }),
  })
  .meta({ id: 'Event' })

export const MessageShape = z
  .object({
    id: z.string(),
    channel: z.string(),
    controlId: z.string(),
    type: z.string(),
    lane: z.string(),
    state: z.enum(MESSAGE_STATUSES),
    ack: z.object({ code: z.string(), at: instant }).nullable(),
    acceptedConfig: z.string(),
    runConfig: z.string(),
    receivedAt: instant,
    bytes: z.number().int(),
    fault: FaultShape.nullable(),
    events: z.array(EventShape),
  })
  .meta({ id: 'Message' })

export const WorklistShape = z
  .object({
    id: z.number().int(),
    kind: FailureCodeShape,
    subject: z.string(),
    state: z.enum(['open', 'closed']),
    text: z.string(),
    owner: z.string(),
    severity: z.enum(['low', 'normal', 'high']),
    openedAt: instant,
    dueAt: instant,
    waiting: z.number().int(),
    waiters: z.array(z.string()),
    actions: z
      .array(z.enum(['retry', 'edit', 'link', 'discard', 'release']))
      .optional()
      .meta({ description: 'What can close it while it is open, the likeliest first.' }),
    assignee: z.string().meta({ description: 'Who works on it; empty: nobody yet.' }),
    escalated: z.number().int().meta({ description: 'How often it went to the next owner because it was past due.' }),
    care: z.number().int().meta({ description: 'Impact on patient care, 0 is none.' }),
    supply: z.number().int().meta({ description: 'Risk to supply, 0 is none.' }),
    money: z.object({ amount: z.string(), currency: z.string() }).nullable().meta({ description: 'At stake, as far as it is known.' }),
    story: z.record(z.string(), z.unknown()).optional().meta({ description: 'Usage, order, receipts, prices, contract, people; only with one item.' }),
    comments: z
      .array(z.object({ at: instant, by: z.string(), text: z.string() }))
      .optional()
      .meta({ description: 'Oldest first; only with one item.' }),
    resolution: z.object({ action: z.string(), by: z.string(), at: instant, reason: z.string() }).nullable(),
  })
  .meta({ id: 'WorklistItem' })

export const TraceShape = z
  .object({
    nodes: z.array(
      z.object({ kind: z.enum(['message', 'event', 'document', 'delivery', 'worklist', 'correction']), id: z.string(), ref: z.string(), label: z.string() }),
    ),
    edges: z.array(z.object({ from: z.string(), to: z.string(), because: z.string() })),
  })
  .meta({ id: 'Trace' })

export const ChannelShape = z
  .object({
    name: z.string(),
    about: z.string(),
    owner: z.string(),
    state: z.enum(['running', 'paused', 'stopped']),
    listeners: z.array(z.object({ type: z.string(), host: z.string(), port: z.number().int(), connections: z.number().int() })),
    config: z.string(),
    taken: z.number().int(),
    lastMessageAt: instant.nullable(),
  })
  .meta({ id: 'Channel' })

export const DestinationShape = z
  .object({ name: z.string(), type: z.string(), breaker: z.enum(['closed', 'open', 'half-open']), inFlight: z.number().int(), blockedLanes: z.number().int() })
  .meta({ id: 'Destination' })

export const IssueShape = z
  .object({
    file: z.string(),
    line: z.number().int(),
    column: z.number().int(),
    code: z.string(),
    level: z.enum(['error', 'warning']),
    message: z.string(),
    suggestion: z.string().optional(),
  })
  .meta({ id: 'Issue' })

export const CountsShape = z
  .object({
    deliveries: z.array(z.object({ destination: z.string(), state: z.enum(keys(DELIVERY_STATES)), count: z.number().int() })),
    worklist: z.array(z.object({ kind: z.string(), count: z.number().int() })),
    waiting: z.number().int(),
  })
  .meta({ id: 'Counts' })

export const StockShape = z
  .object({ location: z.string(), item: z.string(), onHand: z.string(), min: z.string(), max: z.string(), onOrder: z.string() })
  .meta({ id: 'Stock', description: 'Quantities in the item’s base unit, as decimal strings.' })

export const AuditShape = z
  .object({ n: z.number().int(), at: instant, who: z.string(), what: z.string(), subject: z.string(), hash: z.string() })
  .meta({ id: 'AuditLine' })

/** A page of `item`: `next` is the cursor for `after`, null at the end. */
export const pageOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), next: z.string().nullable() })

/** `limit` of every list. */
export const paging = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 500')
    .transform(Number)
    .pipe(z.number().int().min(1, 'must be from 1 to 500').max(500, 'must be from 1 to 500'))
    .optional()
    .meta({ description: '1–500, default 50.', type: 'integer', minimum: 1, maximum: 500 }),
}

/** `after` of lists whose cursor is a running number. */
export const numberCursor = z
  .string()
  .regex(/^\d{1,15}$/, 'must be the `next` of the page before')
  .transform(Number)
  .optional()
  .meta({ description: 'Cursor: the `next` of the page before.', type: 'integer' })
