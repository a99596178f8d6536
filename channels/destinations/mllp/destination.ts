/**
 * Sends item changes over MLLP, one message in flight on a connection that is kept. At least once: what was not answered is sent
 * again under the same control id, because a receiver can't be asked what it took (promise 2).
 */
import { readFileSync } from 'node:fs'
import { AqueductError } from '../../contract/index.ts'
import type { DeliveryOutcome, Destination, DestinationDefinition } from '../../contract/index.ts'
import { masterFile } from './master-file.ts'
import type { MasterFileOptions } from './master-file.ts'

/** What came back for one message; the sender matches MSA-2 with the message's own control id. */
export type MllpAnswer =
  | { readonly kind: 'ack'; readonly code: string }
  | { readonly kind: 'timeout' }
  /** `sent` false: nothing can have arrived. */
  | { readonly kind: 'closed'; readonly sent: boolean }

/** The client side of MLLP, handed in by the composition root. */
export interface MllpSender {
  send(payload: Uint8Array): Promise<MllpAnswer>
  close(): Promise<void>
}
export type OpenMllp = (target: {
  readonly host: string
  readonly port: number
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly rejectUnauthorized?: boolean }
  readonly timeoutMs: number
}) => MllpSender

/** @throws AqueductError for an address or option that cannot be used */
export function createMllpDestination(definition: DestinationDefinition, now: () => number, open: OpenMllp): Destination {
  const found = /^(mllps?):\/\/(\[[^\]]+\]|[^/:\s]+):(\d+)$/.exec(definition.url)
  if (!found) throw new AqueductError('INTERNAL', `destination ${definition.name} has no usable url; it is written mllp://HOST:PORT, or mllps:// for TLS`)
  const [, scheme, host = '', port] = found
  const secure = scheme === 'mllps'
  const options = optionsOf(definition)
  const sender = open({
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port),
    timeoutMs: definition.timeoutMs,
    ...(secure ? { tls: tlsOf(definition) } : {}),
  })
  let closed: Promise<void> | null = null
  const close = (): Promise<void> => (closed ??= sender.close())
  let watched: AbortSignal | null = null
  return {
    name: definition.name,
    lookup: null,
    settleMs: 0,
    async deliver(work, signal) {
      if (watched !== signal) {
        watched = signal
        signal.addEventListener('abort', () => void close(), { once: true })
      }
      const made = masterFile(work, options, now())
      if (!made.ok) return { kind: 'failed', code: 'DESTINATION_REFUSED', text: made.text }
      return outcomeOf(await sender.send(Buffer.from(made.text, 'utf8')))
    },
    stop: close,
  }
}

/** AA and CA: taken. Another acknowledgement of it: refused for good. Anything else: nobody knows, so the same is sent again. */
function outcomeOf(answer: MllpAnswer): DeliveryOutcome {
  if (answer.kind === 'closed' && !answer.sent) {
    return { kind: 'failed', code: 'DESTINATION_UNREACHABLE', class: 'transient', text: 'No connection could be made.' }
  }
  if (answer.kind !== 'ack') return noAnswer('No acknowledgement of this message came.')
  if (answer.code === 'AA' || answer.code === 'CA') return { kind: 'sent', reference: null }
  if (/^[AC][ER]$/.test(answer.code)) return { kind: 'failed', code: 'DESTINATION_REFUSED', text: `The receiver answered ${answer.code}.` }
  return noAnswer('The acknowledgement has no code of table 0008.')
}

function noAnswer(text: string): DeliveryOutcome {
  return { kind: 'failed', code: 'NO_ANSWER', class: 'transient', text }
}

function optionsOf({ name, options }: DestinationDefinition): MasterFileOptions {
  const text = (key: string, fallback: string): string => {
    const value = options[key] ?? fallback
    if (typeof value === 'string') return value
    throw new AqueductError('INTERNAL', `destination ${name}: options.${key} is a text`)
  }
  const message = text('message', 'M16')
  if (message !== 'M15' && message !== 'M16') throw new AqueductError('INTERNAL', `destination ${name}: options.message is M16 or M15`)
  return {
    message,
    application: text('application', 'AQUEDUCT'),
    facility: text('facility', ''),
    receivingApplication: text('receiving_application', ''),
    receivingFacility: text('receiving_facility', ''),
  }
}

/** `options.tls: { ca, cert, key }`: PEM texts or paths of files that hold them. */
function tlsOf({ name, options }: DestinationDefinition): { readonly ca?: string; readonly cert?: string; readonly key?: string } {
  const tls: Readonly<Record<string, unknown>> = typeof options['tls'] === 'object' && options['tls'] !== null ? { ...options['tls'] } : {}
  const read = (key: 'ca' | 'cert' | 'key'): Readonly<Record<string, string>> => {
    const value = tls[key]
    if (value === undefined) return {}
    if (typeof value !== 'string') throw new AqueductError('INTERNAL', `destination ${name}: options.tls.${key} is a file or a PEM text`)
    if (value.includes('-----BEGIN')) return { [key]: value }
    try {
      return { [key]: readFileSync(value, 'utf8') }
    } catch (cause) {
      throw new AqueductError('INTERNAL', `destination ${name}: the file of options.tls.${key} cannot be read`, { cause })
    }
  }
  return { ...read('ca'), ...read('cert'), ...read('key') }
}
