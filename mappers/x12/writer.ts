/** Writes interchanges. What would be read back as something else is refused with its place, never changed in silence. */
import { checkSegment } from './check.ts'
import { TRANSACTION_SETS, usesOf } from './dictionary.ts'
import type { Delimiters } from './tokens.ts'

export const STANDARD_DELIMITERS: Delimiters = { element: '*', component: '>', repetition: '^', segment: '~' }

export interface SegmentDraft {
  readonly id: string
  readonly elements: readonly string[]
}

export interface TransactionDraft {
  readonly set: string
  /** ST02, 4–9 characters. */
  readonly control: string
  /** What stands between ST and SE. */
  readonly segments: readonly SegmentDraft[]
}

export interface Party {
  /** ISA05 or ISA07. */
  readonly qualifier: string
  /** ISA06 or ISA08, at most 15 characters. */
  readonly id: string
  /** GS02 or GS03. */
  readonly group: string
}

export interface InterchangeDraft {
  readonly delimiters: Delimiters
  readonly sender: Party
  readonly receiver: Party
  /** Milliseconds; written in UTC. */
  readonly at: number
  /** ISA13: nine digits. */
  readonly control: string
  /** ISA12: `00401`, `00501`. */
  readonly version: string
  /** ISA11 of versions without a repetition separator. */
  readonly standard?: string
  readonly test: boolean
  /** TA1 segments, before the groups. */
  readonly answers?: readonly SegmentDraft[]
  readonly groups: readonly {
    readonly control: string
    /** GS08: `004010`. */
    readonly version: string
    readonly transactions: readonly TransactionDraft[]
  }[]
}

export type Written = { readonly ok: true; readonly text: string } | { readonly ok: false; /** `PO1(2)-7`. */ readonly place: string; readonly text: string }

class Unwritable extends Error {
  readonly place: string
  constructor(place: string, text: string) {
    super(text)
    this.place = place
  }
}

/** The text of an interchange, every segment on a line of its own when `lines`. */
export function writeInterchange(draft: InterchangeDraft, lines = false): Written {
  try {
    const end = draft.delimiters.segment + (lines ? '\n' : '')
    const text = segmentsOf(draft).map((segment) => [segment.id, ...segment.elements].join(draft.delimiters.element) + end)
    return { ok: true, text: text.join('') }
  } catch (error) {
    if (error instanceof Unwritable) return { ok: false, place: error.place, text: error.message }
    throw error
  }
}

function segmentsOf(draft: InterchangeDraft): readonly SegmentDraft[] {
  const { delimiters } = draft
  const now = new Date(draft.at).toISOString()
  const day = now.slice(0, 10).replaceAll('-', '')
  const time = now.slice(11, 16).replace(':', '')
  const segments: SegmentDraft[] = [isaOf(draft, day.slice(2), time), ...(draft.answers ?? []).map((answer) => guarded(answer, 'TA1', delimiters))]
  for (const { control, version, transactions } of draft.groups) {
    const functional = TRANSACTION_SETS[transactions[0]?.set ?? '']?.group ?? ''
    segments.push(guarded({ id: 'GS', elements: [functional, draft.sender.group, draft.receiver.group, day, time, control, 'X', version] }, 'GS', delimiters))
    for (const { set, control: st, segments: inner } of transactions) {
      segments.push(guarded({ id: 'ST', elements: [set, st] }, 'ST', delimiters))
      const counts = new Map<string, number>()
      for (const segment of inner) {
        const n = (counts.get(segment.id) ?? 0) + 1
        counts.set(segment.id, n)
        segments.push(guarded(trimmed(segment), n === 1 ? segment.id : `${segment.id}(${String(n)})`, delimiters))
      }
      segments.push({ id: 'SE', elements: [String(inner.length + 2), st] })
    }
    segments.push({ id: 'GE', elements: [String(transactions.length), control] })
  }
  segments.push({ id: 'IEA', elements: [String(draft.groups.length), draft.control] })
  return segments
}

function isaOf(draft: InterchangeDraft, date: string, time: string): SegmentDraft {
  const { delimiters, receiver, sender } = draft
  const fixed = (value: string, width: number, position: number): string => {
    if (value.length > width) throw new Unwritable(`ISA-${String(position)}`, `At most ${String(width)} characters fit.`)
    return value.padEnd(width)
  }
  if (!/^\d{9}$/.test(draft.control)) throw new Unwritable('ISA-13', 'Nine digits are needed.')
  const parties = [sender.qualifier, sender.id, receiver.qualifier, receiver.id].map((value, n) => {
    if (value.trim() === '') throw new Unwritable(`ISA-${String(n + 5)}`, 'A value is needed.')
    return fixed(guard(value, `ISA-${String(n + 5)}`, delimiters), n % 2 === 0 ? 2 : 15, n + 5)
  })
  const repetition = draft.version >= '00402' ? delimiters.repetition : (draft.standard ?? 'U')
  const version = fixed(guard(draft.version, 'ISA-12', delimiters), 5, 12)
  const usage = draft.test ? 'T' : 'P'
  return {
    id: 'ISA',
    elements: ['00', ' '.repeat(10), '00', ' '.repeat(10), ...parties, date, time, repetition, version, draft.control, '0', usage, delimiters.component],
  }
}

/** A segment that the dictionary finds nothing wrong with and that reads back as it is. */
function guarded(segment: SegmentDraft, place: string, delimiters: Delimiters): SegmentDraft {
  segment.elements.forEach((value, n) => guard(value, `${place}-${String(n + 1)}`, delimiters))
  const error = checkSegment(segment)[0]
  if (error) throw new Unwritable(`${place}-${String(error.position)}`, wordsOf(segment.id, error.position, error.code))
  return segment
}

function guard(value: string, place: string, { component, element, repetition, segment }: Delimiters): string {
  for (const sign of [element, segment, component, repetition]) {
    if (sign !== '' && value.includes(sign))
      throw new Unwritable(place, `The value has the separator ${sign} in it; choose other separators or change it at its source.`)
  }
  if (/[\u0000-\u001f\u007f]/.test(value)) throw new Unwritable(place, 'The value has a control character in it.')
  return value
}

function wordsOf(id: string, position: number, code: string): string {
  const { max = 0, min = 0, type = 'AN' } = usesOf(id)?.[position - 1]?.definition ?? {}
  if (code === '1') return 'A value is needed.'
  if (code === '4' || code === '5') return `A value of ${String(min)} to ${String(max)} characters is needed.`
  return `The value does not have the form of X12’s type ${type}.`
}

function trimmed({ id, elements }: SegmentDraft): SegmentDraft {
  return { id, elements: elements.slice(0, elements.findLastIndex((value) => value !== '') + 1) }
}
