/** Required bindings to value sets that can be counted out. */
import type { Json, JsonObject } from '../content.ts'
import { isArray, isObject } from '../json.ts'

export type Codes = ReadonlyMap<string, ReadonlySet<string>>

/** What a value of type code, Coding, CodeableConcept or Quantity lacks to be of the value set, in words; null: nothing. */
export function outsideValueSet(type: string, value: Json, codes: Codes): string | null {
  if (typeof value === 'string') return [...codes.values()].some((known) => known.has(value)) ? null : EXPECTED
  if (!isObject(value)) return null
  if (type === 'CodeableConcept') {
    const codings = isArray(value['coding']) ? value['coding'].filter(isObject) : []
    return codings.some((coding) => isIn(coding, codes)) ? null : 'None of its codings is of the value set that is required here.'
  }
  return isIn(value, codes) ? null : EXPECTED
}

const EXPECTED = 'The code is not of the value set that is required here.'
const isIn = ({ system, code }: JsonObject, codes: Codes): boolean =>
  typeof system === 'string' && typeof code === 'string' && codes.get(system)?.has(code) === true
