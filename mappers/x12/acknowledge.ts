/** Answers to an interchange: a 997 for each functional group, a TA1 for the envelope (X12.20, X12.56). Never a 997 for a 997. */
import { hash } from 'node:crypto'
import { FAILURES } from '../../channels/contract/index.ts'
import type { AckCode, Fault } from '../../channels/contract/index.ts'
import type { Group, Interchange, Transaction } from './interchange.ts'
import { STANDARD_DELIMITERS, writeInterchange } from './writer.ts'
import type { InterchangeDraft, SegmentDraft } from './writer.ts'

export interface Answer {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Its control number follows from this. */
  readonly id: string
  readonly fault?: Fault
}

/** An answer that is no interchange: the first word says what to do. */
export const SEND_AGAIN = 'AGAIN'
export const REFUSED = 'REFUSED'

/** Nine digits without a leading zero from any text: sha256, modulo 9 × 10⁸. Two texts share one with a chance of 1 in 9 × 10⁸. */
export function controlNumberOf(text: string): string {
  const first = hash('sha256', text, 'buffer').readBigUInt64BE(0)
  return String((first % 900_000_000n) + 100_000_000n)
}

/**
 * What the sender gets. AA: 997 with what each transaction came to; AE and AR: 997 in which all are rejected. Empty when there is
 * nothing to answer (only 997s). A fault that will pass says so in words: a 997 would be taken for the last word.
 */
export function acknowledge(interchange: Interchange, code: AckCode, answer: Answer): Uint8Array {
  const { fault } = answer
  if (fault && FAILURES[fault.code].class === 'transient') return Buffer.from(`${SEND_AGAIN} ${fault.text}\n`)
  const { header, note } = interchange
  const requested = header[13] === '1'
  const sound = note === '000'
  const groups = sound ? interchange.groups.filter((group) => group.header[0] !== 'FA') : []
  if (sound && groups.length === 0 && !requested) return new Uint8Array(0)
  const answers: SegmentDraft[] = sound && !requested ? [] : [ta1(header, sound ? 'A' : 'R', note)]
  const refused = code !== 'AA' && fault?.code !== 'NOT_X12' ? (fault?.code === 'UNKNOWN_TYPE' ? '1' : '5') : null
  const control = controlNumberOf(answer.id)
  const written = writeInterchange({ ...envelopeOf(interchange, answer.at, control), answers, groups: groupsOf(groups, control, refused) })
  if (written.ok) return Buffer.from(written.text, 'utf8')
  // The sender's own header can't be turned round (blank ids): say it in words.
  return Buffer.from(`${code === 'AA' ? 'TAKEN' : REFUSED} ${fault?.code ?? ''} no 997 can be addressed: ${written.place}\n`)
}

/** The answer to bytes without an ISA: nobody can be addressed. */
export function acknowledgeUnreadable(_code: AckCode, { fault }: Answer): Uint8Array {
  const again = fault !== undefined && FAILURES[fault.code].class === 'transient'
  return Buffer.from(`${again ? SEND_AGAIN : REFUSED} ${fault?.code ?? ''} ${fault?.text ?? ''}\n`)
}

function ta1(header: readonly string[], code: 'A' | 'R', note: string): SegmentDraft {
  const control = /^\d{9}$/.test(header[12] ?? '') ? (header[12] ?? '') : '000000000'
  return { id: 'TA1', elements: [control, /^\d{6}$/.test(header[8] ?? '') ? (header[8] ?? '') : '000101', header[9]?.trim() || '0000', code, note] }
}

function envelopeOf(interchange: Interchange, at: number, control: string): Omit<InterchangeDraft, 'answers' | 'groups'> {
  const { delimiters, groups, header } = interchange
  const [qualifier = '', id = '', toQualifier = '', toId = ''] = header.slice(4, 8).map((value) => value.trimEnd())
  const gs = groups[0]?.header
  const repeats = delimiters.repetition !== ''
  const version = /^\d{5}$/.test(header[11] ?? '') ? (header[11] ?? '') : '00401'
  return {
    delimiters: repeats ? delimiters : { ...delimiters, repetition: version >= '00402' ? STANDARD_DELIMITERS.repetition : '' },
    sender: { qualifier: toQualifier, id: toId, group: gs?.[2] ?? toId },
    receiver: { qualifier, id, group: gs?.[1] ?? id },
    at,
    control,
    version,
    standard: 'U',
    test: header[14] === 'T',
  }
}

function groupsOf(groups: readonly Group[], control: string, refused: string | null): InterchangeDraft['groups'] {
  if (groups.length === 0) return []
  return [
    {
      control,
      version: /^\d{6}/.exec(groups[0]?.header[7] ?? '')?.[0] ?? '004010',
      transactions: groups.map((group, n) => ({ set: '997', control: String(n + 1).padStart(4, '0'), segments: segmentsOf(group, refused) })),
    },
  ]
}

function segmentsOf(group: Group, refused: string | null): readonly SegmentDraft[] {
  const whole = refused !== null || group.codes.length > 0
  const codes = group.transactions.map((transaction) => (whole || transaction.broken ? 'R' : transaction.errors.length > 0 ? 'E' : 'A'))
  const accepted = codes.filter((code) => code !== 'R').length
  const all = accepted === codes.length && codes.length > 0
  const verdict = all ? (codes.includes('E') ? 'E' : 'A') : accepted > 0 ? 'P' : 'R'
  const [functional = '', , , , , number = ''] = group.header
  return [
    { id: 'AK1', elements: [/^\S{2}$/.test(functional) ? functional : 'ZZ', /^\d{1,9}$/.test(number) ? number : '0'] },
    ...group.transactions.flatMap((transaction, n) => transactionAnswer(transaction, codes[n] ?? 'R', refused)),
    { id: 'AK9', elements: [verdict, String(group.stated), String(codes.length), String(accepted), ...group.codes.slice(0, 5)] },
  ]
}

function transactionAnswer(transaction: Transaction, code: string, refused: string | null): readonly SegmentDraft[] {
  const { control, set } = transaction
  // A 997 can only speak of what has a set and a control number; the rest shows in AK9.
  if (!/^\d{3}$/.test(set) || !/^\S{4,9}$/.test(control)) return []
  const notes = transaction.errors.flatMap((error): SegmentDraft[] => [
    { id: 'AK3', elements: [/^[A-Z0-9]{2,3}$/.test(error.id) ? error.id : 'ZZZ', String(error.position), '', error.code] },
    ...error.elements.map((element) => ({ id: 'AK4', elements: [String(element.position), String(element.reference), element.code] })),
  ])
  const said = transaction.codes.length === 0 && refused !== null ? [refused] : transaction.codes
  return [{ id: 'AK2', elements: [set, control] }, ...notes, { id: 'AK5', elements: [code, ...said] }]
}
