/** Forms of primitive values (R4 §2.24.0.1). Every pattern is linear: what is checked comes from strangers. */
import type { Json } from '../content.ts'
import { spanOf } from '../search/moments.ts'

const TIME = '([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60)(\\.\\d+)?'
const MOMENT = new RegExp(`^\\d{4}-\\d{2}-\\d{2}T${TIME}(Z|[+-]\\d{2}:\\d{2})$`)
const CLOCK = new RegExp(`^${TIME}$`)
const DATE = /^\d{4}(-\d{2}(-\d{2})?)?$/
const TEXT_LIMIT = 1024 * 1024
const INTEGER_LIMIT = 2 ** 31

interface Form {
  readonly holds: (value: string) => boolean
  readonly text: string
}
const isText = (value: string): boolean => value.length <= TEXT_LIMIT && /\S/.test(value) && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(value)
const isUri = (value: string): boolean => value !== '' && !/\s/.test(value)
const isBase64 = (value: string): boolean => {
  const bare = value.replace(/\s+/g, '')
  return bare.length % 4 === 0 && bare !== '' && /^[A-Za-z0-9+/]*={0,2}$/.test(bare)
}
const STRING: Form = { holds: isText, text: 'a text with something in it, without control characters, of at most 1 MB' }
const URI: Form = { holds: isUri, text: 'a URI without spaces' }

const FORMS: Readonly<Record<string, Form>> = {
  base64Binary: { holds: isBase64, text: 'base64' },
  canonical: URI,
  code: { holds: (value) => /^\S+(?:\s\S+)*$/.test(value), text: 'a code: no space at either end, none double' },
  date: { holds: (value) => DATE.test(value) && spanOf(value) !== null, text: 'a date that exists: YYYY, YYYY-MM or YYYY-MM-DD' },
  dateTime: {
    holds: (value) => (DATE.test(value) || MOMENT.test(value)) && spanOf(value) !== null,
    text: 'a date that exists, with a time of day only with seconds and zone: YYYY-MM-DDThh:mm:ss+zz:zz',
  },
  id: { holds: (value) => /^[A-Za-z0-9.-]{1,64}$/.test(value), text: 'an id: 1 to 64 of A-Z a-z 0-9 - .' },
  instant: { holds: (value) => MOMENT.test(value) && spanOf(value) !== null, text: 'an instant: YYYY-MM-DDThh:mm:ss+zz:zz' },
  markdown: STRING,
  oid: { holds: (value) => /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/.test(value), text: 'urn:oid: and an OID' },
  string: STRING,
  time: { holds: (value) => CLOCK.test(value), text: 'a time hh:mm:ss' },
  uri: URI,
  url: URI,
  uuid: { holds: (value) => /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value), text: 'urn:uuid: and a UUID' },
  xhtml: { holds: (value) => value.length <= TEXT_LIMIT, text: 'XHTML of at most 1 MB' },
}

/** What was expected instead, or null when the value has the form of the type. @param lexeme the characters of a number */
export function wrongForm(type: string, value: Json, lexeme: string | undefined): string | null {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false, without quotes'
    case 'decimal':
      return typeof value === 'number' ? null : 'a number, without quotes'
    case 'integer':
      return isWhole(value, lexeme, -INTEGER_LIMIT) ? null : 'a whole number of 32 bits, without quotes'
    case 'unsignedInt':
      return isWhole(value, lexeme, 0) ? null : 'a whole number from 0, without quotes'
    case 'positiveInt':
      return isWhole(value, lexeme, 1) ? null : 'a whole number from 1, without quotes'
    default: {
      const form = FORMS[type] ?? STRING
      return typeof value === 'string' && form.holds(value) ? null : form.text
    }
  }
}

const isWhole = (value: Json, lexeme: string | undefined, least: number): boolean =>
  typeof value === 'number' && value >= least && value < INTEGER_LIMIT && /^-?\d+$/.test(lexeme ?? '')
