/** What an acknowledgement means as an HTTP status: clients that look no further than the status still do the right thing. */
import { FAILURES } from '../../channels/contract/index.ts'

export type Status = 200 | 400 | 422 | 503

/** HL7 table 0357: application internal error. */
const INTERNAL_CONDITION = '207'

/**
 * AA and CA → 200, AE and CE → 422, AR and CR → 400; a refusal that will pass (the store is full, the engine stops) → 503.
 * What is no acknowledgement gives 503: nothing says that the message is kept, so it must be sent again.
 */
export function statusOf(reply: Uint8Array): Status {
  const text = Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength).toString('latin1')
  if (!text.startsWith('MSH')) return 503
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
