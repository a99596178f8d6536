/** The envelopes of an interchange (X12.5, X12.6): ISA/IEA, GS/GE, ST/SE with their counts and control numbers. Never throws. */
import { checkTransaction, isFatal } from './check.ts'
import type { SegmentError } from './check.ts'
import { TRANSACTION_SETS } from './dictionary.ts'
import { tokenize } from './tokens.ts'
import type { Delimiters, Segment, Tokens } from './tokens.ts'

export interface Transaction {
  /** `810`. */
  readonly set: string
  /** ST02. */
  readonly control: string
  /** From ST to SE. */
  readonly segments: readonly Segment[]
  /** Data element 718; empty when nothing is wrong with it. */
  readonly codes: readonly string[]
  readonly errors: readonly SegmentError[]
  /** Nothing may be made of it: it is rejected. */
  readonly broken: boolean
}

export interface Group {
  /** GS01 to GS08. */
  readonly header: readonly string[]
  readonly transactions: readonly Transaction[]
  /** GE01, or how many there are when it is not stated. */
  readonly stated: number
  /** Data element 716; any of them rejects the group. */
  readonly codes: readonly string[]
}

/** GS08 of what the dictionary knows: 4010 and 5010, with whatever an industry adds. */
const VERSIONS = /^00(401|501)0/

export interface Interchange {
  readonly tokens: Tokens
  readonly delimiters: Delimiters
  /** ISA01 to ISA16, blanks kept. */
  readonly header: readonly string[]
  readonly groups: readonly Group[]
  /** TA1 segments that came in it: answers about our interchanges. */
  readonly answers: readonly Segment[]
  /** Data element I18; '000' when the envelope is sound. */
  readonly note: string
}

/**
 * The interchange of a text, or null when it has no ISA that can be read.
 * @param receivers ids (ISA08) that it may be addressed to; none is everybody
 */
export function readInterchange(text: string, receivers: readonly string[] = []): Interchange | null {
  const tokens = tokenize(text)
  const isa = tokens?.segments[0]
  if (tokens === null || isa === undefined) return null
  const rest = tokens.segments.slice(1)
  const reading = new Reading(rest.filter((segment) => segment.id.trim() !== '' || segment.elements.length > 0))
  const read = reading.read(isa)
  // X12.56: 008 is an invalid interchange receiver id.
  const stranger = receivers.length > 0 && !receivers.includes(isa.elements[7]?.trim() ?? '')
  return { tokens, delimiters: tokens.delimiters, header: isa.elements, ...read, note: stranger && read.note === '000' ? '008' : read.note }
}

class Reading {
  readonly #segments: readonly Segment[]
  #at = 0

  constructor(segments: readonly Segment[]) {
    this.#segments = segments
  }

  get #next(): Segment | undefined {
    return this.#segments[this.#at]
  }

  read(isa: Segment): Pick<Interchange, 'groups' | 'answers' | 'note'> {
    const groups: Group[] = []
    const answers: Segment[] = []
    for (;;) {
      const next = this.#next
      if (next === undefined) return { groups, answers, note: '023' }
      this.#at++
      if (next.id === 'GS') groups.push(this.#group(next))
      else if (next.id === 'TA1') answers.push(next)
      else if (next.id === 'IEA') return { groups, answers, note: this.#noteOf(isa, next, groups.length) }
      else return { groups, answers, note: next.id === 'ISA' ? '023' : '022' }
    }
  }

  #noteOf(isa: Segment, iea: Segment, groups: number): string {
    // What follows the end of an interchange would be lost without a word.
    if (this.#next !== undefined) return '022'
    if (!/^\d{9}$/.test(isa.elements[12] ?? '')) return '018'
    if (iea.elements[1] !== isa.elements[12]) return '001'
    return Number(iea.elements[0]) === groups ? '000' : '021'
  }

  #group(gs: Segment): Group {
    const transactions: Transaction[] = []
    const codes: string[] = []
    let stray = false
    for (;;) {
      const next = this.#next
      if (next === undefined || next.id === 'GS' || next.id === 'IEA') {
        return { header: gs.elements, transactions, stated: transactions.length, codes: [...codes, '3'] }
      }
      this.#at++
      if (next.id === 'ST') transactions.push(this.#transaction(next, gs.elements[0] ?? ''))
      else if (next.id === 'GE') {
        // X12.20, AK905: 2 is a version that is not supported.
        if (!VERSIONS.test(gs.elements[7] ?? '')) codes.push('2')
        if (next.elements[1] !== gs.elements[5]) codes.push('4')
        if (!/^\d{1,9}$/.test(gs.elements[5] ?? '')) codes.push('6')
        if (Number(next.elements[0]) !== transactions.length || stray) codes.push('5')
        const stated = Number(next.elements[0])
        return { header: gs.elements, transactions, stated: Number.isSafeInteger(stated) && stated >= 0 ? stated : transactions.length, codes }
      } else stray = true
    }
  }

  #transaction(st: Segment, group: string): Transaction {
    const segments = [st]
    const codes: string[] = []
    const [set = '', control = ''] = st.elements
    for (;;) {
      const next = this.#next
      if (next === undefined || ['ST', 'GE', 'GS', 'IEA'].includes(next.id)) {
        codes.push('2')
        break
      }
      this.#at++
      segments.push(next)
      if (next.id !== 'SE') continue
      if (next.elements[1] !== control) codes.push('3')
      if (Number(next.elements[0]) !== segments.length) codes.push('4')
      break
    }
    if (!/^\d{3}$/.test(set)) codes.push('6')
    else if (TRANSACTION_SETS[set]?.group !== group) codes.push('1')
    if (!/^\S{4,9}$/.test(control)) codes.push('7')
    const errors = checkTransaction(set, segments)
    const broken = codes.length > 0 || errors.some(isFatal)
    return { set, control, segments, codes: errors.length > 0 ? [...codes, '5'].slice(0, 5) : codes.slice(0, 5), errors, broken }
  }
}

/** Its good transactions with their group: what may be acted on. None when the envelope is broken. */
export function usable(
  interchange: Interchange,
): readonly { readonly group: Group; readonly transaction: Transaction; readonly g: number; readonly t: number }[] {
  if (interchange.note !== '000') return []
  return interchange.groups.flatMap((group, g) =>
    group.codes.length > 0 ? [] : group.transactions.flatMap((transaction, t) => (transaction.broken ? [] : [{ group, transaction, g: g + 1, t: t + 1 }])),
  )
}
