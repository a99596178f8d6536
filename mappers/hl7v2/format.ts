/** HL7 v2 as the engine knows a format: bytes in, an {@link Inbound} out. */
import type { AckCode, Fault, Inbound, MessageFormat } from '../../channels/contract/index.ts'
import { acknowledge, acknowledgeUnreadable } from './acknowledge.ts'
import type { Answer } from './acknowledge.ts'
import { decodeBytes } from './charset.ts'
import { unescapeText } from './escapes.ts'
import { Hl7Message } from './message.ts'

/** Reads HL7 v2 in its vertical-bar encoding. Never throws: what is wrong is the inbound's fault. */
export const hl7v2Format: MessageFormat = {
  name: 'hl7v2',
  read(raw, { charset }) {
    const decoded = decodeBytes(raw, charset)
    const message = Hl7Message.parse(decoded.text, decoded.charset)
    return message === null ? unreadable(raw) : new Hl7Inbound(raw, message, decoded.fault)
  },
}

class Hl7Inbound implements Inbound {
  readonly raw: Uint8Array
  readonly controlId: string
  readonly sender: string
  readonly type: string
  readonly fault: Fault | null
  readonly content: Hl7Message

  constructor(raw: Uint8Array, message: Hl7Message, fault: Fault | null) {
    this.raw = raw
    this.content = message
    this.controlId = controlIdOf(message)
    this.sender = `${message.raw(0, 3)}|${message.raw(0, 4)}`
    this.type = typeOf(message)
    this.fault = fault ?? (this.controlId === '' ? NO_CONTROL_ID : null)
  }

  acknowledge(code: AckCode, answer: Answer): Uint8Array {
    return acknowledge(this.content, code, answer)
  }
}

const NO_CONTROL_ID: Fault = { code: 'NO_CONTROL_ID', place: 'MSH-10', text: 'MSH-10 is empty: a resend cannot be told from a new message.' }
const NOT_HL7: Fault = { code: 'NOT_HL7', text: 'The message does not start with an MSH segment that states its delimiters.' }

function unreadable(raw: Uint8Array): Inbound {
  return { raw, controlId: '', sender: '', type: '', fault: NOT_HL7, content: null, acknowledge: acknowledgeUnreadable }
}

/** The whole of MSH-10, so that senders who put separators into it keep distinct ids. */
function controlIdOf(message: Hl7Message): string {
  const id = message.raw(0, 10)
  if (id === '""') return ''
  return id.includes(message.delimiters.escape) ? unescapeText(id, message.delimiters, message.charset) : id
}

/** Message code and trigger; early senders give the trigger in EVN-1 only. */
function typeOf(message: Hl7Message): string {
  const code = message.value(0, 9, 1, 1, 0)
  const trigger = message.value(0, 9, 1, 2, 0) || message.value(message.find('EVN', 1), 1, 1, 0, 0)
  return trigger === '' || code === '' ? code : `${code}^${trigger}`
}
