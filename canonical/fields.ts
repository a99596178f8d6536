/**
 * The fields of each canonical event and the shape of each kind of field, as data: the zod schemas, the published JSON Schemas,
 * the mapper's conversions and the channel file's reference are all made from here (DESIGN §6).
 *
 * Shapes: text → string; code → {code, system?, text?}; decimal → decimal string; quantity → {value, unit} with a decimal
 * string; money → {amount, currency} (ISO 4217); moment → the date-time as sent, cut to the precision that was sent
 * (`2026-03`, `2026-03-01T10:22:33+01:00`), never moved between zones; date → `YYYY-MM-DD`; udi → {carrier, issuer?, di?, lot?,
 * serial?, expiry?, made?, problems?}; identifier → {value, system?, type?}; lines → lines of an order, receipt or invoice
 * ({@link DOCUMENT_LINE}); attributes → column → text, columns as in the bridge's tables; texts → list of text. Attributes
 * and texts come from ERPs and partners; a channel's `set:` cannot make them, and makes lines only over FHIR.
 */
export type FieldKind = 'text' | 'code' | 'decimal' | 'quantity' | 'money' | 'moment' | 'date' | 'udi' | 'identifier' | 'lines' | 'attributes' | 'texts'

export interface Field {
  readonly kind: FieldKind
  readonly required?: true
  readonly about: string
}

const occasion = {
  occurredAt: { kind: 'moment', required: true, about: 'When it happened, with the precision that was sent.' },
  case: { kind: 'text', about: 'The clinical occasion: case, account or encounter number.' },
  patient: { kind: 'identifier', about: 'The patient’s identifier; nothing else of the patient.' },
  procedure: { kind: 'code', about: 'Procedure code.' },
  performer: { kind: 'identifier', about: 'Who used or ordered it.' },
  department: { kind: 'text', about: 'Department that bears it, as the department master knows it.' },
  location: { kind: 'text', about: 'Where it was taken from, as the location master knows it.' },
  costCentre: { kind: 'text', about: 'Cost centre, when the sender states it (wins over the department’s, R25).' },
  serviceLine: { kind: 'text', about: 'Service line, when the sender states it.' },
  reference: { kind: 'text', about: 'The sender’s own number for the line (FT1-2, ORC-2).' },
} as const satisfies Record<string, Field>

const supply = {
  ...occasion,
  item: { kind: 'code', required: true, about: 'Item, charge or catalogue number with its coding system.' },
  description: { kind: 'text', about: 'What the sender calls it.' },
  quantity: { kind: 'quantity', required: true, about: 'How much, positive, with its unit.' },
  udi: { kind: 'udi', about: 'Unique device identifier, parsed; the carrier text is kept.' },
  lot: { kind: 'text', about: 'Lot number, case and leading zeros kept.' },
  serial: { kind: 'text', about: 'Serial number, case and leading zeros kept.' },
  expiry: { kind: 'date', about: 'Expiry date of the lot.' },
  unitCost: { kind: 'money', about: 'Cost of one unit (FT1-22): not the price charged.' },
  supplier: { kind: 'text', about: 'Supplier, when the sender states it.' },
  released: { kind: 'text', about: 'Who let it go on as it is, and why: put by a release on the worklist.' },
  ownership: { kind: 'text', about: 'owned | consigned | bill-only | bill-and-replace | par | charge-only, when the line overrides the item’s (R1).' },
} as const satisfies Record<string, Field>

const cost = {
  ...occasion,
  charge: { kind: 'code', required: true, about: 'Charge code.' },
  description: { kind: 'text', about: 'What the sender calls it.' },
  quantity: { kind: 'quantity', about: 'How many, positive.' },
  amount: { kind: 'money', required: true, about: 'Extended amount.' },
  unitAmount: { kind: 'money', about: 'Amount for one.' },
} as const satisfies Record<string, Field>

const stock = {
  occurredAt: occasion.occurredAt,
  item: supply.item,
  quantity: supply.quantity,
  owner: { kind: 'text', about: 'Supplier that consigned it; without it, the hospital’s own.' },
  location: { kind: 'text', required: true, about: 'Where, as the location master knows it.' },
  toLocation: { kind: 'text', about: 'Where it went.' },
  lot: supply.lot,
  serial: supply.serial,
  expiry: supply.expiry,
  reference: occasion.reference,
} as const satisfies Record<string, Field>

/** A line of an order, acknowledgement, shipment, receipt or invoice, as the other side states it. Fields of kinds that are single values. */
export const DOCUMENT_LINE = {
  line: { kind: 'text', required: true, about: 'Its own number in its document.' },
  orderLine: { kind: 'text', about: 'The order’s line that it is of.' },
  item: { kind: 'code', about: 'Item, catalogue number or GTIN with its system: item | vendor | gtin | hibc.' },
  description: { kind: 'text', about: 'What the other side calls it.' },
  quantity: { kind: 'quantity', about: 'How much, with its unit. Zero or more.' },
  unitPrice: { kind: 'decimal', about: 'Price of one unit, in the document’s currency.' },
  amount: { kind: 'decimal', about: 'Amount of the line, in the document’s currency.' },
  received: { kind: 'decimal', about: 'Received so far, in the line’s unit (orders).' },
  invoiced: { kind: 'decimal', about: 'Invoiced so far, in the line’s unit (orders).' },
  status: { kind: 'text', about: 'What the other side says of it: accepted | changed | backordered | rejected | substituted | closed.' },
  date: { kind: 'date', about: 'Promised or needed date.' },
  lot: supply.lot,
  serial: supply.serial,
  expiry: supply.expiry,
  location: { kind: 'text', about: 'Where it goes.' },
  costCentre: { kind: 'text', about: 'Cost centre.' },
  serviceLine: { kind: 'text', about: 'Service line.' },
  account: { kind: 'text', about: 'GL account.' },
} as const satisfies Record<string, Field>

const order = {
  occurredAt: occasion.occurredAt,
  order: { kind: 'text', about: 'Number of the order it belongs to, as the ERP shows it.' },
  number: { kind: 'text', required: true, about: 'Its own number: acknowledgement, packing slip, receipt, invoice.' },
  supplier: { kind: 'text', about: 'Supplier, as the supplier master knows it.' },
  company: { kind: 'text', about: 'Company, when it is stated.' },
  currency: { kind: 'text', about: 'ISO 4217 currency of all amounts.' },
  date: { kind: 'date', about: 'Its own date (invoice date).' },
  lines: { kind: 'lines', required: true, about: 'Its lines.' },
  amount: { kind: 'decimal', about: 'Total of the document.' },
  freight: { kind: 'decimal', about: 'Freight, and other charges.' },
  tax: { kind: 'decimal', about: 'Tax.' },
  reference: occasion.reference,
  key: { kind: 'text', about: 'Our key, when its reference field shows one.' },
  documentKind: { kind: 'text', about: 'invoice | credit | debit; receipt | return; acknowledgement: accepted | changed | rejected.' },
  status: {
    kind: 'text',
    about: 'State in the ERP: draft | submitted | approved | rejected | ordered | acknowledged | received | invoiced | posted | paid | cancelled | closed.',
  },
  origins: { kind: 'texts', about: 'Our keys of what it came from (the requisitions of an order).' },
  released: { kind: 'text', about: 'Who let it go on as it is, and why: put by a release on the worklist.' },
} as const satisfies Record<string, Field>

const demand = {
  ...occasion,
  item: { kind: 'code', about: 'Item or preference-card number.' },
  quantity: { kind: 'quantity', about: 'How much is expected.' },
} as const satisfies Record<string, Field>

const master = {
  occurredAt: occasion.occurredAt,
  code: { kind: 'text', required: true, about: 'The code that changed.' },
  description: { kind: 'text', about: 'Its description.' },
  status: { kind: 'text', about: 'active | inactive | blocked.' },
  table: {
    kind: 'text',
    about: 'Load table that it is a row of (items, suppliers, prices …) when the type does not say it; `ledger-totals`: a sum of the ERP’s ledger (R43).',
  },
  attributes: { kind: 'attributes', about: 'Columns of the row as `aqueduct load` names them. A column that is not there stays as it is.' },
} as const satisfies Record<string, Field>

/** Event types with their own fields. The envelope (id, type, version, recordedAt, source, businessKey) is on every event. */
export const EVENT_FIELDS = {
  SupplyUsed: supply,
  SupplyWasted: supply,
  SupplyReturned: supply,
  SupplyReversed: supply,
  SupplyRequested: {
    ...supply,
    neededAt: { kind: 'date', about: 'Date needed.' },
    priority: { kind: 'text', about: 'routine | stat: what is stat is ordered at once and alone (R13).' },
  },
  SupplyReceived: { ...supply, order: { kind: 'text', about: 'Order that it was received for.' } },
  StockCounted: { ...stock, quantity: { ...stock.quantity, about: 'How much is there, zero or more, with its unit.' } },
  StockMoved: stock,
  DemandScheduled: demand,
  DemandCancelled: demand,
  ProcedurePerformed: { ...occasion, procedure: { ...occasion.procedure, required: true } },
  CostIncurred: cost,
  CostReversed: cost,
  EncounterChanged: { ...occasion, status: { kind: 'text', about: 'Status of the encounter.' } },
  PatientMerged: {
    occurredAt: occasion.occurredAt,
    patient: { ...occasion.patient, required: true },
    mergedInto: { kind: 'identifier', required: true, about: 'The identifier that stays.' },
  },
  ItemChanged: master,
  SupplierChanged: master,
  LocationChanged: master,
  PurchaseOrderAcknowledged: order,
  ShipmentAnnounced: order,
  GoodsReceived: order,
  InvoiceReceived: order,
  MasterDataChanged: master,
  DocumentStatusChanged: {
    ...order,
    lines: { kind: 'lines', about: 'Its lines, for orders and receipts.' },
    document: { kind: 'text', required: true, about: 'requisition | order | receipt | invoice | journal | payment' },
  },
  TransmissionAcknowledged: {
    occurredAt: occasion.occurredAt,
    control: { kind: 'text', required: true, about: 'Control number of what is acknowledged.' },
    status: { kind: 'text', required: true, about: 'accepted | partly | rejected' },
    errors: { kind: 'texts', about: 'Codes of what was wrong.' },
  },
  SupplierRequested: {
    occurredAt: occasion.occurredAt,
    code: { kind: 'text', required: true, about: 'Code that the supplier is to have.' },
    name: { kind: 'text', required: true, about: 'Name.' },
    taxId: { kind: 'text', about: 'Tax id.' },
    currency: { kind: 'text', about: 'Currency it invoices in.' },
    street: { kind: 'text', about: 'Street.' },
    city: { kind: 'text', about: 'City.' },
    postcode: { kind: 'text', about: 'Postcode.' },
    email: { kind: 'text', about: 'Where orders and questions go.' },
    requester: { kind: 'text', about: 'Who asked for it.' },
    released: { kind: 'text', about: 'Who approved it, and why: put by a release on the worklist.' },
  },
  TimerFired: {
    occurredAt: occasion.occurredAt,
    name: { kind: 'text', required: true, about: 'Which timer.' },
    subject: { kind: 'text', required: true, about: 'Of what.' },
    due: { kind: 'decimal', required: true, about: 'Milliseconds at which it was due.' },
  },
} as const satisfies Record<string, Readonly<Record<string, Field>>>

export type EventType = keyof typeof EVENT_FIELDS

/** What `minus` turns an event into: the same fields, a positive quantity, to be matched with what it reverses. */
export const REVERSALS: Readonly<Partial<Record<EventType, EventType>>> = {
  SupplyUsed: 'SupplyReversed',
  SupplyWasted: 'SupplyReversed',
  CostIncurred: 'CostReversed',
}

/**
 * What takes an event back when the thing that told it tells it no more. A move is taken back by the move the other way, a receipt
 * by one that says in `reverses` what it takes back.
 */
export const TAKEN_BACK_BY: Readonly<Partial<Record<EventType, EventType>>> = {
  ...REVERSALS,
  DemandScheduled: 'DemandCancelled',
  SupplyRequested: 'DemandCancelled',
  StockMoved: 'StockMoved',
  SupplyReceived: 'SupplyReceived',
}
