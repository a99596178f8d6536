/** Holds segments and transactions against the dictionary. Codes are X12's own: 723 for elements, 720 for segments, 718 for sets. */
import { TRANSACTION_SETS, usesOf } from './dictionary.ts'
import type { ElementUse } from './dictionary.ts'
import { isTime, readDate, readImplied, readReal } from './values.ts'

export interface ElementError {
  /** 1 is the first element. */
  readonly position: number
  readonly reference: number
  /** Data element 723: 1 missing, 4 too short, 5 too long, 6 invalid character, 7 invalid code, 8 invalid date, 9 invalid time. */
  readonly code: '1' | '4' | '5' | '6' | '7' | '8' | '9'
  /** True: nothing can be made of it. A length that is off can still be read. */
  readonly fatal: boolean
}

export interface SegmentError {
  readonly id: string
  /** Its number in the transaction, ST is 1. */
  readonly position: number
  /** Data element 720: 1 no segment id, 3 mandatory segment missing, 8 has element errors. */
  readonly code: '1' | '3' | '8'
  readonly elements: readonly ElementError[]
}

export interface Checked {
  readonly id: string
  readonly elements: readonly string[]
}

/** What is wrong with the elements of a segment. A segment that is not in the dictionary has no errors. */
export function checkSegment({ id, elements }: Checked): readonly ElementError[] {
  const errors: ElementError[] = []
  usesOf(id)?.forEach((use, n) => {
    const value = elements[n] ?? ''
    const code = judge(value, use)
    if (code !== null) errors.push({ position: n + 1, reference: use.reference, code, fatal: code !== '4' && code !== '5' })
  })
  return errors
}

function judge(value: string, { mandatory, definition: { type, min, max } }: ElementUse): ElementError['code'] | null {
  if (value.trim() === '') return mandatory ? '1' : null
  // Sign and point are not counted (X12.6).
  const length = type === 'R' || type === 'N0' || type === 'N2' ? value.replace(/[-.]/g, '').length : value.length
  switch (type) {
    case 'R':
      if (readReal(value) === null) return '6'
      break
    case 'N0':
    case 'N2':
      if (readImplied(value, 2) === null) return '6'
      break
    case 'DT':
      if (readDate(value) === null) return '8'
      break
    case 'TM':
      if (!isTime(value)) return '9'
      break
    default:
      if (/[\u0000-\u001f\u007f]/.test(value)) return '6'
  }
  return length < min ? '4' : length > max ? '5' : null
}

/** X12.6: a capital letter, then one or two capital letters or digits. */
const SEGMENT_ID = /^[A-Z][A-Z0-9]{1,2}$/

/** Errors of a whole transaction, its ST and SE included in `segments`. */
export function checkTransaction(set: string, segments: readonly Checked[]): readonly SegmentError[] {
  const errors: SegmentError[] = []
  segments.forEach((segment, n) => {
    // Passed over like a segment that nothing is made of, a line would be lost without a word.
    if (!SEGMENT_ID.test(segment.id)) errors.push({ id: segment.id, position: n + 1, code: '1', elements: [] })
    const elements = checkSegment(segment)
    if (elements.length > 0) errors.push({ id: segment.id, position: n + 1, code: '8', elements })
  })
  const known = TRANSACTION_SETS[set]
  for (const id of known?.mandatory ?? []) {
    if (!segments.some((segment) => segment.id === id)) errors.push({ id, position: segments.length, code: '3', elements: [] })
  }
  const total = segments.findIndex((segment) => segment.id === 'CTT')
  const stated = segments[total]?.elements[0] ?? ''
  if (known?.counted && /^\d+$/.test(stated) && Number(stated) !== segments.filter((segment) => segment.id === known.counted).length) {
    errors.push({ id: 'CTT', position: total + 1, code: '8', elements: [{ position: 1, reference: 354, code: '7', fatal: true }] })
  }
  return errors
}

export function isFatal(error: SegmentError): boolean {
  return error.code !== '8' || error.elements.some((element) => element.fatal)
}
