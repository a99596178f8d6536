/**
 * The fields of each canonical event and the shape of each kind of field, as data: the zod schemas, the published JSON Schemas,
 * the mapper's conversions and the channel file's reference are all made from here (DESIGN §6).
 *
 * Shapes: text → string; code → {code, system?, text?}; decimal → decimal string; quantity → {value, unit} with a decimal
 * string; money → {amount, currency} (ISO 4217); moment → the date-time as sent, cut to the precision that was sent
 * (`2026-03`, `2026-03-01T10:22:33+01:00`), never moved between zones; date → `YYYY-MM-DD`; udi → {carrier, issuer?, di?, lot?,
 * serial?, expiry?, made?, problems?}; identifier → {value, system?, type?}.
 */
export type FieldKind = 'text' | 'code' | 'decimal' | 'quantity' | 'money' | 'moment' | 'date' | 'udi' | 'identifier'

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
  location: { kind: 'text', required: true, about: 'Where, as the location master knows it.' },
  toLocation: { kind: 'text', about: 'Where it went.' },
  lot: supply.lot,
  serial: supply.serial,
  expiry: supply.expiry,
  reference: occasion.reference,
} as const satisfies Record<string, Field>

const order = {
  occurredAt: occasion.occurredAt,
  order: { kind: 'text', required: true, about: 'Order number.' },
  supplier: { kind: 'text', about: 'Supplier.' },
  item: { kind: 'code', about: 'Item or catalogue number.' },
  quantity: { kind: 'quantity', about: 'Quantity of the line.' },
  unitCost: { kind: 'money', about: 'Price of one.' },
  amount: { kind: 'money', about: 'Amount of the line or document.' },
  lot: supply.lot,
  serial: supply.serial,
  reference: occasion.reference,
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
} as const satisfies Record<string, Field>

/** Event types with their own fields. The envelope (id, type, version, recordedAt, source, businessKey) is on every event. */
export const EVENT_FIELDS = {
  SupplyUsed: supply,
  SupplyWasted: supply,
  SupplyReturned: supply,
  SupplyReversed: supply,
  SupplyRequested: { ...supply, neededAt: { kind: 'date', about: 'Date needed.' } },
  SupplyReceived: supply,
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
} as const satisfies Record<string, Readonly<Record<string, Field>>>

export type EventType = keyof typeof EVENT_FIELDS

/** What `minus` turns an event into: the same fields, a positive quantity, to be matched with what it reverses. */
export const REVERSALS: Readonly<Partial<Record<EventType, EventType>>> = {
  SupplyUsed: 'SupplyReversed',
  SupplyWasted: 'SupplyReversed',
  CostIncurred: 'CostReversed',
}
