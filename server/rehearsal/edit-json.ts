/** Changes members of a JSON text by path, for tests that vary a FHIR sample: `status`, `entry[1].resource.focalDevice[0].manipulated.reference`. */
import { isArray, isObject, parseFhirJson, withMembers, writeFhirJson } from '../../fhir/r4/index.ts'
import type { Json, JsonObject } from '../../fhir/r4/index.ts'

type Edited = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly text: string }

/** @param set path → value; an empty one takes the member away, one that is JSON (a number, an object) is put as that, any other as text */
export function editJson(text: string, set: Readonly<Record<string, string>>): Edited {
  const parsed = parseFhirJson(text)
  if (!parsed.ok) return { ok: false, text: `${parsed.at}: ${parsed.text}` }
  let body: JsonObject = parsed.value
  for (const [path, value] of Object.entries(set)) {
    const steps = path.split(/[.[\]]+/).filter((step) => step !== '')
    const changed = change(body, steps, valueOf(value))
    if (changed === null || !isObject(changed)) return { ok: false, text: `the message has no “${path}”` }
    body = changed
  }
  return { ok: true, text: writeFhirJson(body) }
}

/** A copy with the value at the end of the steps; null when they lead nowhere. Undefined takes the member away. */
function change(at: Json | undefined, [step, ...rest]: readonly string[], value: Json | undefined): Json | null {
  if (step === undefined) return null
  if (isArray(at)) {
    const n = Number(step)
    if (!Number.isSafeInteger(n) || n < 0 || n > at.length) return null
    const inner = rest.length === 0 ? value : change(at[n], rest, value)
    if (inner === null) return null
    return inner === undefined ? at.filter((_each, i) => i !== n) : [...at.slice(0, n), inner, ...at.slice(n + 1)]
  }
  if (!isObject(at)) return null
  const inner = rest.length === 0 ? value : change(at[step], rest, value)
  return inner === null ? null : withMembers(at, { [step]: inner })
}

function valueOf(text: string): Json | undefined {
  if (text === '') return undefined
  if (!/^[[{\d"-]|^(true|false)$/.test(text)) return text
  const parsed = parseFhirJson(`{"value":${text}}`)
  return parsed.ok ? parsed.value['value'] : text
}
