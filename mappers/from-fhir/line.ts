/** What tells one line of a resource from the others in every version of it. */
import { isArray, isObject } from '../../fhir/r4/index.ts'
import type { Json, JsonObject } from '../../fhir/r4/index.ts'
import { referenceText } from '../fhirpath/index.ts'
import { listIn, textIn } from './composites.ts'

/** The reference, id or code of an item; '' for a resource, of which there is one. */
export function nameOfItem(item: unknown): string {
  if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return String(item)
  if (!isObject(item) || 'resourceType' in item) return ''
  const own = nameIn(item)
  if (own !== '') return own
  const members = Object.values(item).filter((value): value is JsonObject => isObject(value))
  const reference = members.map(withoutVersion).find((text) => text !== '')
  if (reference !== undefined) return reference
  const id = textIn(item['id'])
  if (id !== '') return id
  return members.map(nameIn).find((text) => text !== '') ?? ''
}

/** Of a Reference, CodeableConcept, Coding or Identifier. */
function nameIn(value: JsonObject): string {
  const reference = withoutVersion(value)
  if (reference !== '') return reference
  const coding: Json | undefined = isArray(value['coding']) ? listIn(value['coding']).find((each) => textIn(each['code']) !== '') : value
  if (isObject(coding) && textIn(coding['code']) !== '') return `${textIn(coding['system'])}|${textIn(coding['code'])}`
  if (isObject(value['identifier'])) return nameIn(value['identifier'])
  return textIn(value['value']) === '' ? '' : `${textIn(value['system'])}|${textIn(value['value'])}`
}

/** A device in another version of its record is the same device. */
const withoutVersion = (value: JsonObject): string => referenceText(value).replace(/\/_history\/[^/]*$/, '')

/** Is it one thing, however often it is referred to? A Medication or a code names a kind, of which several may be used. */
export const isOneThing = (name: string): boolean => /(?:^|\/)Device\/[A-Za-z0-9.-]{1,64}$/.test(name) || name.startsWith('#') || name.startsWith('urn:uuid:')
