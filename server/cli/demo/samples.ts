/** The messages the demonstration plays, in order, and what each must come to. */

export interface Sample {
  readonly channel: string
  /** In the channel's `messages/`. */
  readonly file: string
  readonly about: string
  /** Event type and its document kinds, in the order of the events. */
  readonly events: readonly { readonly type: string; readonly documents: readonly string[] }[]
  /** What a person gives on the worklist, where the message needs one. */
  readonly fix?: { readonly value: string; readonly about: string }
}

const OWNED = ['goods-issue', 'journal']
const BILL_ONLY = { type: 'SupplyUsed', documents: ['purchase-order', 'journal'] }

export const SAMPLES: readonly Sample[] = [
  {
    channel: 'or-supply-usage',
    file: 'hip-implant.hl7',
    about: 'three bill-only implants of a hip replacement, scanned with UDI',
    events: [BILL_ONLY, BILL_ONLY, BILL_ONLY],
  },
  {
    channel: 'or-supply-usage',
    file: 'plate.hl7',
    about: 'an implant of the hospital’s own, scanned with UDI: the minimum is reached',
    events: [{ type: 'SupplyUsed', documents: ['goods-issue', 'requisition', 'journal'] }],
  },
  {
    channel: 'or-supply-usage',
    file: 'sutures.hl7',
    about: 'four sutures from stock: the minimum is crossed',
    events: [{ type: 'SupplyUsed', documents: ['goods-issue', 'requisition', 'journal'] }],
  },
  { channel: 'or-supply-usage', file: 'waste.hl7', about: 'a haemostat, opened and dropped', events: [{ type: 'SupplyWasted', documents: OWNED }] },
  {
    channel: 'or-supply-usage',
    file: 'sutures-credit.hl7',
    about: 'one of the four sutures is credited',
    events: [{ type: 'SupplyReversed', documents: ['goods-return', 'journal'] }],
  },
  {
    channel: 'or-supply-usage',
    file: 'multi-line.hl7',
    about: 'a drape, a box of sutures counted in boxes, and a charge that is no supply',
    events: [
      { type: 'SupplyUsed', documents: OWNED },
      { type: 'SupplyUsed', documents: OWNED },
    ],
  },
  { channel: 'or-supply-usage', file: 'old-sender.hl7', about: 'a sender of the v2.3 generation', events: [{ type: 'SupplyUsed', documents: OWNED }] },
  {
    channel: 'or-supply-usage',
    file: 'unknown-department.hl7',
    about: 'a department that no table knows',
    events: [{ type: 'SupplyUsed', documents: OWNED }],
    fix: { value: 'OR-MAIN', about: 'The hybrid OR belongs to the main operating rooms' },
  },
  {
    channel: 'or-charges',
    file: 'room-time.hl7',
    about: 'room and recovery time as charges',
    events: [
      { type: 'CostIncurred', documents: ['journal'] },
      { type: 'CostIncurred', documents: ['journal'] },
    ],
  },
  {
    channel: 'or-charges',
    file: 'room-time-credit.hl7',
    about: 'one hour of room time is credited',
    events: [{ type: 'CostReversed', documents: ['journal'] }],
  },
  {
    channel: 'or-implants-fhir',
    file: 'cup-told-again.json',
    about: 'the cup of the first hip again, told by the EHR as a Procedure: the same serial in the same case is one usage',
    events: [{ type: 'SupplyUsed', documents: [] }],
  },
  {
    channel: 'or-implants-fhir',
    file: 'hip-implant.json',
    about: 'another hip, its three implants told as FHIR alone',
    events: [BILL_ONLY, BILL_ONLY, BILL_ONLY],
  },
  {
    channel: 'or-implants-fhir',
    file: 'hip-without-head.json',
    about: 'the procedure is corrected: the head was not implanted',
    events: [{ type: 'SupplyReversed', documents: ['order-cancellation', 'journal'] }],
  },
  {
    channel: 'supply-delivery-fhir',
    file: 'to-patient.json',
    about: 'two sutures from a cabinet, delivered to a patient',
    events: [{ type: 'SupplyUsed', documents: OWNED }],
  },
  { channel: 'or-charges', file: 'payment.hl7', about: 'a payment and an adjustment: no cost of a case', events: [] },
]
