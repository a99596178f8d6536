/** Escape sequences (HL7 v2.9.1 §2.7): decoded once per leaf after splitting, never nested; what is not understood stays as it is. */
import type { Charset } from './charset.ts'
import type { Delimiters } from './delimiters.ts'

const HEX = /^(?:[0-9A-Fa-f]{2})+$/
/** `\.sp9999999\` must not become a long run of lines. */
const MOST_LINES = 100

/**
 * Decodes the escapes of one leaf. `\F\ \S\ \T\ \R\ \E\ \P\` give the message's own delimiters, `\Xhh…\` bytes in the message's
 * character set (four digits `00hh` one character), `\.br\` and `\.sp\` line ends, `\.sk n\` spaces; `\H\ \N\` and indentation
 * are dropped. Unknown, undecodable and unterminated escapes keep their text.
 */
export function unescapeText(text: string, delimiters: Delimiters, charset: Charset): string {
  const mark = delimiters.escape
  if (mark === '') return text
  let open = text.indexOf(mark)
  if (open < 0) return text
  let decoded = ''
  let from = 0
  while (open >= 0) {
    const close = text.indexOf(mark, open + 1)
    if (close < 0) break
    const meaning = meaningOf(text.slice(open + 1, close), delimiters, charset)
    if (meaning === null) {
      // The closing mark of what is no escape may open the next one: `4\5 re.\T\`.
      decoded += text.slice(from, close)
      from = close
      open = close
    } else {
      decoded += text.slice(from, open) + meaning
      from = close + 1
      open = text.indexOf(mark, from)
    }
  }
  return decoded + text.slice(from)
}

function meaningOf(code: string, delimiters: Delimiters, charset: Charset): string | null {
  switch (code) {
    case 'F':
      return delimiters.field
    case 'S':
      return delimiters.component
    case 'T':
      return delimiters.subcomponent === '' ? null : delimiters.subcomponent
    case 'R':
      return delimiters.repetition === '' ? null : delimiters.repetition
    case 'E':
      return delimiters.escape
    case 'P':
      return delimiters.truncation === '' ? null : delimiters.truncation
    case 'H':
    case 'N':
      return ''
    default:
      if (code.startsWith('X')) return bytesOf(code.slice(1), charset)
      return code.startsWith('.') ? formattingOf(code.slice(1)) : null
  }
}

function bytesOf(digits: string, charset: Charset): string | null {
  if (!HEX.test(digits)) return null
  if (digits.length === 4 && digits.startsWith('00')) return String.fromCharCode(Number.parseInt(digits, 16))
  return charset.decode(Buffer.from(digits, 'hex'))
}

function formattingOf(command: string): string | null {
  const match = /^(br|ce|fi|nf|in|ti|sp|sk)\s*([+-]?\d{1,4})?$/.exec(command)
  if (match === null) return null
  const count = match[2] === undefined ? 1 : Number(match[2])
  if (count > MOST_LINES) return null
  switch (match[1]) {
    case 'br':
    case 'ce':
      return '\n'
    case 'sp':
      return '\n'.repeat(Math.max(count, 0))
    case 'sk':
      return ' '.repeat(Math.max(count, 0))
    default:
      return ''
  }
}

/**
 * Text as one leaf of a message with these delimiters: delimiters become escapes, and so do the control characters that would
 * end a segment (CR, LF) or an MLLP block (0x0B, 0x1C). Where the message has no escape character a space stands for each.
 */
export function escapeText(text: string, delimiters: Delimiters): string {
  let escaped = ''
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const code = codeOf(text.charAt(i), delimiters)
    if (code === null) continue
    escaped += text.slice(from, i) + (delimiters.escape === '' ? ' ' : delimiters.escape + code + delimiters.escape)
    from = i + 1
  }
  return from === 0 ? text : escaped + text.slice(from)
}

function codeOf(character: string, delimiters: Delimiters): string | null {
  switch (character) {
    case delimiters.escape:
      return 'E'
    case delimiters.field:
      return 'F'
    case delimiters.component:
      return 'S'
    case delimiters.repetition:
      return 'R'
    case delimiters.subcomponent:
      return 'T'
    case delimiters.truncation:
      return 'P'
    case '\r':
      return 'X0D'
    case '\n':
      return 'X0A'
    case '\x0b':
      return 'X0B'
    case '\x1c':
      return 'X1C'
    default:
      return null
  }
}
