/** The reader under parseFhirJson (RFC 8259): JSON.parse gives no places, takes duplicate keys, and forgets how a number was written. */
import type { Json } from './content.ts'

/** Deeper than any sensible resource, and far from the end of the stack. */
const DEEPEST = 100

type Remember = (container: object, key: string, lexeme: string) => void
type Read = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly text: string; readonly offset: number }

/** @param remember told of each number whose characters are not JavaScript's own */
export function readJson(text: string, remember: Remember): Read {
  const reader = new Reader(text, remember)
  try {
    return { ok: true, value: reader.whole() }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, text: error.message, offset: error.offset }
    throw error
  }
}

/** Leaves the recursion; never leaves this file. */
class Refused extends Error {
  readonly offset: number
  constructor(text: string, offset: number) {
    super(text)
    this.offset = offset
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const PLAIN = /[^"\\\u0000-\u001f\ud800-\udfff]*/y
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const WORDS: Readonly<Record<string, readonly [string, Json]>> = { t: ['true', true], f: ['false', false], n: ['null', null] }

class Reader {
  readonly #text: string
  readonly #remember: Remember
  #at = 0
  #depth = 0
  /** Characters of the number just read, when JavaScript writes it otherwise. */
  #lexeme: string | null = null

  constructor(text: string, remember: Remember) {
    this.#text = text
    this.#remember = remember
  }

  whole(): Json {
    const value = this.#value()
    this.#space()
    if (this.#at < this.#text.length) this.#refuse('Something follows the JSON value.')
    return value
  }

  #value(): Json {
    this.#space()
    this.#lexeme = null
    const first = this.#text.charAt(this.#at)
    if (first === '{') return this.#object()
    if (first === '[') return this.#array()
    if (first === '"') return this.#string()
    const word = WORDS[first]
    if (word !== undefined) {
      if (!this.#text.startsWith(word[0], this.#at)) this.#refuse('A JSON value was expected.')
      this.#at += word[0].length
      return word[1]
    }
    return this.#number()
  }

  #object(): Json {
    const object: Record<string, Json> = {}
    this.#enter()
    if (this.#next() === '}') return this.#leave(object)
    for (;;) {
      if (this.#next() !== '"') this.#refuse('A member name in double quotes was expected.')
      const start = this.#at
      const key = this.#string()
      if (Object.hasOwn(object, key)) this.#refuse('The same member name stands twice in one object.', start)
      if (this.#next() !== ':') this.#refuse('A colon was expected after the member name.')
      this.#at += 1
      const value = this.#value()
      if (this.#lexeme !== null) this.#remember(object, key, this.#lexeme)
      if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
      else object[key] = value
      const mark = this.#next()
      if (mark === '}') return this.#leave(object)
      if (mark !== ',') this.#refuse('A comma or the end of the object was expected.')
      this.#at += 1
    }
  }

  #array(): Json {
    const array: Json[] = []
    this.#enter()
    if (this.#next() === ']') return this.#leave(array)
    for (;;) {
      const value = this.#value()
      if (this.#lexeme !== null) this.#remember(array, String(array.length), this.#lexeme)
      array.push(value)
      const mark = this.#next()
      if (mark === ']') return this.#leave(array)
      if (mark !== ',') this.#refuse('A comma or the end of the array was expected.')
      this.#at += 1
    }
  }

  #string(): string {
    const start = this.#at
    this.#at += 1
    let value = ''
    for (;;) {
      PLAIN.lastIndex = this.#at
      PLAIN.test(this.#text)
      if (PLAIN.lastIndex > this.#at) value += this.#text.slice(this.#at, PLAIN.lastIndex)
      this.#at = PLAIN.lastIndex
      const mark = this.#text.charAt(this.#at)
      if (mark === '"') {
        this.#at += 1
        return value
      }
      if (mark === '') this.#refuse('The text has no closing quote.', start)
      if (mark < ' ') this.#refuse('A control character in a text must be escaped.')
      value += this.#unit()
    }
  }

  /** An escape, or a pair of surrogates, escaped or not. */
  #unit(): string {
    const start = this.#at
    const first = this.#codeUnit()
    if (first === '\0') this.#refuse('A text must not contain U+0000.', start)
    if (first < '\ud800' || first > '\udfff') return first
    const second = this.#at < this.#text.length ? this.#codeUnit() : ''
    if (first > '\udbff' || second < '\udc00' || second > '\udfff') this.#refuse('A surrogate without its other half is no character.', start)
    return first + second
  }

  #codeUnit(): string {
    const mark = this.#text.charAt(this.#at)
    this.#at += 1
    if (mark !== '\\') return mark
    const kind = this.#text.charAt(this.#at)
    this.#at += 1
    if (kind !== 'u') return ESCAPES[kind] ?? this.#refuse('There is no such escape in JSON.', this.#at - 2)
    const digits = this.#text.slice(this.#at, this.#at + 4)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#refuse('Four hexadecimal digits must follow \\u.', this.#at - 2)
    this.#at += 4
    return String.fromCharCode(Number.parseInt(digits, 16))
  }

  #number(): number {
    NUMBER.lastIndex = this.#at
    const lexeme = NUMBER.exec(this.#text)?.[0]
    if (lexeme === undefined) return this.#refuse('A JSON value was expected.')
    const value = Number(lexeme)
    if (!Number.isFinite(value)) this.#refuse('The number is too large.')
    this.#at += lexeme.length
    this.#lexeme = String(value) === lexeme ? null : lexeme
    return value
  }

  #enter(): void {
    this.#depth += 1
    if (this.#depth > DEEPEST) this.#refuse(`Objects and arrays are nested deeper than ${DEEPEST}.`)
    this.#at += 1
  }

  #leave<T>(value: T): T {
    this.#depth -= 1
    this.#at += 1
    this.#lexeme = null
    return value
  }

  /** The next character that is no space, not taken yet. */
  #next(): string {
    this.#space()
    return this.#text.charAt(this.#at)
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at += 1
    }
  }

  #refuse(text: string, offset = this.#at): never {
    throw new Refused(text, offset)
  }
}
