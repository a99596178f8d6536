/** What an answer of Tryton means: retry, look up, or give to a person. */
import type { CallResult } from '../connector.ts'
import type { Failed } from './values.ts'

const TEXT_LIMIT = 300
/** How Tryton says that a date is in no open period; its own check of the period comes first, this is for what it does not see. */
const PERIOD = /\bperiod\b.*\b(closed|locked)|\b(closed|locked)\b.*\bperiod|create a period for the date|no open period|fiscal ?year.*\b(closed|locked)/is
/** A transaction that was rolled back because of another one. */
const CONTENTION = /could not serialize|deadlock detected|could not obtain lock|database is locked|canceling statement due to|ConcurrencyException/i

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > TEXT_LIMIT ? `${line.slice(0, TEXT_LIMIT)}…` : line
}
const failed = (code: Failed['code'], text: string): Failed => ({ kind: 'failed', code, text })

/** The fault in an answer's body: `[kind, arguments]`. Null when there is none. */
export function faultIn(body: unknown): { readonly kind: string; readonly words: readonly string[] } | null {
  if (typeof body !== 'object' || body === null) return null
  const { error } = body as { readonly error?: unknown }
  if (!Array.isArray(error)) return null
  const [kind, words] = error as readonly unknown[]
  return { kind: typeof kind === 'string' ? kind : '', words: Array.isArray(words) ? words.map((word) => (typeof word === 'string' ? word : '')) : [] }
}

/** A fault means that Tryton rolled the call back: nothing of this call is stored. */
function ofFault(fault: NonNullable<ReturnType<typeof faultIn>>): Failed {
  const said = short(fault.words.join(' '))
  if (CONTENTION.test(`${fault.kind} ${said}`)) return failed('DESTINATION_BUSY', 'The ERP gave way to another change of the same record.')
  if (fault.kind === 'UserError') return failed(PERIOD.test(said) ? 'ERP_PERIOD_CLOSED' : 'ERP_REFUSED', `The ERP refused it: ${said}`)
  if (fault.kind === 'UserWarning') {
    const [name = '', message = ''] = fault.words
    return failed('ERP_REFUSED', `The ERP asks a person first (${short(name.split(',')[0] ?? '')}): ${short(message)}`)
  }
  // A programming error of the ERP: its first line may name a field; the traceback stays there.
  return failed('ERP_REFUSED', `The ERP failed on it: ${short(fault.kind.split('\n')[0] ?? '').slice(0, 120)}`)
}

/** The failure that a call stands for. A 5xx after sending says nothing about what was stored: it is looked up. */
export function failureOf(result: CallResult): Failed {
  if (result.kind === 'no-answer') {
    return result.sent
      ? failed('NO_ANSWER', `The ERP gave no answer (${result.why}).`)
      : failed('DESTINATION_UNREACHABLE', `The ERP could not be reached (${result.why}).`)
  }
  const { status, body, retryAfterMs } = result
  const fault = faultIn(body)
  if (fault !== null) return ofFault(fault)
  const text = `The ERP answered ${String(status)}.`
  if (status === 429 || status === 503) return { ...failed('DESTINATION_BUSY', text), ...(retryAfterMs === null ? {} : { retryAfterMs }) }
  if (status === 401 || status === 403) return failed('ERP_AUTH', text)
  if (status >= 400 && status < 500 && status !== 408) return failed('ERP_REFUSED', text)
  return failed('NO_ANSWER', text)
}
