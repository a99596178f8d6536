/** Reading members of FHIR JSON whose shape is not known yet. Pure. */
import { isArray, isObject } from '../../fhir/r4/index.ts'
import type { Json, JsonObject } from '../../fhir/r4/index.ts'

export function objectOf(value: Json | undefined): JsonObject | null {
  return isObject(value) ? value : null
}

/** A list's objects; anything else in it is left out. */
export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : []
}

export function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** Milliseconds of an instant, or null. */
export function instantOf(value: Json | undefined): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? null : at
}
