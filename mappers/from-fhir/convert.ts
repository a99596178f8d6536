/** One value that a path gave to a field's value. */
import { isObject } from '../../fhir/r4/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import { codeOf, KEYS, plainHyphens, textConversion } from '../fields/index.ts'
import type { Conversion, FieldPlace, Refusal } from '../fields/index.ts'
import { referenceText, textOfFound } from '../fhirpath/index.ts'
import type { FhirScope, Found } from '../fhirpath/index.ts'
import { plainMoney, readCode, readIdentifier, readMoney, readQuantity, readUdi, textIn } from './composites.ts'
import { dayOf, decimalOf, momentOf } from './texts.ts'

/** What stands beside the value: read from the rule's own paths. */
export interface Parts {
  /** The system that is wanted: only its codings and identifiers count. */
  readonly wanted: string
  readonly system: string
  readonly text: string
  readonly unit: string
  readonly currency: string
}

/** The value, why it cannot be made, or undefined when this one gives none. */
export type Convert = (found: Found, parts: Parts, scope: FhirScope, year: number) => unknown

/** The field of money that is booked as it stands; the others are prices of one. */
const EXTENDED = 'amount'

export function converter(place: FieldPlace, conversion: Conversion): Convert {
  const ofText = textConverter(place, conversion)
  const ofObject = objectConverter(place, conversion)
  return (found, parts, scope, year) => {
    if (isObject(found.value) && ofObject) {
      const made = ofObject(found.value, parts, scope, year)
      // A concept without the system that is wanted has no code for us: its other codings are no substitute.
      if (made !== undefined || place.kind !== 'code' || parts.wanted !== '') return made
    }
    const text = textOfFound(found)
    return text === '' ? undefined : ofText(text, parts, year)
  }
}

/** A bare text: a primitive, a literal, a default, a table's value. */
export function textConverter(place: FieldPlace, conversion: Conversion): (text: string, parts: Parts, year: number) => unknown {
  const convert = textConversion(conversion)
  switch (place.kind) {
    case 'money':
      return (text, { currency }) => plainMoney(text, '', currency, place.name === EXTENDED)
    case 'quantity':
      return (text, { unit }) => {
        const value = decimalOf(text)
        return typeof value === 'string' ? { value, unit } : value
      }
    case 'decimal':
      return decimalOf
    case 'moment':
      return conversion === 'date' ? dayOf : momentOf
    case 'date':
      return dayOf
    case 'code':
      return (text, { system, text: words, wanted }, year) => {
        const code = convert(text, year)
        return typeof code === 'string' ? codeOf(code, system || wanted, words) : code
      }
    case 'identifier':
      return (text, { system, wanted }, year) => {
        const value = convert(text, year)
        const by = system || wanted
        return typeof value === 'string' ? { value, ...(by === '' ? {} : { system: by }) } : value
      }
    case 'text':
      if (conversion === 'decimal') return decimalOf
      if (conversion === 'moment') return momentOf
      if (conversion === 'date') return dayOf
      return conversion === 'text' && KEYS.has(place.name) ? (text) => plainHyphens(text) : (text, _parts, year) => convert(text, year)
    case 'udi':
      return (text, _parts, year) => convert(text, year)
  }
}

type OfObject = (value: JsonObject, parts: Parts, scope: FhirScope, year: number) => unknown

function objectConverter({ kind, name }: FieldPlace, conversion: Conversion): OfObject | null {
  switch (kind) {
    case 'code':
      if (conversion !== 'code') return null
      return (value, { system, text, wanted }) => {
        const code = readCode(value, wanted)
        return code && codeOf(code.code, system || (code.system ?? ''), text || (code.text ?? ''))
      }
    case 'identifier':
      return (value, { system, wanted }, scope) => {
        const made = identifierOf(value, wanted, scope)
        return made === undefined || system === '' ? made : { ...made, system }
      }
    case 'money':
      return (value, { currency }) => readMoney(value, currency, name === EXTENDED)
    case 'quantity':
      return (value, { unit }) => readQuantity(value, unit)
    case 'moment':
    case 'date':
      // A Period: when it began.
      return (value): string | Refusal | undefined => {
        const start = textIn(value['start'])
        return start === '' ? undefined : kind === 'date' || conversion === 'date' ? dayOf(start) : momentOf(start)
      }
    case 'udi':
      return (value, _parts, _scope, year) => readUdi(value, year)
    case 'text':
    case 'decimal':
      return null
  }
}

/** Of a Reference: the identifier it states, else that of the resource where it is known, else the reference itself. */
function identifierOf(value: JsonObject, wanted: string, scope: FhirScope) {
  const reference = referenceText(value)
  if (reference === '' && !isObject(value['identifier'])) return readIdentifier(value, wanted)
  const stated = isObject(value['identifier']) ? readIdentifier(value['identifier'], wanted) : undefined
  const known = stated === undefined && reference !== '' ? scope.peek(value) : null
  return stated ?? (known === null ? undefined : readIdentifier(known, wanted)) ?? (reference === '' ? undefined : { value: reference })
}
