/** What an acknowledgement means as an HTTP status: clients that look no further than the status still do the right thing. */
import { FAILURES } from '../../channels/contract/index.ts'
import { readInterchange, REFUSED } from '../../mappers/x12/index.ts'

export type Status = 200 | 400 | 422 | 503

/** The answer to FHIR: an OperationOutcome; to all that is well, nothing. */
const OUTCOME = '{"resourceType":"OperationOutcome"'

/** HL7 table 0357: application internal error. */
const INTERNAL_CONDITION = '207'
const X12 = 'application/edi-x12'

/**
 * AA and CA → 200, AE and CE → 422, AR and CR → 400; a refusal that will pass (the store is full, the engine stops) → 503.
 * What is no acknowledgement gives 503: nothing says that the message is kept, so it must be sent again.
 */
export function statusOf(reply: Uint8Array): Status {
  const text = Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength).toString('latin1')
  if (text.startsWith('ISA') || text === '') return x12StatusOf(text)
  if (text.startsWith(REFUSED)) return 400
  if (text.startsWith(OUTCOME)) return fhirStatusOf(text)
  if (!text.startsWith('MSH')) return text.startsWith('TAKEN') ? 200 : 503
  const separator = text.charAt(3)
  const segments = text.split('\r').map((segment) => segment.split(separator))
  const code = segments.find(([name]) => name === 'MSA')?.[1]
  if (code === 'AA' || code === 'CA') return 200
  if (code === undefined || !/^[AC][ER]$/.test(code)) return 503
  const error = segments.find(([name]) => name === 'ERR')
  if (error !== undefined && passes(error, text.charAt(4), code)) return 503
  return code.endsWith('E') ? 422 : 400
}

/** Does the ERR segment name a failure that passes by itself? Before v2.5 it has only the condition (ERR-1.4). */
function passes(error: readonly string[], component: string, code: string): boolean {
  const own = error[5]?.split(component)[0] ?? ''
  if (own !== '') return own in FAILURES && FAILURES[own as keyof typeof FAILURES].class === 'transient'
  // With AE it is a mapping that failed, and will again.
  return (
    code.endsWith('R') &&
    error.length <= 2 &&
    (error[1] ?? '').split(component).some((part) => part === INTERNAL_CONDITION || part.startsWith(`${INTERNAL_CONDITION}&`))
  )
}

/** Issue types of an OperationOutcome that pass by themselves, and those that say the request itself is none. */
const FHIR_STATUS: Readonly<Record<string, Status>> = { transient: 503, exception: 503, timeout: 503, throttled: 503, structure: 400, 'not-supported': 400 }

function fhirStatusOf(text: string): Status {
  const { issue = [] } = JSON.parse(text) as { readonly issue?: readonly { readonly code?: string }[] }
  return FHIR_STATUS[issue[0]?.code ?? ''] ?? 422
}

/** Nothing to answer, or anything accepted: 200. All of it rejected: 422. The envelope rejected: 400. */
function x12StatusOf(text: string): Status {
  const answer = readInterchange(text)
  if (answer?.answers.some((ta1) => ta1.elements[3] === 'R')) return 400
  const verdicts = answer?.groups.flatMap((group) => group.transactions.map(({ segments }) => segments.find(({ id }) => id === 'AK9')?.elements[0]))
  return verdicts !== undefined && verdicts.length > 0 && verdicts.every((verdict) => verdict === 'R') ? 422 : 200
}

/** Does an answer say that the message is kept, so that it need not be sent again? */
export function isKept(reply: Uint8Array): boolean {
  return statusOf(reply) !== 503
}

/** Does an answer say that nothing of the message is worked on? What HL7 answers with AE is: it waits to be run again. */
export function isRefused(reply: Uint8Array): boolean {
  const status = statusOf(reply)
  return status === 400 || (status === 422 && contentTypeOf(reply) === X12)
}

/** Is it an acknowledgement of a standard, for the partner's machine, rather than words or nothing? */
export function isAnswer(reply: Uint8Array): boolean {
  const head = Buffer.from(reply.buffer, reply.byteOffset, Math.min(3, reply.byteLength)).toString('latin1')
  return head === 'MSH' || head === 'ISA' || head.startsWith('{')
}

/** What the bytes of an answer are. */
export function contentTypeOf(reply: Uint8Array): string {
  if (!isAnswer(reply)) return 'text/plain; charset=utf-8'
  if (reply[0] === 0x7b) return 'application/fhir+json; charset=utf-8'
  return reply[0] === 0x49 ? X12 : 'application/hl7-v2'
}
