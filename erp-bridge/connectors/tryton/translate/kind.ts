/** What the connector needs of each kind of document. */
import type { ErpDocument } from '../../connector.ts'
import type { Desk } from '../desk.ts'

/** A document as the ERP has it. */
export interface Found {
  readonly id: number
  /** The ERP's number; before it has one, model and id. */
  readonly reference: string
  readonly key: string
  /** In the bridge's words: draft, submitted, posted, cancelled … */
  readonly state: string
  /** Where it stands when it is not yet where it was to go; null when it is. */
  readonly step: string | null
}

export interface KindTranslation {
  /** The document with this key. */
  find(desk: Desk, key: string): Promise<Found | null>
  /** The document with this number of the ERP. */
  byNumber(desk: Desk, number: string): Promise<Found | null>
  /** Brings it where it is to go, from wherever it is: what is there is read first, so nothing is made twice. Answers the ERP's number. */
  deliver(desk: Desk, document: ErpDocument): Promise<string>
}

/** The notation of a record that has no number yet. */
export function recordOf(model: string, id: number): string {
  return `${model},${String(id)}`
}
/** The domain that finds a record by its number, or by model and id. */
export function domainOfNumber(model: string, number: string, field = 'number'): readonly unknown[] {
  const id = number.startsWith(`${model},`) ? Number(number.slice(model.length + 1)) : NaN
  return Number.isSafeInteger(id) ? ['id', '=', id] : [field, '=', number]
}
