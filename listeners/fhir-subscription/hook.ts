/** The place that notifications are sent to: sockets, who may send, and what a request carries. What it means is the source's. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Emit, FhirSubscriptionListen } from '../../channels/contract/index.ts'
import { parseFhirJson } from '../../fhir/r4/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import { openServer, readBody } from '../http/index.ts'
import type { RunningServer } from '../http/index.ts'
import { FULL, LATER, respond } from './answer.ts'
import type { Answer } from './answer.ts'

/** A request that may be taken. */
export interface Delivery {
  /** Below the listener's path: `['1a2b3c4d', 'Procedure', '7']`. */
  readonly path: readonly string[]
  readonly method: 'POST' | 'PUT'
  /** Null when there is none. */
  readonly body: JsonObject | null
}

export interface HookOptions extends FhirSubscriptionListen {
  readonly channel: string
}

export interface HookDeps {
  readonly emit: Emit
  readonly clock: Clock
  /** Null while nothing may be taken. */
  readonly ready: () => boolean
  readonly deliver: (delivery: Delivery) => Promise<Answer>
}

const FHIR_TYPES = new Set(['application/fhir+json', 'application/json'])

/** @throws AqueductError when the port cannot be opened */
export function openHook(options: HookOptions, deps: HookDeps): Promise<RunningServer> {
  const { channel, host, port } = options
  return openServer(
    { channel, host, port, key: 'fhir_subscription' },
    {
      clock: deps.clock,
      take: (request, response) => take(request, response, options, deps),
      late: (request, response) => respond(request, response, LATER),
      bad: () => '400 Bad Request',
    },
  )
}

function take(request: IncomingMessage, response: ServerResponse, options: HookOptions, deps: HookDeps): void {
  const refuse = (answer: Answer) => respond(request, response, answer)
  const [path = ''] = (request.url ?? '').split('?')
  const below = belowOf(path, options.path)
  if (below === null) return refuse({ status: 404, issue: 'not-found', text: `Notifications for this channel are sent to ${options.path}.` })
  if (!isShown(request.headers.authorization ?? '', options.secret)) {
    deps.emit('listener:problem', { channel: options.channel, what: 'notification without the secret', bytes: 0 })
    return refuse({
      status: 401,
      issue: 'login',
      text: 'The subscription’s Authorization header is missing or another.',
      headers: { 'www-authenticate': 'Bearer' },
    })
  }
  const { method } = request
  if (method !== 'POST' && method !== 'PUT')
    return refuse({ status: 405, issue: 'not-supported', text: 'A notification is sent with POST.', headers: { allow: 'POST' } })
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (!deps.ready()) return refuse(FULL)
  readBody(request, options.maxMessageBytes, (body) => {
    if (body.kind === 'aborted') return deps.emit('listener:problem', { channel: options.channel, what: 'request cut short', bytes: body.size })
    if (body.kind === 'oversized') {
      deps.emit('listener:problem', { channel: options.channel, what: 'notification too large', bytes: body.size })
      return refuse({
        status: 413,
        issue: 'not-supported',
        text: `A notification has at most ${String(options.maxMessageBytes)} bytes here.`,
        headers: { connection: 'close' },
      })
    }
    let resource: JsonObject | null = null
    if (body.bytes.length > 0) {
      if (!FHIR_TYPES.has(type) || encoding !== 'identity') {
        return refuse({
          status: 415,
          issue: 'not-supported',
          text: 'Send it as application/fhir+json, uncompressed.',
          headers: { 'accept-post': [...FHIR_TYPES].join(', ') },
        })
      }
      const parsed = parseFhirJson(body.bytes.toString('utf8'))
      if (!parsed.ok) {
        deps.emit('listener:problem', { channel: options.channel, what: 'notification is no JSON', bytes: body.bytes.length })
        return refuse({ status: 400, issue: 'structure', text: parsed.text, at: parsed.at })
      }
      resource = parsed.value
    }
    deps.deliver({ path: below, method, body: resource }).then(refuse, () => refuse(LATER))
  })
}

/** Steps below `root`; null when it is another place. */
function belowOf(path: string, root: string): readonly string[] | null {
  const base = root.replace(/\/$/, '')
  if (path === base || path === `${base}/`) return []
  return path.startsWith(`${base}/`) ? path.slice(base.length + 1).split('/') : null
}

/** Compared in the time that it takes whatever stands there. */
function isShown(header: string, secret: string | null): boolean {
  if (secret === null) return true
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header), digest(`Bearer ${secret}`))
}
