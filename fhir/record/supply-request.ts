/** A line of a requisition or order as a FHIR R4 SupplyRequest. */
import type { SupplyRequest } from '@medplum/fhirtypes'
import type { BridgeTables } from '../../channels/contract/index.ts'
import { ownId } from './own.ts'
import { ACKNOWLEDGED, basedOn, documentIdentifiers, identifiers, instantOf, itemConcept, LINE_SYSTEM, named, quantityOf } from './told.ts'

type Row<T extends keyof BridgeTables> = Readonly<BridgeTables[T]>

export interface RequestLine {
  readonly kind: 'requisition' | 'order'
  /** Key of the document, or `erp:NUMBER`. */
  readonly document: string
  readonly line: number
  readonly number: string
  readonly destination: string
  readonly supplier: string
  readonly item: string
  readonly description: string
  /** Scaled. */
  readonly quantity: number
  readonly unit: string
  readonly location: string
  /** Calendar date, or ''. */
  readonly needed: string
  readonly stat: boolean
  /** State of the document's process. */
  readonly state: string
  /** Milliseconds. */
  readonly at: number
  /** How the supplier took an order: accepted | changed, or ''. */
  readonly acknowledged: string
  /** Requests that it came from. */
  readonly origins: readonly string[]
}

const STATUS: Readonly<Record<string, NonNullable<SupplyRequest['status']>>> = {
  draft: 'draft',
  made: 'active',
  submitted: 'active',
  requested: 'active',
  approved: 'active',
  ordered: 'active',
  acknowledged: 'active',
  shipped: 'active',
  'partly-received': 'active',
  received: 'completed',
  fulfilled: 'completed',
  invoiced: 'completed',
  paid: 'completed',
  closed: 'completed',
  rejected: 'cancelled',
  cancelled: 'cancelled',
}

/** Id of the resource that tells of a line. */
export function requestId(kind: RequestLine['kind'], document: string, line: number): string {
  return ownId(kind, `${document}.${String(line)}`)
}

export function supplyRequestOf(line: RequestLine): SupplyRequest {
  const authored = instantOf(line.at)
  const extension = [...line.origins.map(basedOn), ...(line.acknowledged === '' ? [] : [{ url: ACKNOWLEDGED, valueCode: line.acknowledged }])]
  return {
    resourceType: 'SupplyRequest',
    id: requestId(line.kind, line.document, line.line),
    ...(extension.length === 0 ? {} : { extension }),
    identifier: [...identifiers([LINE_SYSTEM, `${line.document}.${String(line.line)}`]), ...documentIdentifiers(line.document, line.number, line.destination)],
    status: line.quantity === 0 ? 'cancelled' : (STATUS[line.state] ?? 'unknown'),
    category: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/supply-kind', code: line.kind === 'order' ? 'nonstock' : 'central' }] },
    ...(line.stat ? { priority: 'stat' as const } : {}),
    itemCodeableConcept: itemConcept(line.item, line.description),
    quantity: quantityOf(line.quantity, line.unit),
    ...(line.needed === '' ? {} : { occurrenceDateTime: line.needed }),
    ...(authored === undefined ? {} : { authoredOn: authored }),
    ...(line.supplier === '' ? {} : { supplier: [named('Organization', line.supplier)] }),
    ...(line.location === '' ? {} : { deliverTo: named('Location', line.location) }),
  }
}

/** The lines of an order, each with where it stands itself: one that came whole is completed while others are still to come. */
export function orderLines(order: Row<'purchase_order'>, lines: readonly Row<'order_line'>[], origins: readonly string[]): readonly RequestLine[] {
  return lines.map((line) => ({
    kind: 'order',
    document: order.purchase_order,
    line: line.line,
    number: order.number,
    destination: order.destination,
    supplier: order.supplier,
    item: line.item,
    description: line.description,
    quantity: line.quantity,
    unit: line.unit,
    location: line.location,
    needed: '',
    stat: false,
    state: order.state === 'partly-received' && line.received >= line.quantity ? 'received' : order.state,
    at: order.at,
    acknowledged: order.acknowledged,
    origins,
  }))
}

/** The lines of a requisition, which stand in its document only. */
export function requisitionLines(row: Row<'requisition'>, document: Row<'document'>): readonly RequestLine[] {
  const body = JSON.parse(document.body) as Readonly<Record<string, unknown>>
  const lines = Array.isArray(body['lines']) ? (body['lines'] as Readonly<Record<string, unknown>>[]) : []
  return lines.map((line, i) => ({
    kind: 'requisition',
    document: row.requisition,
    line: Number(line['line'] ?? i + 1),
    number: row.number || document.erp_ref,
    destination: row.destination,
    supplier: row.supplier,
    item: text(line['item']),
    description: text(line['description']),
    quantity: Math.round(Number(text(line['quantity'])) * 1_000_000),
    unit: text(line['unit']),
    location: text(line['location']) || text(body['location']),
    needed: text(line['needed']),
    stat: body['priority'] === 'stat',
    state: document.state === 'CANCELLED' ? 'cancelled' : row.state,
    at: row.at,
    acknowledged: '',
    origins: [],
  }))
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
