/** Original-mode acknowledgements (HL7 v2.5.1 §2.9.2): MSH, MSA and, for a fault, an ERR of the sender's version. */
import type { AckCode, FailureCode, Fault } from '../../channels/contract/index.ts'
import { buildSegment, formatTimestamp } from './build.ts'
import type { FieldDraft } from './build.ts'
import { encodingCharacters, STANDARD_DELIMITERS } from './delimiters.ts'
import { escapeText } from './escapes.ts'
import type { Hl7Message } from './message.ts'

/** HL7 table 0357, as far as it is used. */
const CONDITIONS = {
  101: 'Required field missing',
  102: 'Data type error',
  103: 'Table value not found',
  104: 'Value too long',
  200: 'Unsupported message type',
  201: 'Unsupported event code',
  207: 'Application error',
} as const
type Condition = keyof typeof CONDITIONS

/** What a failure is called in table 0357; the rest is 207. */
const CONDITION_OF: Partial<Record<FailureCode, Condition>> = {
  FRAME_TOO_LARGE: 104,
  NOT_HL7: 101,
  WRONG_CHARSET: 102,
  UNKNOWN_TYPE: 200,
  NO_CONTROL_ID: 101,
  MISSING_FIELD: 101,
  BAD_VALUE: 102,
  UNMAPPED_CODE: 103,
  UNKNOWN_ITEM: 103,
  UNKNOWN_LOCATION: 103,
  UNKNOWN_DEPARTMENT: 103,
  UNKNOWN_COST_CENTRE: 103,
  UNKNOWN_SUPPLIER: 103,
  UNKNOWN_UNIT: 103,
  UNKNOWN_CURRENCY: 103,
}

export interface Answer {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Becomes MSH-10. */
  readonly id: string
  readonly fault?: Fault
}

/**
 * The bytes of the answer. Written with the sender's own delimiters, so MSH-3 to MSH-6 (swapped, with their components), MSH-10,
 * -11, -12 and -18 are copied undecoded; MSA-2 is the incoming MSH-10 exactly.
 */
export function acknowledge(message: Hl7Message, code: AckCode, answer: Answer): Buffer {
  const { delimiters } = message
  const { field } = delimiters
  const mark = message.delimiters.component
  const version = versionOf(message.value(0, 12, 1, 1, 1))
  const charset = message.raw(0, 18)
  const header =
    `MSH${field}${encodingCharacters(delimiters)}${field}${message.raw(0, 5)}${field}${message.raw(0, 6)}${field}${message.raw(0, 3)}${field}${message.raw(0, 4)}` +
    `${field}${formatTimestamp(answer.at)}${field}${field}${ackType(message, version, mark)}${field}${escapeText(answer.id, delimiters)}${field}${message.raw(0, 11)}` +
    `${field}${message.raw(0, 12) || '2.5.1'}${charset === '' ? '' : field.repeat(6) + charset}\r`
  const { fault } = answer
  const text = fault !== undefined && version < WITHOUT_MSA_TEXT ? field + escapeText(fault.text, delimiters) : ''
  const acknowledgement = `${header}MSA${field}${code}${field}${message.raw(0, 10)}${text}\r`
  if (fault === undefined) return message.charset.encode(acknowledgement)
  const error = version < STRUCTURED_ERRORS ? earlyError(fault) : structuredError(fault)
  return message.charset.encode(`${acknowledgement}${buildSegment('ERR', error, delimiters)}\r`)
}

/** The answer to bytes that are no HL7 message: nobody can be addressed and nothing be echoed. */
export function acknowledgeUnreadable(code: AckCode, answer: Answer): Buffer {
  const fields: FieldDraft[] = ['', '', '', '', formatTimestamp(answer.at), '', 'ACK', answer.id, 'P', '2.5.1']
  const segments = [buildSegment('MSH', fields, STANDARD_DELIMITERS), `MSA|${code}|`]
  if (answer.fault !== undefined) {
    segments[1] += '|' + escapeText(answer.fault.text, STANDARD_DELIMITERS)
    segments.push(buildSegment('ERR', structuredError(answer.fault), STANDARD_DELIMITERS))
  }
  return Buffer.from(segments.join('\r') + '\r', 'utf8')
}

/** Versions as comparable numbers: `2.5.1` is 20501. */
const UNSTATED_VERSION = 20501
const WITH_TRIGGER = 20301
const WITH_STRUCTURE = 20400
const STRUCTURED_ERRORS = 20500
const WITHOUT_MSA_TEXT = 20700

function versionOf(text: string): number {
  const match = /^(\d)\.(\d{1,2})(?:\.(\d{1,2}))?/.exec(text)
  return match === null ? UNSTATED_VERSION : Number(match[1]) * 10000 + Number(match[2]) * 100 + Number(match[3] ?? 0)
}

function ackType(message: Hl7Message, version: number, component: string): string {
  if (version < WITH_TRIGGER) return 'ACK'
  const trigger = escapeText(message.value(0, 9, 1, 2, 0), message.delimiters)
  if (trigger === '') return 'ACK'
  return version < WITH_STRUCTURE ? `ACK${component}${trigger}` : `ACK${component}${trigger}${component}ACK`
}

function conditionOf(fault: Fault): Condition {
  if (fault.code === 'UNKNOWN_TYPE' && fault.place === 'MSH-9.2') return 201
  return CONDITION_OF[fault.code] ?? 207
}

/** ERR-1 of v2.4 and earlier: segment, sequence, field, code. */
function earlyError(fault: Fault): readonly FieldDraft[] {
  const [segment = '', sequence = '', field = ''] = locationOf(fault.place)
  const condition = conditionOf(fault)
  return [[segment, sequence, field, [String(condition), CONDITIONS[condition], 'HL70357']]]
}

/** ERR-2 location, ERR-3 condition, ERR-4 severity, ERR-5 the engine's own code, ERR-7 and ERR-8 text (v2.5 and later). */
function structuredError(fault: Fault): readonly FieldDraft[] {
  const condition = conditionOf(fault)
  return ['', locationOf(fault.place), [String(condition), CONDITIONS[condition], 'HL70357'], 'E', [fault.code], '', fault.text, fault.text]
}

/** `FT1(2)-10`, `PID-3[1].4.2`: segment, its occurrence, field, repetition, component, subcomponent. Other places have none. */
const PLACE = /^([A-Z][A-Z0-9]{2})(?:[([](\d+)[)\]])?(?:-(\d+)(?:\[(\d+)\])?(?:\.(\d+)(?:\.(\d+))?)?)?$/

function locationOf(place: string | undefined): readonly string[] {
  const match = place === undefined ? null : PLACE.exec(place)
  if (match === null) return []
  const [, segment = '', occurrence = '1', field, repetition, component, subcomponent] = match
  if (field === undefined) return [segment, occurrence]
  const inside = component === undefined ? [] : subcomponent === undefined ? [component] : [component, subcomponent]
  if (repetition === undefined && inside.length === 0) return [segment, occurrence, field]
  return [segment, occurrence, field, repetition ?? '1', ...inside]
}
