/**
 * Every failure the engine can name, as data. Retry reads the class, the console and alerts read the meaning, the runbooks in
 * `docs/runbooks/` are one file per code (a test fails when one is missing).
 *
 * Classes: `transient` is tried again with backoff; `unknown` is looked up before anything is sent again; `permanent` waits
 * for a person.
 */
export type FailureClass = 'transient' | 'unknown' | 'permanent'

interface Failure {
  readonly class: FailureClass
  readonly meaning: string
  readonly fix: string
}

export const FAILURES = {
  // intake
  FRAME_TOO_LARGE: {
    class: 'permanent',
    meaning: 'A frame passed the channel’s max_message; its first 64 KB are kept.',
    fix: 'Raise listen.mllp.max_message, or have the sender split the message.',
  },
  NOT_HL7: {
    class: 'permanent',
    meaning: 'The bytes do not start with an MSH segment that can be read.',
    fix: 'Find out what connects to this port; the bytes are kept with the message.',
  },
  NOT_FHIR: {
    class: 'permanent',
    meaning: 'The bytes are no FHIR R4 resource in JSON that can be read.',
    fix: 'Read the OperationOutcome that was answered; have the sender mend it and send it again.',
  },
  WRONG_CHARSET: {
    class: 'permanent',
    meaning: 'The bytes are not text in the character set the message or the channel names.',
    fix: 'Set listen.mllp.charset to what the sender really sends, reload, replay.',
  },
  UNKNOWN_TYPE: {
    class: 'permanent',
    meaning: 'The message type or trigger is not in the channel’s `messages`.',
    fix: 'Add it to listen.mllp.messages, or have the sender route it elsewhere.',
  },
  NO_CONTROL_ID: { class: 'permanent', meaning: 'MSH-10 is empty, so a resend cannot be told from a new message.', fix: 'Have the sender fill MSH-10.' },
  STORE_FULL: {
    class: 'transient',
    meaning: 'The disk is full or nearly full; the message was not accepted and the sender was told to retry.',
    fix: 'Free or add disk space; intake goes on by itself.',
  },
  STORE_FAILED: {
    class: 'transient',
    meaning: 'The store could not commit; nothing was acknowledged as good.',
    fix: 'Read the engine log for the database’s own words; check disk and database.',
  },
  // mapping
  MAPPING_FAILED: {
    class: 'permanent',
    meaning: 'A mapping rule could not be evaluated on this message.',
    fix: 'Run `aqueduct explain` on the message, mend the rule, reload, retry the worklist item.',
  },
  MISSING_FIELD: {
    class: 'permanent',
    meaning: 'A field the event needs is empty in the message and has no default.',
    fix: 'Have the sender fill it, or give the rule a default and retry.',
  },
  BAD_VALUE: {
    class: 'permanent',
    meaning: 'A value does not have the form its field needs (number, date, money, UDI).',
    fix: 'Have the sender correct it or mend the rule; where a mapped event waits with it, edit the value on the worklist.',
  },
  UNMAPPED_CODE: {
    class: 'permanent',
    meaning: 'A code is in no row of its table.',
    fix: 'Add the row to the table and reload, or give the value on the worklist: every event that waits for it goes on.',
  },
  UNRESOLVED_REFERENCE: {
    class: 'permanent',
    meaning: 'A resource refers to another that is not known here, and a rule needs it.',
    fix: 'Have the sender write the resource: every event that waits for it goes on. Or discard with a reason.',
  },
  TOO_MANY_EVENTS: {
    class: 'permanent',
    meaning: 'One message would make more events than engine.yaml allows.',
    fix: 'Check for_each; raise limits.events_per_message if it is right.',
  },
  // bridge
  UNKNOWN_ITEM: {
    class: 'permanent',
    meaning: 'The item is not in the item master under any identifier.',
    fix: 'Load it, or link the identifier to an item on the worklist.',
  },
  ITEM_NOT_ACTIVE: {
    class: 'permanent',
    meaning: 'The item is inactive or blocked in the item master.',
    fix: 'Activate it and load it again, or edit the value to its substitute.',
  },
  UNKNOWN_LOCATION: { class: 'permanent', meaning: 'The location is not in the location master.', fix: 'Load it, or edit the value.' },
  UNKNOWN_DEPARTMENT: { class: 'permanent', meaning: 'The department is not in the department master.', fix: 'Load it, or edit the value.' },
  UNKNOWN_COST_CENTRE: {
    class: 'permanent',
    meaning: 'No active cost centre can be found for the event.',
    fix: 'Give the department a cost centre, or edit the value.',
  },
  UNKNOWN_SUPPLIER: {
    class: 'permanent',
    meaning: 'The item’s supplier is missing, unknown or blocked.',
    fix: 'Load or release the supplier, or edit the value.',
  },
  UNKNOWN_UNIT: {
    class: 'permanent',
    meaning: 'No factor leads from the unit to the item’s base unit.',
    fix: 'Load the factor with `aqueduct load units`; it cannot be edited on the worklist.',
  },
  UNKNOWN_PRICE: {
    class: 'permanent',
    meaning: 'No price holds for item and supplier on the date, and the event carries no cost.',
    fix: 'Load the price with `aqueduct load prices`; it cannot be edited on the worklist.',
  },
  UNKNOWN_CURRENCY: {
    class: 'permanent',
    meaning: 'An amount has no currency, or one that is not an ISO 4217 code.',
    fix: 'Say the currency in the rule, or edit the value.',
  },
  MISSING_LOT: {
    class: 'permanent',
    meaning: 'The item needs a lot or serial number and the event has none (R5).',
    fix: 'Find it on the label or in the case record and edit the value.',
  },
  EXPIRED_LOT: {
    class: 'permanent',
    meaning: 'The lot was past its expiry on the day of use (R5).',
    fix: 'Tell the service’s risk officer; correct a mistyped date, or discard with a reason.',
  },
  SERIAL_CONFLICT: {
    class: 'permanent',
    meaning: 'One device cannot be used so: its serial number was used before and not taken back, or more than one piece is said to have it.',
    fix: 'Find out which record is wrong and discard or correct that; release it with a reason when both are right.',
  },
  STOCK_SHORT: {
    class: 'permanent',
    meaning: 'More is moved out of a place than is on hand there.',
    fix: 'Correct the quantity or the place, or count the stock and retry; release it with a reason when it was there.',
  },
  NO_ORIGINAL: {
    class: 'permanent',
    meaning: 'A reversal found nothing that it could reverse (R33).',
    fix: 'Retry when its original has come, link it to what the ERP has booked for it, or discard it with a reason.',
  },
  REVERSAL_TOO_LARGE: {
    class: 'permanent',
    meaning: 'A reversal is larger than what remains of its original (R34).',
    fix: 'Correct the quantity or discard it.',
  },
  RECALLED_LOT: {
    class: 'permanent',
    meaning: 'The lot is recalled or in quarantine (R5).',
    fix: 'Tell the risk officer. Release it with a reason when the use is confirmed, or discard.',
  },
  ACCOUNT_BLOCKED: {
    class: 'permanent',
    meaning: 'No posting rule gives an account, or the account is blocked for posting (R26).',
    fix: 'Complete the posting rules of the policies, or open the account in the ERP and pull or load it again.',
  },
  PERIOD_CLOSED: {
    class: 'permanent',
    meaning: 'The posting date is in a closed period and the policy does not move it (R35).',
    fix: 'Open the period in the ERP, or release it with a reason to post on the first open day.',
  },
  ORDER_CHANGED: {
    class: 'permanent',
    meaning:
      'An order is not what it was: the supplier acknowledged it otherwise (855), the ERP ended it after its goods were used, or what it was used for is taken back after it was invoiced (R33).',
    fix: 'Settle it with the supplier (a corrected order, or a credit for what was invoiced); release to go on as it is, or discard.',
  },
  ORDER_LATE: {
    class: 'permanent',
    meaning: 'A requisition was not approved, or an order not acknowledged, received or invoiced, in its time.',
    fix: 'See where it stands in the story; act in the ERP, then retry.',
  },
  RECEIPT_MISMATCH: {
    class: 'permanent',
    meaning: 'A receipt fits no open order line, is more than was ordered, or is for an order that is ended or another supplier’s.',
    fix: 'Correct the order in the ERP and retry, or release the over-receipt with a reason.',
  },
  INVOICE_NO_ORDER: {
    class: 'permanent',
    meaning: 'The invoice names no order that is known, one that was cancelled or rejected, or a line that the order does not have.',
    fix: 'Give the order number, or discard the invoice with a reason and have it sent again.',
  },
  INVOICE_PRICE: {
    class: 'permanent',
    meaning: 'The invoiced price is outside the tolerance of the order’s (R18–R21).',
    fix: 'Ask the supplier for a credit, or release it with a reason: the variance is posted.',
  },
  INVOICE_QUANTITY: {
    class: 'permanent',
    meaning: 'More is invoiced than was ordered or received, or its order is closed or not approved yet (R18–R21).',
    fix: 'Wait for the receipt, ask for a credit, or release it with a reason.',
  },
  INVOICE_TOTAL: {
    class: 'permanent',
    meaning: 'The invoice does not add up, or its freight, tax or total is outside the tolerance.',
    fix: 'Ask the supplier for a corrected invoice, or release it with a reason.',
  },
  INVOICE_UNIT: {
    class: 'permanent',
    meaning: 'The invoice is in a unit that no factor leads to the order’s (R16).',
    fix: 'Load the factor with `aqueduct load units` and retry.',
  },
  INVOICE_DUPLICATE: {
    class: 'permanent',
    meaning: 'An invoice of this supplier with this number, or of this date and amount, was taken before (R24).',
    fix: 'Discard it with a reason; release it only when it is truly another invoice.',
  },
  SUPPLIER_APPROVAL: {
    class: 'permanent',
    meaning: 'A new supplier waits for approval by accounts payable, or resembles one that exists (R41).',
    fix: 'Check it out of band; release it with a reason to create it, or discard the request.',
  },
  STEWARD_CONFLICT: {
    class: 'permanent',
    meaning: 'A source changed a field of master data that another source is steward of.',
    fix: 'Change it at its steward, or discard the change.',
  },
  RECONCILIATION: {
    class: 'permanent',
    meaning: 'The day’s usage or cost does not agree with what the ERP booked (R43).',
    fix: 'Open the reconciliation report of the day, settle the differences that it lists, then retry.',
  },
  NOT_X12: {
    class: 'permanent',
    meaning: 'The bytes are no X12 interchange that can be read, or a transaction of it breaks its grammar.',
    fix: 'Read the 997 that was answered; have the partner mend and send it again.',
  },
  BRIDGE_FAILED: {
    class: 'permanent',
    meaning: 'A rule of the bridge failed on this event: a defect of the engine.',
    fix: 'Report it with the event id; retry after the update.',
  },
  // delivery
  DESTINATION_UNREACHABLE: {
    class: 'transient',
    meaning: 'No connection could be made; nothing was sent.',
    fix: 'Nothing; it is tried again. Check the address if it lasts.',
  },
  DESTINATION_BUSY: { class: 'transient', meaning: 'The destination asked to be tried later (429, 503).', fix: 'Nothing; it is tried again.' },
  DESTINATION_FAILED: {
    class: 'transient',
    meaning: 'The destination reported an error of its own (5xx).',
    fix: 'Nothing; it is tried again. Tell its operator if it lasts.',
  },
  DESTINATION_REFUSED: {
    class: 'permanent',
    meaning: 'The destination refused the content (4xx).',
    fix: 'Read its answer on the worklist; have the destination mended and retry, or discard.',
  },
  DESTINATION_AUTH: {
    class: 'transient',
    meaning: 'The other FHIR server, or its token endpoint, did not accept who the engine says it is.',
    fix: 'Check client id, key and scopes in the file that names the server, and its registration there.',
  },
  ATTEMPTS_EXHAUSTED: { class: 'permanent', meaning: 'Every allowed attempt failed.', fix: 'Mend the destination, then retry the worklist item.' },
  NO_ANSWER: {
    class: 'unknown',
    meaning: 'It was sent and no answer came: the destination may have taken it.',
    fix: 'Nothing; it is looked up by its key. If it stays unknown, find the key in the ERP and link or retry.',
  },
  ERP_REFUSED: {
    class: 'permanent',
    meaning: 'The ERP refused the document.',
    fix: 'Read its answer on the worklist; correct master data in the ERP and retry, or link what was booked by hand.',
  },
  ERP_PERIOD_CLOSED: {
    class: 'permanent',
    meaning: 'The posting date is in a closed period (R35).',
    fix: 'Open the period and retry, or link what was booked by hand.',
  },
  ERP_AUTH: { class: 'transient', meaning: 'The ERP did not accept the credentials.', fix: 'Check the secret named in the destination file.' },
  LOOKUP_FAILED: { class: 'unknown', meaning: 'The destination could not be asked whether it has the document.', fix: 'Nothing; it is asked again.' },
  // operation
  INTERNAL: {
    class: 'transient',
    meaning: 'A defect of the engine; the work stays where it was and is tried again.',
    fix: 'Report it with the ids from the log.',
  },
} as const satisfies Record<string, Failure>

export type FailureCode = keyof typeof FAILURES

/** A failure that happened: code, the place (an HL7 path, a field, a file) and words without content of the message. */
export interface Fault {
  readonly code: FailureCode
  /** Where: `FT1(2)-10`, `MSH-9`, `quantity`. */
  readonly place?: string
  /** What was expected and what to do. Never a value of the message. */
  readonly text: string
}

/** The one error class: a surprise with a code from {@link FAILURES}. */
export class AqueductError extends Error {
  readonly code: FailureCode
  readonly place: string | undefined
  constructor(code: FailureCode, text: string, options: { place?: string; cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AqueductError'
    this.code = code
    this.place = options.place
  }
}

/** The fault that any thrown thing stands for. An unexpected error's own text is withheld: it may quote content. */
export function faultOf(error: unknown, fallback: FailureCode): Fault {
  if (error instanceof AqueductError) {
    return error.place === undefined ? { code: error.code, text: error.message } : { code: error.code, place: error.place, text: error.message }
  }
  return { code: fallback, text: error instanceof Error ? error.name : 'thrown value' }
}
