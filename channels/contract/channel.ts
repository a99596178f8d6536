/**
 * A configuration after parsing: what `channels/config` gives and everything else takes. The words of the files are in
 * `channels/config/spec`; this is their meaning, defaults filled, durations in milliseconds, sizes in bytes.
 */
import type { SmartSettings } from './smart.ts'

export interface MllpListen {
  readonly type: 'mllp'
  readonly host: string
  readonly port: number
  /** `DFT^P03`, `DFT^*`; a message of another type is AR and REJECTED. */
  readonly messages: readonly string[]
  readonly acknowledge: Acknowledge
  readonly ackTimeoutMs: number
  readonly ack: 'auto' | 'original' | 'enhanced' | 'fixed'
  /** A charset name, or `MSH-18`. */
  readonly charset: string
  readonly maxMessageBytes: number
  readonly idleTimeoutMs: number
  readonly maxConnections: number
  readonly tls: TlsSettings | null
}

/** HL7 v2 (or JSON, later) posted over HTTP: one message a request. */
export interface HttpListen {
  readonly type: 'http'
  readonly host: string
  readonly port: number
  readonly path: string
  readonly messages: readonly string[]
  readonly acknowledge: Acknowledge
  readonly ackTimeoutMs: number
  readonly charset: string
  readonly maxMessageBytes: number
}

/** Files dropped into a folder, one message each; taken files move to `done`, refused ones to `refused`, what they are answered (a 997) goes to `answers`. */
export interface FileListen {
  readonly type: 'file'
  readonly folder: string
  readonly done: string
  readonly refused: string
  readonly answers: string | null
  /** `*.edi`: which names are taken. */
  readonly pattern: string
  readonly pollMs: number
  readonly messages: readonly string[]
  readonly acknowledge: Acknowledge
  readonly ackTimeoutMs: number
  readonly charset: string
  readonly maxMessageBytes: number
}

/** Resources written to the engine's own FHIR face (`/fhir`). It opens no port: the face is the API's. */
export interface FhirListen {
  readonly type: 'fhir'
  /** Resource types that the channel takes: `Procedure`. One channel a type. */
  readonly messages: readonly string[]
  /** Canonical URLs of profiles that these resources must meet. */
  readonly profiles: readonly string[]
  /** when-mapped: what cannot be mapped is answered 422 and not stored. */
  readonly acknowledge: 'when-stored' | 'when-mapped'
  readonly ackTimeoutMs: number
  readonly charset: string
  readonly maxMessageBytes: number
}

/** How the engine shows itself to another FHIR server: SMART Backend Services, or headers as they are. */
export interface FhirAuth {
  readonly clientId: string
  /** File of the private key: PEM (PKCS #8) or a JWK. */
  readonly key: string
  readonly keyId: string | null
  readonly algorithm: 'RS384' | 'ES384'
  /** null: asked of the server's `.well-known/smart-configuration`. */
  readonly tokenUrl: string | null
  readonly scopes: readonly string[]
}

/** Resources of another FHIR server: told by a subscription there, or asked for. */
export interface FhirSubscriptionListen {
  readonly type: 'fhir-subscription'
  /** Base URL of the other server. */
  readonly server: string
  readonly auth: FhirAuth | null
  readonly headers: Readonly<Record<string, string>>
  /** topic: R4 with the subscriptions backport; rest-hook: R4 itself; poll: `_lastUpdated` at every `pollMs`. */
  readonly mode: 'topic' | 'rest-hook' | 'poll'
  readonly topic: string | null
  /** rest-hook and poll: search strings, `Procedure?status=completed`. topic: filters. */
  readonly criteria: readonly string[]
  readonly content: 'empty' | 'id-only' | 'full-resource'
  /** Where notifications are taken; not used by poll. */
  readonly host: string
  readonly port: number
  readonly path: string
  /** The address of that place as the other server reaches it. */
  readonly endpoint: string
  /** What the other server shows with each notification (`Authorization: Bearer …`); null: nothing is asked for. */
  readonly secret: string | null
  readonly heartbeatMs: number | null
  /** poll: how often; else: how often missed notifications are looked for. */
  readonly pollMs: number
  /** FHIRPath of references that are fetched with each resource: `Procedure.focalDevice.manipulated`. */
  readonly include: readonly string[]
  /** Resource types that are taken. */
  readonly messages: readonly string[]
  readonly acknowledge: Acknowledge
  readonly ackTimeoutMs: number
  readonly timeoutMs: number
  readonly charset: string
  readonly maxMessageBytes: number
}

export type Listen = MllpListen | HttpListen | FileListen | FhirListen | FhirSubscriptionListen
export type Acknowledge = 'when-stored' | 'when-mapped' | 'when-delivered'

export interface TlsSettings {
  readonly cert: string
  readonly key: string
  readonly ca: string | null
  /** Ask the client for a certificate signed by `ca` and refuse it without. */
  readonly requireClientCertificate: boolean
}

/** One `set:` entry. Exactly one of `from`, `value` and `lines` is there. */
export interface FieldRule {
  readonly from: string | null
  /** A literal. */
  readonly value: string | null
  readonly default: string | null
  /** Path of the coding system, for codes. */
  readonly system: string | null
  /** Path of the display text, for codes. */
  readonly text: string | null
  /** Path or literal of the unit, for quantities: `RQD-6.1`, `=EA`. */
  readonly unit: string | null
  /** A named conversion: date, moment, decimal, money, quantity, code, udi, text, upper … */
  readonly as: string | null
  readonly currency: string | null
  readonly table: string | null
  /** What happens when the table has no row. */
  readonly missing: 'worklist' | 'keep' | 'empty' | 'reject'
  /** CEL: true turns the event into its reversal with a positive quantity (DESIGN §4 Reversal). */
  readonly minus: string | null
  /** Of a field of kind lines: what makes one line each, and the fields of a line. */
  readonly lines?: LinesRule | null
}

/** The lines of a document: one for each item that `forEach` gives, read from that item. */
export interface LinesRule {
  readonly forEach: string
  readonly set: Readonly<Record<string, FieldRule>>
}

export interface MapRule {
  readonly id: string
  readonly forEach: string | null
  readonly when: string | null
  /** FHIRPath of what tells the line from others of its resource in every version; null: its reference, id or code. */
  readonly line?: string | null
  readonly to: string
  readonly businessKey: readonly string[]
  readonly set: Readonly<Record<string, FieldRule>>
}

export interface ChannelDefinition {
  readonly name: string
  /** What its messages are. x12 needs no `map:`: 810, 855, 856 and 997 have one meaning each. */
  readonly format: 'hl7v2' | 'x12' | 'fhir'
  readonly about: string
  readonly owner: string
  readonly listen: readonly Listen[]
  readonly accept: string | null
  readonly lane: string | null
  readonly laneGroup: string | null
  readonly map: readonly MapRule[]
  readonly deliver: readonly { readonly to: string }[]
  /** x12: what its interchanges may say of themselves. */
  readonly interchange?: {
    /** ISA15 = T is taken like production; else it is answered and goes no further. */
    readonly test: boolean
    /** Ids of receivers (ISA08) that are ours; none: every id is taken. */
    readonly receivers: readonly string[]
  }
  /** File the definition was read from, for places in messages. */
  readonly file: string
}

export interface DestinationDefinition {
  readonly name: string
  readonly type: string
  readonly url: string
  readonly timeoutMs: number
  readonly concurrency: number
  readonly retry: { readonly firstMs: number; readonly maxMs: number; readonly attempts: number | null }
  /** How long after an attempt a lookup's "absent" may not be believed yet. */
  readonly settleMs: number
  readonly body: 'event' | 'document'
  readonly headers: Readonly<Record<string, string>>
  readonly breaker: { readonly failures: number; readonly openMs: number }
  /** What is pulled from it and how often, in milliseconds; and who else gets the events of it (`deliver`). */
  readonly pull?: { readonly every: Readonly<Partial<Record<string, number>>>; readonly fullMs: number; readonly deliver: readonly string[] }
  /** Anything the type alone knows. */
  readonly options: Readonly<Record<string, unknown>>
  readonly file: string
}

/** A CSV of `tables/`: `code,value[,valid_from,valid_to]`; dates are calendar dates, bounds inclusive. */
export interface LookupTable {
  readonly name: string
  readonly file: string
  /** The value for a code on a day (`YYYY-MM-DD`), or undefined. */
  find(code: string, day: string): string | undefined
}

/** `policies/*.yaml` as the bridge reads them: who owns what, accounts, limits. */
export interface Policies {
  readonly installation: string
  readonly company: string
  readonly currency: string
  /** One owner per flow (DESIGN §7): a document is made only where the bridge owns it. */
  readonly stockOwner: 'bridge' | 'erp'
  readonly reorderOwner: 'bridge' | 'erp'
  readonly glOwner: 'bridge' | 'erp'
  /** The state at which an order stops (the bridge never approves). */
  readonly orderState: 'draft' | 'submitted'
  readonly accounts: {
    readonly inventory: string
    readonly accrued: string
    readonly clearing: string
    readonly expense: Readonly<Record<string, string>>
    readonly waste: string
  }
  /** Minutes a reversal waits for its original before it becomes work for a person. */
  readonly reversalWaitMs: number
  /** Destination of the bridge's documents, by `COMPANY/kind`, then `kind`, then `COMPANY/*`, then `*` (a legacy ledger beside a cloud ERP). */
  readonly routes: Readonly<Record<string, string>>
  // What follows has defaults in erp-bridge/policies.ts; the configuration fills all of it.
  /** Owners that differ by flow: `consigned: { gl: erp }`. */
  readonly owners?: Readonly<Partial<Record<Flow, Readonly<Partial<Record<'stock' | 'reorder' | 'gl', 'bridge' | 'erp'>>>>>>
  readonly matching?: MatchingPolicy
  /** Posting rules, first fit wins (R26, R27). Without any, the accounts above. */
  readonly posting?: readonly PostingRule[]
  /** What happens to a posting date in a closed period, by document kind; `*` is the rest (R35). Default hold. */
  readonly periods?: Readonly<Record<string, 'reject' | 'adjust' | 'hold'>>
  readonly requisitions?: {
    /** Milliseconds that demand is gathered before a requisition is made of it (R13). 0: at once. */
    readonly gatherMs: number
    /** The same for the lines of one case and vendor on a bill-only order (R3). */
    readonly gatherCaseMs: number
    /** Consigned stock that was used is replenished by an order at no price (R8). */
    readonly replenishConsigned: boolean
    /** Order at or below the minimum, or only below it (R10). */
    readonly when: 'at-or-below' | 'below'
  }
  /** What a bill-only use must say beside its day before an order is made of it (R4): its case, who used it. Default its case. */
  readonly billOnly?: { readonly require: readonly ('case' | 'performer')[] }
  /** Milliseconds after which a step is late (ORDER_LATE): approval, acknowledgement, receipt, invoice. null: never. */
  readonly late?: Readonly<Record<'approval' | 'acknowledgement' | 'receipt' | 'invoice', number | null>>
  /** Who may change a field of master data: `item.description: erp`; `item.*`, `*` are the rest. Default: any source. */
  readonly stewards?: Readonly<Record<string, string>>
  /** Order in which the bearer of a cost is looked for, and the suspense cost centre ('' : a person is asked) (R25). */
  readonly bearer?: { readonly order: readonly ('line' | 'place' | 'service' | 'performer' | 'category')[]; readonly suspense: string }
  /** One journal per event or per case (R27). Default event. */
  readonly journalPer?: 'event' | 'case'
  readonly worklist?: {
    /** First owner by failure code. */
    readonly owners: Readonly<Record<string, string>>
    /** Milliseconds until due, by severity. */
    readonly due: Readonly<Record<'low' | 'normal' | 'high', number>>
    /** Who gets it when it is past due, in order; the last keeps it. */
    readonly escalation: readonly string[]
  }
  /** A request for an unknown item becomes an item in the ERP (R40). Default false. */
  readonly createItems?: boolean
}

/**
 * A flow of supplies, by who owns them until they are used (R1). `receipt` and `invoice`: who books receipts and invoices, by default the
 * ERP that keeps them (R28).
 */
export type Flow = 'owned' | 'consigned' | 'bill-only' | 'bill-and-replace' | 'par' | 'charge' | 'receipt' | 'invoice'

/** ±amount and ±%, the percentage capped; out of tolerance when the stricter of the two bounds is exceeded (R19). null: no such bound. */
export interface Tolerance {
  readonly amount: string | null
  readonly percent: string | null
  /** Most that the percentage may amount to. */
  readonly cap: string | null
  /** `above`: only too much counts (R20). */
  readonly direction: 'both' | 'above'
}

export interface MatchingPolicy {
  /** How an order is matched, by its kind; `*` is the rest. `evaluated`: the receipt settles itself, an invoice is not expected (R22). */
  readonly ways: Readonly<Record<string, 'two-way' | 'three-way' | 'evaluated'>>
  /** First fit wins; '' fits every supplier or category. */
  readonly tolerances: readonly {
    readonly supplier: string
    readonly category: string
    readonly price: Tolerance
    readonly quantity: Tolerance
    readonly line: Tolerance
    readonly total: Tolerance
    readonly freight: Tolerance
    readonly tax: Tolerance
  }[]
  /** Milliseconds that an invoice waits for its order or receipt before it is work for a person. */
  readonly waitMs: number
  /** A variance inside the tolerance is posted to this account ('' : to the line's own) (R22). */
  readonly varianceAccount: string
  readonly freightAccount: string
  readonly taxAccount: string
}

/** What is booked when something happens (table of R27). '' fits all. */
export interface PostingRule {
  readonly when: PostingOccasion
  readonly ownership: string
  readonly category: string
  readonly company: string
  readonly debit: string
  readonly credit: string
}
export const POSTING_OCCASIONS = [
  'usage',
  'waste',
  'charge',
  'receipt',
  'invoice',
  'variance',
  'freight',
  'tax',
  'count',
  'used-not-billed',
  'received-not-invoiced',
] as const
export type PostingOccasion = (typeof POSTING_OCCASIONS)[number]

export interface EngineSettings {
  readonly installation: string
  readonly api: { readonly host: string; readonly port: number }
  readonly store: { readonly url: string | null; readonly minFreeBytes: number }
  readonly limits: { readonly eventsPerMessage: number; readonly openIntakes: number }
  readonly dedupeDays: number
  /** Programs that may ask for tokens of the FHIR face; null: none. */
  readonly smart: SmartSettings | null
}

export interface Configuration {
  /** 12 hex digits of the sha256 over every file and override: content-addressed (promise 4). */
  readonly id: string
  readonly engine: EngineSettings
  readonly channels: readonly ChannelDefinition[]
  readonly destinations: readonly DestinationDefinition[]
  readonly tables: ReadonlyMap<string, LookupTable>
  readonly policies: Policies
  /** path → text, as read; what is archived under {@link id} so that recovery can run under it. */
  readonly files: Readonly<Record<string, string>>
  /** `--set` overrides that were applied. */
  readonly overrides: Readonly<Record<string, string>>
}

/** One finding of `check`, printed as `file(line,col) message [code]` and a suggestion. */
export interface Issue {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly code: string
  readonly level: 'error' | 'warning'
  readonly message: string
  readonly suggestion?: string
}

/** One case of a `channel.test.yaml`. Expectations that are undefined are not checked; expected objects are contained in the actual ones. */
export interface ChannelTest {
  readonly name: string
  /** Messages to send in order: paths relative to the test file, already read. `set` changes fields by path before sending. */
  readonly send: readonly { readonly file: string; readonly text: string; readonly set: Readonly<Record<string, string>> }[]
  /** Milliseconds since 1970; time stands still here. */
  readonly now: number
  /** Master data to load first: load table (`items`, `stock` …) → file name and CSV text. */
  readonly load: Readonly<Record<string, { readonly file: string; readonly text: string }>>
  readonly ack: string | undefined
  readonly state: string | undefined
  readonly failure: string | undefined
  readonly at: string | undefined
  readonly events: readonly Readonly<Record<string, unknown>>[] | undefined
  readonly documents: readonly Readonly<Record<string, unknown>>[] | undefined
  readonly worklist: readonly Readonly<Record<string, unknown>>[] | undefined
  readonly file: string
  /** Place of a part of the case, e.g. `at(['events', 0, 'quantity'])`. */
  locate(path: readonly (string | number)[]): { readonly line: number; readonly column: number }
}
