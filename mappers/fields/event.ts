/** What rules of every format do with the fields of an event once they are read. */
import type { EventType } from '../../canonical/index.ts'
import type { SearchKey } from '../../channels/contract/index.ts'
import type { Udi } from '../udi/index.ts'

/** What every event of a message has in common. */
export interface Envelope {
  readonly message: number
  readonly recordedAt: string
  readonly year: number
  readonly channel: string
  readonly system: string
  readonly controlId: string
}

/** What a carrier fills where the rule gives no value of its own. */
export const FROM_UDI = ['lot', 'serial', 'expiry'] as const

/** Amounts whose sign goes when the event turns into its reversal; the first two decide that it does. */
const SIGNED = [
  ['quantity', 'value', true],
  ['amount', 'amount', true],
  ['unitAmount', 'amount', false],
  ['unitCost', 'amount', false],
] as const

/**
 * A credit, a negative quantity or both make one reversal with positive figures: CD with 2, CG with −2 and CD with −2 are all −2.
 * 'refused' when the type has no reversal.
 */
export function reverse(body: Record<string, unknown>, minus: boolean, reversal: EventType | undefined): boolean | 'refused' {
  let negative = minus
  for (const [field, part, decides] of SIGNED) {
    const value = body[field] as Record<string, string> | undefined
    if (decides && value?.[part]?.startsWith('-') && (field === 'quantity' || reversal !== undefined)) negative = true
  }
  if (!negative) return false
  if (reversal === undefined) return 'refused'
  body['type'] = reversal
  for (const [field, part] of SIGNED) {
    const value = body[field] as Record<string, string> | undefined
    if (value?.[part]?.startsWith('-')) body[field] = { ...value, [part]: value[part].slice(1) }
  }
  return true
}

export function isZero(quantity: unknown): boolean {
  const { value } = (quantity ?? {}) as { value?: string }
  return value !== undefined && !/[1-9]/.test(value)
}

/** What a reversal may be of, best first. */
export function matchersOf(body: Readonly<Record<string, unknown>>, businessKey: string, caseKey: string): readonly Readonly<Record<string, string>>[] {
  const { code } = (body['item'] ?? body['charge'] ?? {}) as { code?: string }
  const matchers: Record<string, string>[] = businessKey === '' ? [] : [{ by: 'businessKey', value: businessKey }]
  if (caseKey !== '' && code !== undefined) matchers.push({ by: 'case-item', case: caseKey, item: code })
  return matchers
}

export function keysOf(body: Readonly<Record<string, unknown>>, caseKey: string): readonly SearchKey[] {
  const keys: SearchKey[] = []
  if (caseKey !== '') keys.push({ kind: 'case', value: caseKey })
  for (const kind of ['lot', 'serial', 'order'] as const) {
    const value = body[kind]
    if (typeof value === 'string' && value !== '') keys.push({ kind, value })
  }
  const di = (body['udi'] as Udi | undefined)?.di
  if (di !== undefined) keys.push({ kind: 'di', value: di })
  return keys
}

/** Parts of a business key, or '' when one is missing: a key with a hole in it would be shared by facts that differ (FT1-2 is often blank). */
export function joinKey(parts: Iterable<string>): string {
  let key = ''
  let first = true
  for (const part of parts) {
    if (part === '') return ''
    const escaped = part.includes('|') || part.includes('\\') ? part.replace(/[\\|]/g, '\\$&') : part
    key = first ? escaped : `${key}|${escaped}`
    first = false
  }
  return key
}
