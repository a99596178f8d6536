/** Which representation is asked for and which was sent. JSON of R4 is the only one there is. */
import type { FaceRequest } from './exchange.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export const JSON_PATCH = 'application/json-patch+json'
const JSON_TYPES = ['application/fhir+json', 'application/json', 'application/json+fhir', 'text/json']
const WILD = ['*/*', 'application/*', 'text/*']
const FORMATS = ['json', ...JSON_TYPES]
const R4 = /^4\.0(\.\d+)?$/

interface MediaType {
  readonly name: string
  readonly parameters: Readonly<Record<string, string>>
}

function mediaType(text: string): MediaType {
  const [name = '', ...rest] = text.split(';')
  const parameters: Record<string, string> = {}
  for (const each of rest) {
    const at = each.indexOf('=')
    if (at > 0)
      parameters[each.slice(0, at).trim().toLowerCase()] = each
        .slice(at + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1')
  }
  return { name: name.trim().toLowerCase(), parameters }
}

/** Null when JSON of R4 is an answer that is wanted; `_format` wins over Accept. */
export function refuseFormat(accept: string, format: string | null): Refusal | null {
  if (format !== null && format !== '') {
    // A plus sign in a query is a blank once it was decoded.
    const asked = mediaType(format.replaceAll(' ', '+'))
    if (FORMATS.includes(asked.name)) return versionRefusal([asked], 406, '_format')
    return refuse(406, 'not-supported', 'This server answers in JSON only; XML and other formats are not offered. Ask for application/fhir+json.', '_format')
  }
  if (accept.trim() === '') return null
  const wanted = accept.split(',').map(mediaType)
  const usable = wanted.filter(({ name, parameters }) => (JSON_TYPES.includes(name) || WILD.includes(name)) && !/^0(\.0*)?$/.test(parameters['q'] ?? ''))
  if (usable.length === 0)
    return refuse(406, 'not-supported', 'This server answers in JSON only; XML and other formats are not offered. Ask for application/fhir+json.', 'Accept')
  return versionRefusal(usable, 406, 'Accept')
}

function versionRefusal(types: readonly MediaType[], status: number, place: string): Refusal | null {
  const versions = types.map(({ parameters }) => parameters['fhirversion'])
  if (versions.some((version) => version === undefined || R4.test(version))) return null
  return refuse(status, 'not-supported', 'This server speaks FHIR R4 (fhirVersion 4.0) only; resources of other versions, R5 among them, are refused.', place)
}

/** What the body is, or why it is not taken. `none`: there is none. */
export function bodyKind(request: FaceRequest): 'json' | 'form' | 'patch' | 'none' | Refusal {
  if (request.body.length === 0) return 'none'
  const header = request.header('content-type')
  const sent = mediaType(header)
  const charset = sent.parameters['charset']?.toLowerCase()
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    return refuse(415, 'not-supported', 'FHIR is UTF-8; send the body in it.', 'Content-Type')
  if (sent.name === 'application/x-www-form-urlencoded') return 'form'
  if (sent.name === JSON_PATCH) return 'patch'
  if (sent.name !== '' && !JSON_TYPES.includes(sent.name))
    return refuse(415, 'not-supported', 'This server takes JSON only; XML and other formats are not taken. Send application/fhir+json.', 'Content-Type')
  return versionRefusal([sent], 415, 'Content-Type') ?? 'json'
}
