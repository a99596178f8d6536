/** Master data and messages of the crash test: synthetic, every line names the connection and number it came from. */

/** CSV rows by load table. Stock is plenty, so that reorder points are crossed now and then, not always. */
export const MASTER_DATA: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  suppliers: [{ supplier: 'V-1', name: 'Sutures Inc', status: 'active', currency: 'USD' }],
  'cost-centres': [{ cost_centre: '7010', name: 'Operating rooms', status: 'active' }],
  departments: [{ department: 'OR', name: 'Operating rooms', cost_centre: '7010', service_line: 'ORTHO' }],
  locations: [{ location: 'OR-POU', name: 'OR point of use', department: 'OR', status: 'active' }],
  items: ['SUT-1', 'SUT-2', 'SUT-3'].map((item) => ({
    item,
    description: `Suture ${item}`,
    base_uom: 'EA',
    category: 'supplies',
    ownership: 'owned',
    supplier: 'V-1',
    gtin: '',
    vendor_catalog: `C-${item}`,
    charge_code: `CH-${item}`,
    lot_required: 'false',
    status: 'active',
  })),
  prices: ['SUT-1', 'SUT-2', 'SUT-3'].map((item) => ({
    item,
    supplier: 'V-1',
    unit: 'EA',
    price: '4.25',
    currency: 'USD',
    valid_from: '2020-01-01',
    valid_to: '',
  })),
  stock: ['SUT-1', 'SUT-2', 'SUT-3'].map((item) => ({ location: 'OR-POU', item, on_hand: '1000', min: '950', max: '1000' })),
}

export interface Sent {
  readonly controlId: string
  readonly account: string
  /** Rises within an account. */
  readonly number: number
}

/** A usage of one suture, unframed. */
export function usage({ controlId, account, number }: Sent): Buffer {
  const day = '20260301'
  const segments = [
    `MSH|^~\\&|PERIOP|GENHOSP|AQUEDUCT|ERP|${day}102233||DFT^P03^DFT_P03|${controlId}|P|2.5.1`,
    `EVN|P03|${day}102233`,
    `PID|1||T${account}^^^GENHOSP^MR||TEST^PERSON||19700101|F||||||||||${account}^^^GENHOSP^AN`,
    `FT1|1|${account}-${String(number)}||${day}|${day}|CG|SUT-${String((number % 3) + 1)}^Suture^ITEM|||1|||OR|||OR-POU||||||4.25^USD`,
  ]
  return Buffer.from(segments.join('\r') + '\r')
}
