/** Writes FHIR bodies from files to a FHIR server and reports what it answered: a bundle to its base, a resource to its place. */
import { isObject, parseFhirJson } from '../../fhir/r4/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import { EXIT } from './command.ts'
import type { Io } from './command.ts'
import type { MessageFile } from './message-files.ts'

export interface FhirSending {
  readonly messages: readonly MessageFile[]
  /** Base URL of the server. */
  readonly to: string
  readonly token: string | null
  readonly timeoutMs: number
  readonly json: boolean
}

/** One at a time, in order: a Procedure may refer to the Device before it. */
export async function sendFhir({ json, messages, timeoutMs, to, token }: FhirSending, io: Io): Promise<number> {
  const answers: { readonly name: string; readonly status: number; readonly text: string }[] = []
  for (const { bytes, name } of messages) {
    if (io.signal.aborted) break
    const answer = await write(Buffer.from(bytes).toString('utf8'), to.replace(/\/+$/, ''), token, timeoutMs)
    if (answer.status === 0) {
      io.err(`aqueduct: ${to} cannot be reached: ${answer.text}`)
      return EXIT.unreachable
    }
    answers.push({ name, ...answer })
    if (!json) io.err(`${answer.status}  ${name}${answer.text === '' ? '' : `  ${answer.text}`}`)
  }
  const good = answers.filter(({ status }) => status >= 200 && status < 300).length
  io.out(json ? JSON.stringify({ wanted: messages.length, sent: answers.length, good, answers }) : `sent ${answers.length}: ${good} accepted`)
  return good === messages.length ? EXIT.good : EXIT.findings
}

async function write(text: string, base: string, token: string | null, timeoutMs: number): Promise<{ readonly status: number; readonly text: string }> {
  const parsed = parseFhirJson(text)
  const { method, url } = parsed.ok ? placeOf(parsed.value, base) : { method: 'POST', url: base }
  try {
    const response = await fetch(url, {
      method,
      headers: { 'content-type': 'application/fhir+json', accept: 'application/fhir+json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: text,
      signal: AbortSignal.timeout(timeoutMs),
    })
    return { status: response.status, text: response.ok ? (response.headers.get('location') ?? '') : outcomeText(await response.text()) }
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    return { status: 0, text: cause?.code ?? (error instanceof Error ? error.name : 'no answer') }
  }
}

function placeOf(body: JsonObject, base: string): { readonly method: string; readonly url: string } {
  const { id, resourceType } = body
  if (resourceType === 'Bundle' && ['transaction', 'batch', 'message'].includes(String(body['type']))) return { method: 'POST', url: base }
  const type = `${base}/${typeof resourceType === 'string' ? resourceType : ''}`
  return typeof id === 'string' ? { method: 'PUT', url: `${type}/${id}` } : { method: 'POST', url: type }
}

/** What an OperationOutcome says is wrong. */
function outcomeText(text: string): string {
  const parsed = parseFhirJson(text)
  const issues = parsed.ok ? parsed.value['issue'] : undefined
  if (!Array.isArray(issues)) return ''
  return issues
    .filter(isObject)
    .map(({ diagnostics, expression }) =>
      [expression, diagnostics]
        .flat()
        .filter((each) => typeof each === 'string')
        .join(': '),
    )
    .join('; ')
}
