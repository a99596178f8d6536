/**
 * A `supplier-order` document as X12 850. Pure.
 *
 * Control numbers: ISA13 = GS06 = 10⁸ + the first 64 bits of sha256(`RECEIVER:KEY`) modulo 9 × 10⁸, ST02 is 0001. So a document has the
 * same number at every attempt and no counter has to survive a crash. Two orders to one partner share a number with a chance of 1 in
 * 9 × 10⁸; among 1,000 orders that the partner compares that is 1 in 1,800.
 */
import { controlNumberOf, writeInterchange } from '../../../mappers/x12/index.ts'
import type { Party, SegmentDraft, Written } from '../../../mappers/x12/index.ts'
import type { Version, X12Options } from './options.ts'

/** The members of a `supplier-order` document that an 850 has room for. */
export interface SupplierOrder {
  readonly order: string
  readonly supplier: string
  readonly company?: string
  readonly currency: string
  readonly orderDate: string
  readonly shipTo?: string
  readonly lines: readonly {
    readonly line: number
    readonly item: string
    readonly description?: string
    readonly quantity: string
    readonly unit: string
    readonly vendorCatalog?: string
    readonly unitPrice?: string
    readonly lot?: string
  }[]
}

export type PurchaseOrder =
  | { readonly ok: true; readonly text: string; /** `GS06/ST02`: what a 997 about it names. */ readonly control: string }
  | { readonly ok: false; readonly place: string; readonly text: string }

const ST = '0001'
/** Characters of a description that one PID holds. */
const PID_LENGTH = 80

/** @param key the document's key, in REF*CR; @param at milliseconds, for the dates of the envelope */
export function purchaseOrder(order: SupplierOrder, key: string, options: X12Options, at: number): PurchaseOrder {
  const receiver = options.receivers.get(order.supplier)
  if (receiver === undefined)
    return { ok: false, place: 'supplier', text: `options.receivers has no ${order.supplier}: add it, or send the order another way.` }
  const version = receiver.version ?? options.version
  const control = controlNumberOf(`${receiver.qualifier}:${receiver.id}:${key}`)
  const written = write(order, key, { options, receiver, version, control, at })
  return written.ok ? { ok: true, text: written.text, control: `${control}/${ST}` } : written
}

interface Sending {
  readonly options: X12Options
  readonly receiver: Party
  readonly version: Version
  readonly control: string
  readonly at: number
}

function write(order: SupplierOrder, key: string, { at, control, options, receiver, version }: Sending): Written {
  const segments: SegmentDraft[] = [
    { id: 'BEG', elements: ['00', 'SA', order.order, '', order.orderDate.replaceAll('-', '')] },
    { id: 'CUR', elements: ['BY', order.currency] },
    { id: 'REF', elements: ['CR', key] },
    ...partyOf('BY', order.company),
    ...partyOf('ST', order.shipTo),
    ...order.lines.flatMap(lineOf),
    { id: 'CTT', elements: [String(order.lines.length)] },
  ]
  return writeInterchange(
    {
      delimiters: options.delimiters,
      sender: options.sender,
      receiver,
      at,
      control,
      version: version === '005010' ? '00501' : '00401',
      test: options.test,
      groups: [{ control, version, transactions: [{ set: '850', control: ST, segments }] }],
    },
    true,
  )
}

/** N1 with the buyer's code (92) where it is long enough for one, else as a name. */
function partyOf(role: string, code: string | undefined): readonly SegmentDraft[] {
  if (code === undefined || code === '') return []
  return [{ id: 'N1', elements: code.length >= 2 ? [role, '', '92', code] : [role, code] }]
}

function lineOf(line: SupplierOrder['lines'][number]): readonly SegmentDraft[] {
  const vendor = line.vendorCatalog === undefined || line.vendorCatalog === '' ? [] : ['VN', line.vendorCatalog]
  const price = line.unitPrice ?? ''
  const ids = [...vendor, 'IN', line.item, ...(line.lot === undefined ? [] : ['LT', line.lot])]
  const description = line.description ?? ''
  const texts = description.match(new RegExp(`.{1,${String(PID_LENGTH)}}`, 'gsu')) ?? []
  return [
    { id: 'PO1', elements: [String(line.line), line.quantity, line.unit, price, '', ...ids] },
    // Split, not cut: nothing of it is lost. A blank at an end would be.
    ...texts.map((text) => ({ id: 'PID', elements: ['F', '', '', '', text] })),
  ]
}
