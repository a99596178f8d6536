/** The documents that the conformance suite sends, made of the codes that a bench hands in. */
import type { DocumentKind } from '../../channels/contract/index.ts'
import type { ErpDocument } from '../../erp-bridge/connectors/index.ts'

/** What an ERP under test knows. Every code must be there before the first case. */
export interface Fixture {
  readonly company: string
  readonly currency: string
  /** A day in an open period, and one in the period that `closePeriod` closes (`YYYY-MM-DD`). */
  readonly day: string
  readonly closedDay: string
  readonly supplier: string
  /** Owned, kept in stock at `location`; bought from `supplier` by `unit` or by `pack` of `perPack` units. */
  readonly item: { readonly code: string; readonly unit: string; readonly pack: string; readonly perPack: string }
  /** Needs a lot when it is received or issued. */
  readonly implant: { readonly code: string; readonly unit: string }
  /** Belongs to `supplier` and lies at `location`. */
  readonly consigned: { readonly code: string; readonly unit: string; readonly location: string }
  /** Where `item` is in stock (20 units at least), and another place. */
  readonly location: string
  readonly otherLocation: string
  readonly expense: string
  readonly inventory: string
  readonly costCentre: string
  readonly serviceLine: string
}

/** The codes of a house that knows nothing of its own: for ERPs that take what they are told. */
export const PLAIN: Fixture = {
  company: 'H1',
  currency: 'USD',
  day: '2026-04-01',
  closedDay: '2026-03-01',
  supplier: 'V-1',
  item: { code: 'SUT-1', unit: 'EA', pack: 'BX', perPack: '10' },
  implant: { code: 'HIP-1', unit: 'EA' },
  consigned: { code: 'CON-1', unit: 'EA', location: 'CONS-1' },
  location: 'OR-1',
  otherLocation: 'OR-2',
  expense: '5120',
  inventory: '1410',
  costCentre: '7010',
  serviceLine: 'ORTHO',
}

type Body = Readonly<Record<string, unknown>>
const price = '12.34'

/** One canonical document of each kind that stands alone, without its key. */
export function samplesOf(fixture: Fixture) {
  const { company, currency, day, supplier, item, implant, consigned, location, otherLocation, expense, inventory, costCentre, serviceLine } = fixture
  const header = { eventId: 'm00000000001.usage.FT1', company, case: 'CASE-1', documentDate: day, postingDate: day }
  const line = { line: 1, item: item.code, quantity: '2', unit: item.unit }
  const bearer = { costCentre, serviceLine }
  return {
    'goods-issue': { ...header, location, ...bearer, reason: 'usage', consigned: false, lines: [{ ...line, unitCost: '12.345', currency }] },
    'goods-issue:consigned': {
      ...header,
      location: consigned.location,
      ...bearer,
      reason: 'usage',
      consigned: true,
      supplier,
      lines: [{ ...line, item: consigned.code, quantity: '1', unit: consigned.unit, unitCost: price, currency }],
    },
    'stock-transfer': { ...header, from: location, to: otherLocation, lines: [line] },
    'stock-adjustment': { ...header, location, ...bearer, reason: 'count', lines: [{ ...line, direction: 'out' }] },
    requisition: { ...header, location, ...bearer, supplier, currency, reason: 'min-max', lines: [{ ...line, quantity: '10', unitPrice: price }] },
    'purchase-order': {
      ...header,
      orderType: 'bill-and-replace',
      state: 'submitted',
      receiptExpected: true,
      supplier,
      currency,
      ...bearer,
      location,
      lines: [{ ...line, item: implant.code, unit: implant.unit, quantity: '3', unitPrice: price, currency, amount: '37.02' }],
    },
    'purchase-order:bill-only': {
      ...header,
      orderType: 'bill-only',
      state: 'submitted',
      receiptExpected: false,
      supplier,
      currency,
      ...bearer,
      lines: [{ ...line, item: implant.code, unit: implant.unit, lot: 'L1', quantity: '1', unitPrice: price, currency, amount: price }],
    },
    'purchase-order:packs': {
      ...header,
      orderType: 'bill-and-replace',
      state: 'submitted',
      receiptExpected: true,
      supplier,
      currency,
      ...bearer,
      location,
      lines: [{ ...line, unit: item.pack, quantity: '1', unitPrice: '100', currency, amount: '100' }],
    },
    supplier: { ...header, supplier: 'V-NEW-1', name: 'New Supplier', currency, approved: 'A. Buyer: checked' },
    item: { ...header, item: 'NEW-1', description: 'A new item', unit: item.unit, lotRequired: false, supplier },
    journal: {
      ...header,
      currency,
      text: 'Usage',
      lines: [
        { line: 1, account: expense, side: 'debit', amount: '24.69', ...bearer },
        { line: 2, account: inventory, side: 'credit', amount: '24.69' },
      ],
    },
  } as const satisfies Readonly<Record<string, Body>>
}
export type Sample = keyof ReturnType<typeof samplesOf>

/** A goods receipt for an order. @param order its number in the ERP */
export function receiptOf(fixture: Fixture, order: string, line: Body): Body {
  const { company, day, supplier, location } = fixture
  return {
    eventId: 'm00000000002.receipt',
    company,
    documentDate: day,
    postingDate: day,
    order,
    supplier,
    location,
    packingSlip: 'PS-1',
    lines: [{ line: 1, orderLine: 1, ...line }],
  }
}

/** An invoice of one line for an order. @param order its number in the ERP */
export function invoiceOf(fixture: Fixture, order: string, line: { readonly quantity: string; readonly unitPrice: string; readonly amount: string }): Body {
  const { company, day, supplier, currency, implant, costCentre, serviceLine } = fixture
  return {
    eventId: 'm00000000003.invoice',
    company,
    documentDate: day,
    postingDate: day,
    order,
    supplier,
    number: `INV-${order}`,
    invoiceDate: day,
    credit: false,
    currency,
    lines: [{ line: 1, orderLine: 1, item: implant.code, unit: implant.unit, ...line, costCentre, serviceLine }],
    total: line.amount,
  }
}

/** What undoes a document: its key and number, and the same lines. */
export function mirrorOf(original: ErpDocument, reference: string, changes: Body = {}): Body {
  const { key: _, ...body } = original.body
  return { ...body, mirrorOf: original.key, originalReference: reference, ...changes }
}

export const never = (): AbortSignal => new AbortController().signal

/** The kind of a sample's name: `purchase-order:bill-only` is a purchase-order. */
export function kindOf(name: Sample): DocumentKind {
  return name.split(':')[0] as DocumentKind
}

let keys = 0
/** A document under a key of its own. Keys are unique within a run: benches may share one ERP. */
export function documentOf(kind: DocumentKind, body: Body, run = 'k'): ErpDocument {
  keys += 1
  const key = `${run}${String(keys).padStart(12 - run.length, '0')}`
  return { kind, key, body: { ...body, key }, step: null }
}
