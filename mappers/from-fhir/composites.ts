/** FHIR datatypes to canonical values: CodeableConcept, Coding, Quantity, Money, Identifier, Reference, Period, Device and its carriers. */
import { isArray, isObject, lexemeOf } from '../../fhir/r4/index.ts'
import type { Json, JsonObject } from '../../fhir/r4/index.ts'
import { codeOf, moneyOf, Refusal } from '../fields/index.ts'
import type { Code, Identifier, Money, Quantity } from '../fields/index.ts'
import { normaliseGtin, parseUdi } from '../udi/index.ts'
import type { Issuer, Udi } from '../udi/index.ts'
import { dayOf, decimalOf } from './texts.ts'

export const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value.trim() : '')
export const listIn = (value: Json | undefined): readonly JsonObject[] => (isArray(value) ? value.filter(isObject) : [])

/** A CodeableConcept or Coding. Where the rule names the coding system, its coding is the code; a lone coding without a system counts as it. */
export function readCode(value: JsonObject, wanted: string): Code | undefined {
  const concept = isArray(value['coding'])
  const codings = (concept ? listIn(value['coding']) : [value]).filter((coding) => textIn(coding['code']) !== '')
  const [first] = codings
  const only = codings.length === 1 && first !== undefined && textIn(first['system']) === ''
  const chosen =
    wanted === ''
      ? (codings.find((coding) => coding['userSelected'] === true) ?? first)
      : (codings.find((coding) => textIn(coding['system']) === wanted) ?? (only ? first : undefined))
  if (chosen === undefined) return undefined
  const words = textIn(chosen['display']) || (concept ? textIn(value['text']) : '')
  return codeOf(textIn(chosen['code']), textIn(chosen['system']) || wanted, words)
}

/** The characters of `value`, or '' when there is none. */
export function numberIn(value: JsonObject): string {
  return lexemeOf(value, 'value') ?? ''
}

const NOT_EXACT = new Refusal('BAD_VALUE', 'The quantity has a comparator: how much it was exactly is not said.')

/** The rule's unit wins over the quantity's own code, and that over its unit as people read it. */
export function readQuantity(value: JsonObject, unit: string): Quantity | Refusal | undefined {
  const text = numberIn(value)
  if (text === '') return undefined
  if (value['comparator'] !== undefined) return NOT_EXACT
  const figure = decimalOf(text)
  return figure instanceof Refusal ? figure : { value: figure, unit: unit || textIn(value['code']) || textIn(value['unit']) }
}

/** The currency of the value wins, then the rule's; none is assumed. */
export function readMoney(value: JsonObject, fallback: string, extended: boolean): Money | Refusal | undefined {
  const text = numberIn(value)
  if (text === '') return undefined
  return plainMoney(text, textIn(value['currency']), fallback, extended)
}

export function plainMoney(text: string, stated: string, fallback: string, extended: boolean): Money | Refusal {
  const figure = decimalOf(text)
  return figure instanceof Refusal ? figure : moneyOf(figure, stated, fallback, extended)
}

/** An Identifier, or what identifies a resource: of the system that is wanted, else its official one, else the first. Names are never read. */
export function readIdentifier(value: JsonObject, wanted: string): Identifier | undefined {
  const all = 'resourceType' in value || isArray(value['identifier']) ? listIn(value['identifier']) : [value]
  const filled = all.filter((each) => textIn(each['value']) !== '')
  const chosen =
    wanted === ''
      ? (filled.find((each) => textIn(each['use']) === 'official') ?? filled.find((each) => textIn(each['use']) === 'usual') ?? filled[0])
      : filled.find((each) => textIn(each['system']) === wanted)
  if (chosen === undefined) return undefined
  const kind = isObject(chosen['type']) ? listIn(chosen['type']['coding'])[0] : undefined
  const [system, type] = [textIn(chosen['system']), kind === undefined ? '' : textIn(kind['code'])]
  return { value: textIn(chosen['value']), ...(system === '' ? {} : { system }), ...(type === '' ? {} : { type }) }
}

const ISSUERS: readonly (readonly [RegExp, Issuer])[] = [
  [/gs1/i, 'GS1'],
  [/hibcc/i, 'HIBCC'],
  [/iccbba/i, 'ICCBBA'],
]

/** A Device, or one of its carriers. What the carrier does not say the Device does; where both do, the carrier is what was scanned. */
export function readUdi(value: JsonObject, year: number): Udi | undefined {
  const isDevice = value['resourceType'] === 'Device'
  const carriers = isDevice ? listIn(value['udiCarrier']) : [value]
  const read = bestCarrier(carriers, year)
  if (!isDevice) return read
  const udi: { -readonly [Key in keyof Udi]: Udi[Key] } = read ? { ...read } : { carrier: '' }
  const problems = [...(udi.problems ?? [])]
  for (const [part, element] of DEVICE_PARTS) {
    const text = textIn(value[element])
    if (text === '') continue
    const said = part === 'expiry' || part === 'made' ? dayOf(text) : text
    if (said instanceof Refusal) problems.push(`${element} is no day`)
    else if (udi[part] === undefined) udi[part] = said
    else if (udi[part] !== said) problems.push(`${element} of the Device is another than the carrier’s`)
  }
  if (read === undefined && udi.lot === undefined && udi.serial === undefined) return undefined
  return problems.length === 0 ? udi : { ...udi, problems }
}

const DEVICE_PARTS = [
  ['lot', 'lotNumber'],
  ['serial', 'serialNumber'],
  ['expiry', 'expirationDate'],
  ['made', 'manufactureDate'],
] as const

function bestCarrier(carriers: readonly JsonObject[], year: number): Udi | undefined {
  for (const carrier of carriers) {
    const text = textIn(carrier['carrierHRF']) || scanned(textIn(carrier['carrierAIDC']))
    if (text !== '') return withDi(parseUdi(text, year), carrier)
  }
  for (const carrier of carriers) {
    const di = textIn(carrier['deviceIdentifier'])
    if (di !== '') return withDi({ carrier: di }, carrier)
  }
  return undefined
}

function withDi(udi: Udi, carrier: JsonObject): Udi {
  const di = textIn(carrier['deviceIdentifier'])
  const issuer = udi.issuer ?? ISSUERS.find(([name]) => name.test(textIn(carrier['issuer'])))?.[1]
  if (udi.di !== undefined || di === '') return issuer === undefined ? udi : { ...udi, issuer }
  return { ...udi, ...(issuer === undefined ? {} : { issuer }), di: (issuer === 'HIBCC' || issuer === 'ICCBBA' ? null : normaliseGtin(di)) ?? di }
}

/** base64 of what the scanner gave; systems print FNC1 as an arrow. */
function scanned(base64: string): string {
  if (base64 === '' || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(base64)) return ''
  return Buffer.from(base64, 'base64').toString('utf8').replaceAll('\u2194', '\u001d')
}
