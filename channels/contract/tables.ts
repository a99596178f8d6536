/**
 * The rows that the bridge's rules read and write, as the store keeps them. Quantities, factors and amounts are integers scaled
 * by {@link SCALE}; dates are `YYYY-MM-DD`. The store knows how each table is laid out in SQL, the bridge knows what it means.
 */

/** 10⁶: six decimals for quantities, prices and unit factors (R37). */
export const SCALE = 1_000_000

type Column = 'text' | 'int'

/**
 * The columns of each table: the types, the store's statements and the master data's loader are made from here. Every `text` is ''
 * and every `int` 0 when nothing is known.
 */
export const BRIDGE_COLUMNS = {
  // master data (each with its history in `change`)
  /** `substitute`: item to take when this one may not be used. */
  item: {
    item: 'text',
    description: 'text',
    base_uom: 'text',
    category: 'text',
    ownership: 'text',
    supplier: 'text',
    vendor_catalog: 'text',
    charge_code: 'text',
    lot_required: 'int',
    status: 'text',
    substitute: 'text',
  },
  /** scheme: item | gtin | hibc | vendor | charge. `unit`: the packaging that the identifier names, '' for the base unit. */
  identifier: { scheme: 'text', value: 'text', item: 'text', unit: 'text' },
  /** `parent`: supplier whose invoice numbers it shares (R24). `transmission`: '' (the ERP sends orders) or `x12`. */
  supplier: { supplier: 'text', name: 'text', status: 'text', currency: 'text', parent: 'text', tax_id: 'text', postcode: 'text', transmission: 'text' },
  /** kind: '' | warehouse | storage | point-of-use | par | consignment. `parent`: the location it is in. */
  location: { location: 'text', name: 'text', department: 'text', status: 'text', parent: 'text', kind: 'text', company: 'text' },
  department: { department: 'text', name: 'text', cost_centre: 'text', service_line: 'text', company: 'text' },
  cost_centre: { cost_centre: 'text', name: 'text', status: 'text', company: 'text', valid_from: 'text', valid_to: 'text' },
  service_line: { service_line: 'text', name: 'text', status: 'text' },
  /** kind: asset | liability | expense | … as the ERP says. A blocked account is refused before sending (R26). */
  gl_account: { account: 'text', name: 'text', status: 'text', kind: 'text', company: 'text' },
  /** Who bears it when neither line nor place says (R25). basis: service | performer | category. */
  cost_rule: { basis: 'text', value: 'text', valid_from: 'text', valid_to: 'text', cost_centre: 'text', service_line: 'text' },
  /** Allocation of one cost centre over several (R25): `share` in 10⁻⁶, together 10⁶. */
  cost_split: { cost_centre: 'text', line: 'int', target: 'text', service_line: 'text', share: 'int', valid_from: 'text', valid_to: 'text' },
  /** Exact rational factor to the item's base unit: quantity × numerator ÷ denominator. item '' holds for every item. */
  unit: { item: 'text', unit: 'text', numerator: 'int', denominator: 'int' },
  price: {
    item: 'text',
    supplier: 'text',
    unit: 'text',
    valid_from: 'text',
    valid_to: 'text',
    price: 'int',
    currency: 'text',
    contract: 'text',
  },
  contract: { contract: 'text', supplier: 'text', name: 'text', valid_from: 'text', valid_to: 'text', status: 'text' },
  /** What is known of a lot or serial number. status: '' | recalled | quarantined; a use of such a lot is held (R5). */
  lot: { item: 'text', lot: 'text', expiry: 'text', status: 'text', reason: 'text' },
  /** History of master data, append-only. `source`: `erp:<destination>`, `file:<name>`, a person. */
  change: { table_name: 'text', row_key: 'text', field: 'text', at: 'int', line: 'int', before: 'text', after: 'text', source: 'text' },

  // inventory
  /** Owned stock by location and item. `par`: level that a count is filled up to (R9). `min_order`: least that is ordered at once. */
  stock: {
    location: 'text',
    item: 'text',
    on_hand: 'int',
    min: 'int',
    max: 'int',
    on_order: 'int',
    demand: 'int',
    multiple: 'int',
    par: 'int',
    min_order: 'int',
  },
  /** The same by lot, serial and owner ('' is the hospital, else the supplier that consigned it). on_hand is the sum of its movements. */
  balance: { location: 'text', item: 'text', lot: 'text', serial: 'text', owner: 'text', on_hand: 'int' },
  /** Append-only: on_hand is the sum of these. (message, n, line) is the event and a running number; message 0 is a load. */
  movement: {
    message: 'int',
    n: 'int',
    line: 'int',
    location: 'text',
    item: 'text',
    lot: 'text',
    serial: 'text',
    quantity: 'int',
    kind: 'text',
    day: 'text',
    owner: 'text',
  },
  /**
   * One per applied usage event: what a reversal can find and how much of it remains. `billed`: invoiced so far, same scale as quantity.
   * `channel` and `teller`: who told it, the teller being the thing that was told whole, or the channel. `same_message`, `same_n`: the use
   * that another told before (then ownership is `told-again`).
   */
  usage: {
    message: 'int',
    n: 'int',
    item: 'text',
    location: 'text',
    quantity: 'int',
    reversed: 'int',
    unit_cost: 'int',
    currency: 'text',
    business_key: 'text',
    case_item: 'text',
    ownership: 'text',
    day: 'text',
    billed: 'int',
    serial: 'text',
    channel: 'text',
    teller: 'text',
    same_message: 'int',
    same_n: 'int',
  },

  // purchasing
  /**
   * What has to be ordered and is not yet (R13). `demand`: id of the event + line. `group_key`: what may stand in one requisition together;
   * `open` = 1 until a builder took it. `document`: key of the requisition or order that it became.
   */
  demand_line: {
    demand: 'text',
    message: 'int',
    n: 'int',
    group_key: 'text',
    open: 'int',
    kind: 'text',
    item: 'text',
    location: 'text',
    supplier: 'text',
    quantity: 'int',
    unit: 'text',
    needed: 'text',
    body: 'text',
    document: 'text',
  },
  /** A requisition as it is known: ours (`requisition` is the document key) or one that was made in the ERP (`erp:NUMBER`). */
  requisition: { requisition: 'text', number: 'text', destination: 'text', supplier: 'text', state: 'text', orders: 'text', at: 'int' },
  /**
   * An order: ours (`purchase_order` is the document key) or one that was made in the ERP (`erp:NUMBER`). kind: stock | bill-only |
   * bill-and-replace | consigned. `receipt_expected` 0: two-way match (R23). `requisitions`: keys, space-separated.
   */
  purchase_order: {
    purchase_order: 'text',
    number: 'text',
    destination: 'text',
    company: 'text',
    supplier: 'text',
    currency: 'text',
    kind: 'text',
    receipt_expected: 'int',
    state: 'text',
    day: 'text',
    case_id: 'text',
    requisitions: 'text',
    acknowledged: 'text',
    at: 'int',
  },
  /** Quantities in `unit`, scaled; `price` for one of it. `received`, `invoiced`: cumulative; `invoiced_amount` scaled. */
  order_line: {
    purchase_order: 'text',
    line: 'int',
    item: 'text',
    description: 'text',
    quantity: 'int',
    unit: 'text',
    price: 'int',
    currency: 'text',
    received: 'int',
    invoiced: 'int',
    invoiced_amount: 'int',
    location: 'text',
    cost_centre: 'text',
    service_line: 'text',
    account: 'text',
    message: 'int',
    n: 'int',
    open: 'int',
  },
  /** A receipt (or a return: negative) of an order line. `receipt`: document key, or `erp:NUMBER`. */
  receipt_line: {
    receipt: 'text',
    line: 'int',
    number: 'text',
    purchase_order: 'text',
    order_line: 'int',
    item: 'text',
    quantity: 'int',
    unit: 'text',
    lot: 'text',
    serial: 'text',
    day: 'text',
    message: 'int',
    n: 'int',
  },
  /** `invoice`: supplier (or its parent) + normalised number (R24). state: see the process `invoice`. Amounts scaled. */
  invoice: {
    invoice: 'text',
    number: 'text',
    supplier: 'text',
    company: 'text',
    currency: 'text',
    day: 'text',
    purchase_order: 'text',
    order_number: 'text',
    kind: 'text',
    total: 'int',
    variance: 'int',
    state: 'text',
    reason: 'text',
    document: 'text',
    released_by: 'text',
    message: 'int',
    n: 'int',
    at: 'int',
  },
  invoice_line: {
    invoice: 'text',
    line: 'int',
    purchase_order: 'text',
    order_line: 'int',
    item: 'text',
    quantity: 'int',
    unit: 'text',
    price: 'int',
    amount: 'int',
    variance: 'int',
  },
  /** What was sent to a supplier (X12 850) and how it was answered (997, 855, 856). `control`: ISA13/GS06/ST02 of ours. */
  transmission: { control: 'text', document: 'text', purchase_order: 'text', partner: 'text', kind: 'text', state: 'text', at: 'int' },
  /** A request for a new supplier (R41). */
  onboarding: { request: 'text', supplier: 'text', name: 'text', tax_id: 'text', postcode: 'text', state: 'text', message: 'int', n: 'int', at: 'int' },

  // finance
  /** Fiscal periods by company and ledger (AP | INV | GL). kind: standard | adjustment. status: open | closed | future (R36). */
  period: { company: 'text', ledger: 'text', period: 'text', valid_from: 'text', valid_to: 'text', kind: 'text', status: 'text' },
  /** Each line of each journal of the bridge, for totals (R43). side as a sign: debit above zero. */
  journal_line: {
    document: 'text',
    line: 'int',
    message: 'int',
    n: 'int',
    company: 'text',
    day: 'text',
    posting_day: 'text',
    account: 'text',
    cost_centre: 'text',
    service_line: 'text',
    department: 'text',
    location: 'text',
    procedure: 'text',
    amount: 'int',
    currency: 'text',
  },
  /** Month-end accruals that were posted (R36): kind used-not-billed | received-not-invoiced; subject usage or order line. state: posted | reversed. */
  accrual: {
    company: 'text',
    period: 'text',
    kind: 'text',
    subject: 'text',
    amount: 'int',
    currency: 'text',
    document: 'text',
    state: 'text',
  },
  /** Totals of the ERP's ledger, as pulled, for the reconciliation (R43). */
  ledger_total: { company: 'text', period: 'text', account: 'text', cost_centre: 'text', currency: 'text', amount: 'int', destination: 'text', at: 'int' },

  // processes
  /** A durable state machine: where it is, since when, under which version of its table. `data`: JSON. */
  process: { process: 'text', subject: 'text', version: 'int', state: 'text', since: 'int', message: 'int', n: 'int', data: 'text' },
  /** A timer. `due` in milliseconds, 0: off. When it is due, the engine takes in a TimerFired event with its name, subject and due. */
  timer: { name: 'text', subject: 'text', due: 'int', destination: 'text' },
  /** Where a pull has got to. */
  cursor: { source: 'text', kind: 'text', value: 'text', at: 'int' },
  /** Business events for subscribers, append-only; `seq` (the order of commit) is given by the ledger: put 0. `body`: JSON, no patient. */
  notice: { message: 'int', n: 'int', line: 'int', seq: 'int', at: 'int', type: 'text', subject: 'text', body: 'text' },

  /** Documents with their delivery: what exists for an event, under which key and state. Written through Decision, read only here. */
  document: {
    key: 'text',
    id: 'text',
    kind: 'text',
    destination: 'text',
    message: 'int',
    n: 'int',
    delivery: 'int',
    state: 'text',
    mirror_of: 'text',
    erp_ref: 'text',
    body: 'text',
  },
} as const satisfies Record<string, Readonly<Record<string, Column>>>

export type BridgeTable = keyof typeof BRIDGE_COLUMNS
export type BridgeTables = {
  [T in BridgeTable]: { -readonly [C in keyof (typeof BRIDGE_COLUMNS)[T]]: (typeof BRIDGE_COLUMNS)[T][C] extends 'int' ? number : string }
}

/** A whole row of the fields that are known; the rest is '' and 0. */
export function newRow<T extends BridgeTable>(table: T, fields: Partial<BridgeTables[T]>): BridgeTables[T] {
  const blank = Object.fromEntries(Object.entries(BRIDGE_COLUMNS[table]).map(([column, type]) => [column, type === 'int' ? 0 : '']))
  return { ...blank, ...fields } as BridgeTables[T]
}

/** Primary keys, in order. */
export const BRIDGE_KEYS = {
  item: ['item'],
  identifier: ['scheme', 'value'],
  supplier: ['supplier'],
  location: ['location'],
  department: ['department'],
  cost_centre: ['cost_centre'],
  service_line: ['service_line'],
  gl_account: ['account'],
  cost_rule: ['basis', 'value', 'valid_from'],
  cost_split: ['cost_centre', 'valid_from', 'line'],
  unit: ['item', 'unit'],
  price: ['item', 'supplier', 'unit', 'valid_from'],
  contract: ['contract'],
  lot: ['item', 'lot'],
  change: ['table_name', 'row_key', 'field', 'at', 'line'],
  stock: ['location', 'item'],
  balance: ['location', 'item', 'lot', 'serial', 'owner'],
  movement: ['message', 'n', 'line'],
  usage: ['message', 'n'],
  demand_line: ['demand'],
  requisition: ['requisition'],
  purchase_order: ['purchase_order'],
  order_line: ['purchase_order', 'line'],
  receipt_line: ['receipt', 'line'],
  invoice: ['invoice'],
  invoice_line: ['invoice', 'line'],
  transmission: ['control'],
  onboarding: ['request'],
  period: ['company', 'ledger', 'period'],
  journal_line: ['document', 'line'],
  accrual: ['company', 'period', 'kind', 'subject'],
  ledger_total: ['company', 'period', 'account', 'cost_centre', 'currency'],
  process: ['process', 'subject'],
  timer: ['name', 'subject'],
  cursor: ['source', 'kind'],
  notice: ['message', 'n', 'line'],
  document: ['key'],
} as const satisfies { [T in BridgeTable]: readonly (keyof BridgeTables[T])[] }

/** Other ways to look rows up (each an index): table → finder → columns. A finder may give several rows. */
export const BRIDGE_FINDERS = {
  identifier: { byItem: ['item'] },
  supplier: { byTaxId: ['tax_id'], byPostcode: ['postcode'] },
  price: { byItem: ['item'] },
  gl_account: { byCompany: ['company'] },
  cost_rule: { byValue: ['basis', 'value'] },
  cost_split: { byCentre: ['cost_centre'] },
  usage: { byBusinessKey: ['business_key'], byCaseItem: ['case_item'], bySerial: ['item', 'serial'], byDay: ['day'] },
  balance: { byItem: ['location', 'item'] },
  /** Movements of a day, for a count of that long ago. */
  movement: { byDay: ['location', 'item', 'day'] },
  /** Open demand of a group: [group_key, 1]. */
  demand_line: { byGroup: ['group_key', 'open'], byDocument: ['document'], byEvent: ['message', 'n'] },
  requisition: { byNumber: ['number'], bySupplier: ['supplier', 'state'] },
  purchase_order: { byNumber: ['number'], bySupplier: ['supplier'] },
  /** Lines that are not received and invoiced in full: [1]. */
  order_line: { byOrder: ['purchase_order'], byOpen: ['open'], byEvent: ['message', 'n'] },
  receipt_line: { byOrder: ['purchase_order'], byReceipt: ['receipt'] },
  /** byAmount tells the same invoice under another number (R24). */
  invoice: { byOrder: ['order_number'], byNumber: ['number'], byAmount: ['supplier', 'day', 'total'] },
  invoice_line: { byInvoice: ['invoice'], byOrder: ['purchase_order'] },
  transmission: { byDocument: ['document'] },
  onboarding: { byTaxId: ['tax_id'], bySupplier: ['supplier'] },
  period: { byLedger: ['company', 'ledger'] },
  journal_line: { byEvent: ['message', 'n'] },
  accrual: { byPeriod: ['company', 'period'] },
  process: { bySubject: ['subject'] },
  document: { byEvent: ['message', 'n'], byMirror: ['mirror_of'], byReference: ['erp_ref'] },
} as const satisfies { [T in BridgeTable]?: Readonly<Record<string, readonly (keyof BridgeTables[T])[]>> }
