/** Character sets: which one a message is in, and the way from its bytes to text and back (HL7 table 0211). */
import { isAscii, isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import type { Fault } from '../../channels/contract/index.ts'

export interface Charset {
  readonly name: string
  /** Text of the bytes, or null when they are not text in this set. */
  decode(bytes: Buffer): string | null
  /** Bytes of the text; characters that the set lacks become `?`. */
  encode(text: string): Buffer
}

export const ASCII: Charset = {
  name: 'ascii',
  decode: (bytes) => (isAscii(bytes) ? bytes.toString('latin1') : null),
  encode: (text) => iconv.encode(text, 'ascii'),
}
export const UTF_8: Charset = {
  name: 'utf-8',
  decode: (bytes) => (isAscii(bytes) ? bytes.toString('latin1') : isUtf8(bytes) ? bytes.toString('utf8') : null),
  encode: (text) => Buffer.from(text, 'utf8'),
}
export const LATIN_1: Charset = { name: 'iso-8859-1', decode: (bytes) => bytes.toString('latin1'), encode: (text) => iconv.encode(text, 'iso-8859-1') }

/** Names as they are written in MSH-18 and in channel files, letters and digits only, and the encoding that each means. */
const ENCODINGS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['2', '3', '4', '5', '6', '7', '8', '9', '10', '13', '14', '15', '16'].flatMap((n) =>
      ['', 'ISO', 'ISOIR'].map((prefix) => [`${prefix}8859${n}`, `iso-8859-${n}`]),
    ),
  ),
  LATIN2: 'iso-8859-2',
  LATIN9: 'iso-8859-15',
  ...Object.fromEntries(
    ['1250', '1251', '1252', '1253', '1254', '1255', '1256', '1257', '1258'].flatMap((n) =>
      ['CP', 'WINDOWS', 'WIN'].map((prefix) => [prefix + n, `windows-${n}`]),
    ),
  ),
  GB180302000: 'gb18030',
  GB18030: 'gb18030',
  GBK: 'gbk',
  GB2312: 'gbk',
  BIG5: 'big5',
  KSX1001: 'euc-kr',
  EUCKR: 'euc-kr',
  EUCJP: 'euc-jp',
  // JIS X 0201 is the single-byte half of Shift-JIS.
  ISOIR14: 'shift_jis',
  ISOIR13: 'shift_jis',
  SHIFTJIS: 'shift_jis',
  SJIS: 'shift_jis',
  CP932: 'shift_jis',
  WINDOWS31J: 'shift_jis',
  MACINTOSH: 'macintosh',
}
const JAPANESE_SWITCHED = new Set(['ISOIR87', 'ISOIR159', 'JAS2020', 'ISO2022JP', 'ISO2022JP1', 'ISO2022JP2'])
const ASCII_NAMES = new Set(['ASCII', 'USASCII', 'ISOIR6', 'ISO646', '7BIT'])
const UTF_8_NAMES = new Set(['UNICODEUTF8', 'UTF8', 'UNICODE'])
const LATIN_1_NAMES = new Set(['88591', 'ISO88591', 'ISOIR88591', 'ISOIR100', 'LATIN1'])

/** One name for each character set, as a channel file has them: to say what was perhaps meant. */
export const CHARSET_NAMES: readonly string[] = ['MSH-18', 'utf-8', 'us-ascii', 'iso-8859-1', 'iso-2022-jp', ...new Set(Object.values(ENCODINGS))]

const known = new Map<string, Charset | null>()

/** The character set of a name (`8859/1`, `UNICODE UTF-8`, `windows-1252`, `ISO IR87` …), or null when it is not a known one. */
export function charsetOf(name: string): Charset | null {
  const cached = known.get(name)
  if (cached !== undefined) return cached
  const charset = findCharset(name.toUpperCase().replaceAll(/[^A-Z0-9]/g, ''))
  // Names come from messages: what is remembered must stay bounded.
  if (known.size < 200) known.set(name, charset)
  return charset
}

function findCharset(key: string): Charset | null {
  if (UTF_8_NAMES.has(key)) return UTF_8
  if (ASCII_NAMES.has(key)) return ASCII
  if (LATIN_1_NAMES.has(key)) return LATIN_1
  if (JAPANESE_SWITCHED.has(key)) return switchedJapanese()
  const encoding = ENCODINGS[key]
  if (encoding === undefined) return null
  return {
    name: encoding,
    decode(bytes) {
      const text = iconv.decode(bytes, encoding, { stripBOM: false })
      return text.includes('\ufffd') ? null : text
    },
    encode: (text) => iconv.encode(text, encoding),
  }
}

/** ISO 2022: ASCII until an escape sequence switches to JIS X 0208. Written back as ASCII only. */
function switchedJapanese(): Charset {
  const decoder = new TextDecoder('iso-2022-jp', { fatal: true })
  return {
    name: 'iso-2022-jp',
    decode(bytes) {
      try {
        return decoder.decode(bytes)
      } catch {
        return null
      }
    },
    encode: (text) => iconv.encode(text, 'ascii'),
  }
}

export interface Decoded {
  /** Always readable enough for an acknowledgement: with a fault it is the bytes as Latin-1. */
  readonly text: string
  /** The set that {@link text} was read in, and in which an answer is written; null when all bytes are ASCII and the message may name any. */
  readonly charset: Charset | null
  readonly fault: Fault | null
}

/**
 * Decodes the whole message before anything is split: trail bytes of Shift-JIS, Big5 and GB18030 equal delimiters.
 *
 * @param charset the channel's setting. A name is believed and its bytes must be valid in it. `MSH-18` believes the message:
 *   nothing there means UTF-8 where the bytes are valid UTF-8 and Latin-1 where not; a single-byte set over bytes that are UTF-8
 *   is refused, because it would be read as mojibake and nobody would see it. An unknown name matters only when a byte is not ASCII.
 */
export function decodeBytes(raw: Uint8Array, charset: string): Decoded {
  const bytes = Buffer.isBuffer(raw) ? raw : Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  if (charset === 'MSH-18') return decodeAsStated(bytes)
  const named = charsetOf(charset)
  if (named === null) return wrong(bytes, 'The channel’s charset is not a known name.')
  const text = named.decode(bytes)
  return text === null ? wrong(bytes, `The bytes are not valid ${named.name}, which the channel’s charset names.`) : { text, charset: named, fault: null }
}

const ESCAPE = 0x1b

function decodeAsStated(bytes: Buffer): Decoded {
  const plain = isAscii(bytes)
  if (plain && !bytes.includes(ESCAPE)) return { text: bytes.toString('latin1'), charset: null, fault: null }
  const stated = statedCharsets(bytes)
  const first = stated[0] ?? ''
  if (first === '') {
    const text = UTF_8.decode(bytes)
    return text === null ? { text: bytes.toString('latin1'), charset: LATIN_1, fault: null } : { text, charset: UTF_8, fault: null }
  }
  const switched = stated.find((name) => charsetOf(name)?.name === 'iso-2022-jp')
  const named = charsetOf(bytes.includes(ESCAPE) && switched !== undefined ? switched : first)
  if (named === null) return wrong(bytes, 'MSH-18 names a character set that is not known.', 'MSH-18')
  if (named.name.startsWith('iso-8859') && !plain && isUtf8(bytes)) return wrong(bytes, `MSH-18 names ${named.name}, but the bytes are UTF-8.`, 'MSH-18')
  const text = named.decode(bytes)
  return text === null ? wrong(bytes, `The bytes are not valid ${named.name}, which MSH-18 names.`, 'MSH-18') : { text, charset: named, fault: null }
}

function wrong(bytes: Buffer, text: string, place?: string): Decoded {
  const fault: Fault = place === undefined ? { code: 'WRONG_CHARSET', text } : { code: 'WRONG_CHARSET', place, text }
  return { text: bytes.toString('latin1'), charset: LATIN_1, fault }
}

/** The repetitions of MSH-18, read from the header's bytes alone: it is ASCII in every set that may be named there. */
function statedCharsets(bytes: Buffer): readonly string[] {
  const header = bytes.toString('latin1', Math.max(bytes.indexOf('MSH'), 0), headerEnd(bytes))
  const field = header.split(header.charAt(3))[17] ?? ''
  return field === '' ? [] : field.split(header.charAt(5))
}

function headerEnd(bytes: Buffer): number {
  for (let i = bytes.indexOf('MSH') + 8; i < bytes.length; i++) {
    if (bytes[i] === 0x0d || bytes[i] === 0x0a) return i
  }
  return bytes.length
}
