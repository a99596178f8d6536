/** What lies between bytes and events: the format that reads a message, and the compiled channel that maps it. */
import type { Fault, FailureCode } from './failures.ts'
import type { ResourceLookup } from './resources.ts'

/** One message as a format read it. Reading is lazy; nothing of it is copied but the decoded text. */
export interface Inbound {
  /** The bytes as received, never rewritten. */
  readonly raw: Uint8Array
  /** MSH-10, decoded; empty when the sender left it out. */
  readonly controlId: string
  /** Who sent it, for telling resends apart: MSH-3 and MSH-4 joined by `|`. */
  readonly sender: string
  /** `DFT^P03`: message code and trigger. Empty when it cannot be read. */
  readonly type: string
  /** What is wrong with it as a message (NOT_HL7, WRONG_CHARSET, NO_CONTROL_ID …), or null. */
  readonly fault: Fault | null
  /** The parsed message, known to the mappers of the same format only (for HL7 v2: `Hl7Message` of mappers/hl7v2). */
  readonly content: unknown
  /**
   * The bytes of the acknowledgement, unframed: addressed, escaped and delimited as the sender does (HL7 v2.5.1 §2.9.2).
   * `at` in milliseconds; `id` becomes its own MSH-10.
   */
  acknowledge(code: AckCode, answer: { readonly at: number; readonly id: string; readonly fault?: Fault }): Uint8Array
}

export type AckCode = 'AA' | 'AE' | 'AR'

/** `charset` is the channel's setting (`MSH-18` believes the message); `receivers`: whom a message may be addressed to, none is everybody. */
export interface ReadOptions {
  readonly charset: string
  readonly receivers?: readonly string[]
}

/** Reads messages of one kind. */
export interface MessageFormat {
  readonly name: string
  read(raw: Uint8Array, options: ReadOptions): Inbound
  /**
   * Completes a stored message with what the store knows: the resources it wrote, and those that they refer to. Only formats whose messages
   * are not whole by themselves have it; called before a stored message is mapped again.
   */
  prepare?(inbound: Inbound, message: number, resources: ResourceLookup): Promise<Inbound>
}

/** Where a canonical field came from. Paths are relative to the event's anchor where they can be, so shapes repeat and are interned. */
export interface Origin {
  /** HL7 path or FHIRPath, or the literal when the rule gives one. */
  readonly path: string
  /** `channel/rule/field`. */
  readonly rule: string
  /** The table that turned the code, if one did. */
  readonly table?: string
  /** The named conversion, if one was applied. */
  readonly as?: string
  /** The value is the rule's default because the message has none. */
  readonly default?: true
}

/** What a person must supply before an event can go on. One worklist item per (kind, subject) while it is open. */
export interface Need {
  readonly kind: FailureCode
  /** What is missing, once for all events that lack it: `departments:7010`, `item:IMP-1`, an event id when it is this event's alone. */
  readonly subject: string
  /** The event's field that the answer fills. */
  readonly field: string
  /** Path in the message. */
  readonly place: string
  /** False: no word of a person replaces what is missing, though others of its kind may be released. */
  readonly releasable?: false
  /** What to do, for the person. Codes may appear, names and identifiers of patients never. */
  readonly text: string
  /** Who looks after it first, when the kind's own owner is not the right one: `ap`, `supply-chain`, `finance`, `buyers` … */
  readonly owner?: string
  readonly weight?: Weight
  /** The whole story for the person: usage, order, receipts, prices, contract, people. Plain data, nothing of the patient but the case. */
  readonly story?: Readonly<Record<string, unknown>>
}

/** How much it matters; severity and due time follow from it. */
export interface Weight {
  /** Impact on patient care: 0 none, 1 delay possible, 2 case at risk, 3 patient safety (recall, expired implant). */
  readonly care?: 0 | 1 | 2 | 3
  /** Money at stake, decimal string, with its currency. */
  readonly money?: { readonly amount: string; readonly currency: string }
  /** Supply risk: 0 none, 1 low stock, 2 stock-out likely, 3 out of stock. */
  readonly supply?: 0 | 1 | 2 | 3
}

/** A value by which an event can be found again (`aqueduct trace`). */
export interface SearchKey {
  readonly kind: 'case' | 'lot' | 'serial' | 'di' | 'item' | 'order'
  readonly value: string
}

/** An event as the mapping states it. `body` follows `canonical`'s schema of its type; envelope fields are already in it. */
export interface MappedEvent {
  readonly rule: string
  /** `FT1[2]`; empty for rules without for_each. */
  readonly anchor: string
  readonly type: string
  /** What other messages may say of the same fact; empty when the rule gives none. */
  readonly businessKey: string
  readonly caseKey: string
  readonly body: Readonly<Record<string, unknown>>
  readonly origin: Readonly<Record<string, Origin>>
  /** The origin as JSON, the same string object for events of the same shape. */
  readonly originJson: string
  readonly keys: readonly SearchKey[]
  /** Non-empty: the event waits. */
  readonly needs: readonly Need[]
  readonly statement?: Statement
}

/**
 * What an event is within a thing that is always told whole (a FHIR resource): a later message about the same subject that no longer tells this
 * line takes it back, one that tells it as before says nothing new, one that tells it otherwise does both.
 */
export interface Statement {
  /** The thing: where it is kept, its type and id: `https://ehr.example/fhir|Procedure/7`. */
  readonly subject: string
  /** The line within it, the same in every version: `implant|Device/12`. Unique within the message. */
  readonly line: string
  /** Type of the event that takes it back, `SupplyReversed`; '' when nothing can. */
  readonly reversal: string
}

/** A subject that a message tells whole, with or without events of it. */
export interface Restated {
  readonly subject: string
  /** Milliseconds of the version (meta.lastUpdated), 0 when it says none. One older than what was told last says nothing any more. */
  readonly at: number
}

export type MapOutcome =
  | { readonly kind: 'filtered'; readonly by: string }
  /** `events` may be empty when something is restated. */
  | { readonly kind: 'mapped'; readonly lane: string; readonly events: readonly MappedEvent[]; readonly restates?: readonly Restated[] }
  | { readonly kind: 'fault'; readonly lane: string; readonly fault: Fault }

/** Facts about the message that go into each event's envelope. */
export interface MapContext {
  readonly message: number
  /** Milliseconds: recordedAt. */
  readonly recordedAt: number
}

/** A channel compiled once per configuration. `run` does no I/O and never throws for bad content. */
export interface CompiledChannel {
  readonly name: string
  run(inbound: Inbound, context: MapContext): MapOutcome
}
