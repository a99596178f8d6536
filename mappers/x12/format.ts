/** ASC X12 as the engine knows a format: an interchange in, an {@link Inbound} out. */
import type { AckCode, Fault, Inbound, MessageFormat } from '../../channels/contract/index.ts'
import { acknowledge, acknowledgeUnreadable } from './acknowledge.ts'
import type { Answer } from './acknowledge.ts'
import { readInterchange, usable } from './interchange.ts'
import type { Interchange } from './interchange.ts'

const NOTES: Readonly<Record<string, string>> = {
  '008': 'ISA08 names another receiver than the channel’s interchange.receivers.',
  '001': 'The interchange control numbers of ISA and IEA differ.',
  '018': 'ISA13 is not nine digits.',
  '021': 'IEA counts another number of groups than there are.',
  '022': 'A segment stands where the envelope has none, or something follows IEA: send one interchange at a time.',
  '023': 'The interchange ends before its IEA: it was cut short.',
}

/** Reads X12 interchanges. Never throws: what is wrong is the inbound's fault, and in the 997. */
export const x12Format: MessageFormat = {
  name: 'x12',
  read(raw, { charset, receivers = [] }) {
    const decoded = decode(raw, charset)
    const interchange = readInterchange(decoded, receivers)
    if (interchange !== null) return new X12Inbound(raw, interchange)
    const fault: Fault = { code: 'NOT_X12', text: 'The message does not start with an ISA segment of 106 characters that states its separators.' }
    return { raw, controlId: '', sender: '', type: '', fault, content: null, acknowledge: acknowledgeUnreadable }
  },
}

class X12Inbound implements Inbound {
  readonly raw: Uint8Array
  readonly controlId: string
  readonly sender: string
  readonly type: string
  readonly fault: Fault | null
  readonly content: Interchange

  constructor(raw: Uint8Array, interchange: Interchange) {
    const { groups, header } = interchange
    this.raw = raw
    this.content = interchange
    this.controlId = [header[12] ?? '', ...(groups[0] ? [groups[0].header[5] ?? ''] : [])].join('/')
    this.sender = `${header[4]?.trim() ?? ''}:${header[5]?.trim() ?? ''}|${groups[0]?.header[1] ?? ''}`
    this.type = typeOf(interchange)
    this.fault = faultOf(interchange)
  }

  acknowledge(code: AckCode, answer: Answer): Uint8Array {
    return acknowledge(this.content, code, answer)
  }
}

/** `810`; several sets joined by `+`; `TA1` when there is nothing else. */
function typeOf({ answers, groups }: Interchange): string {
  const sets = new Set(groups.flatMap((group) => group.transactions.map((transaction) => transaction.set)))
  return sets.size === 0 && answers.length > 0 ? 'TA1' : [...sets].join('+')
}

function faultOf(interchange: Interchange): Fault | null {
  const { answers, groups, note } = interchange
  if (note !== '000') return { code: 'NOT_X12', place: 'ISA', text: NOTES[note] ?? `The envelope is broken (${note}).` }
  if (usable(interchange).length > 0 || (groups.length === 0 && answers.length > 0)) return null
  const group = groups.find(({ codes }) => codes.length > 0)
  if (group) return { code: 'NOT_X12', place: 'GS', text: `The functional group is broken (AK9 ${group.codes.join(', ')}).` }
  const transaction = groups.flatMap(({ transactions }) => transactions)[0]
  if (!transaction) return { code: 'NOT_X12', place: 'GS', text: 'The interchange has no transaction.' }
  const error = transaction.errors[0]
  const place = error ? `${error.id}(${String(error.position)})${error.elements[0] ? `-${String(error.elements[0].position)}` : ''}` : 'ST'
  return { code: 'NOT_X12', place, text: `No transaction can be used; the first breaks its grammar (AK5 ${transaction.codes.join(', ')}).` }
}

/** X12 states no character set. UTF-8 when the bytes are that, else Latin-1, unless the channel names one of the two. */
function decode(raw: Uint8Array, charset: string): string {
  if (/^(iso-?8859-?1|latin-?1|windows-1252)$/i.test(charset)) return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
  } catch {
    return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1')
  }
}
