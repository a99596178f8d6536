/**
 * A fake EHR: a FHIR R4 server with subscriptions (rest-hook of R4, and the backport's topics) that is strict about what it is sent. What is
 * against R4 or the backport goes into `violations`, and tests end with none.
 */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { request } from 'undici'

export interface Resource {
  readonly resourceType: string
  readonly id?: string
  readonly meta?: { readonly versionId?: string; readonly lastUpdated?: string; readonly profile?: readonly string[] }
  readonly [member: string]: unknown
}

interface Extension {
  readonly url: string
  readonly valueString?: string
  readonly valueCode?: string
  readonly valueUnsignedInt?: number
}
export interface Subscription extends Resource {
  readonly status: string
  readonly criteria: string
  readonly _criteria?: { readonly extension: readonly Extension[] }
  readonly end?: string
  readonly channel: {
    readonly type: string
    readonly endpoint: string
    readonly payload?: string
    readonly header?: readonly string[]
    readonly extension?: readonly Extension[]
    readonly _payload?: { readonly extension: readonly Extension[] }
  }
}

interface Event {
  readonly number: number
  readonly at: string
  readonly resource: Resource
  readonly deleted: boolean
}

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'
export const TOPIC = 'https://ehr.example/topics/procedure-completed'

export class Ehr {
  readonly violations: string[] = []
  /** Method and path of every request, without the base. */
  readonly asked: string[] = []
  /** Status of every notification that was sent, with its kind. */
  readonly answers: string[] = []
  readonly resources = new Map<string, Resource>()
  readonly events = new Map<string, Event[]>()
  readonly now: () => number
  /** Answers everything 503. */
  down = false
  /** Notifications are not sent (lost on the way), though they are counted. */
  mute = false
  offersEvents = true
  offersStatus = true
  /** Handshakes are sent before the answer to the create. */
  eager = false
  /** Page size of searches. */
  page = 50
  base = ''
  #server: Server | null = null
  #ids = 0
  #port = 0
  #gone = new Set<string>()

  constructor(now: () => number) {
    this.now = now
  }

  async start(t: ExecutionContext): Promise<this> {
    this.#server = createServer((asked, response) => {
      const pieces: Buffer[] = []
      asked.on('data', (piece: Buffer) => pieces.push(piece))
      asked.on('end', () => {
        void this.#answer(asked.method ?? '', asked.url ?? '', Buffer.concat(pieces).toString(), asked.headers).then(({ status, body, headers }) => {
          response.writeHead(status, { 'content-type': 'application/fhir+json', date: new Date(this.now()).toUTCString(), ...headers })
          response.end(body === undefined ? '' : JSON.stringify(body))
        })
      })
    }).listen(this.#port, '127.0.0.1')
    await new Promise((ready) => this.#server?.once('listening', ready))
    this.#port = (this.#server.address() as AddressInfo).port
    this.base = `http://127.0.0.1:${String(this.#port)}/fhir`
    t.teardown(() => this.stop())
    return this
  }

  stop(): void {
    this.#server?.closeAllConnections()
    this.#server?.close()
  }

  subscriptions(): Subscription[] {
    return [...this.resources.values()].filter((one): one is Subscription => one.resourceType === 'Subscription')
  }

  /** Writes a resource as a user of the EHR does, and notifies. */
  async put(resource: Resource): Promise<void> {
    const kept = this.#store(resource)
    await this.#happened(kept, false)
  }

  async remove(reference: string): Promise<void> {
    const resource = this.resources.get(reference)
    this.resources.delete(reference)
    this.#gone.add(reference)
    if (resource) await this.#happened(resource, true)
  }

  /** Makes changes to a subscription that no client asked for. */
  set(id: string, change: Partial<Subscription>): void {
    const found = this.resources.get(`Subscription/${id}`)
    if (found) this.resources.set(`Subscription/${id}`, { ...found, ...change })
  }

  forget(reference: string): void {
    this.resources.delete(reference)
    this.#gone.add(reference)
  }

  /** Sends the notification of an event (again). */
  async notify(id: string, numbers: readonly number[], more: { readonly total?: number } = {}): Promise<number> {
    return this.send(id, this.bundle(id, 'event-notification', numbers, more))
  }

  async heartbeat(id: string): Promise<number> {
    return this.send(id, this.bundle(id, 'heartbeat', []))
  }

  /** Sends whatever it is given to a subscription's endpoint, with its headers. */
  async send(
    id: string,
    body: unknown,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly path?: string; readonly method?: 'POST' | 'PUT' } = {},
  ): Promise<number> {
    const { channel } = this.resources.get(`Subscription/${id}`) as Subscription
    const headers = Object.fromEntries((channel.header ?? []).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
    try {
      const answer = await request(`${channel.endpoint}${more.path ?? ''}`, {
        method: more.method ?? 'POST',
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/fhir+json; fhirVersion=4.0' }), ...headers, ...more.headers },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      })
      await answer.body.text()
      return answer.statusCode
    } catch {
      return 0
    }
  }

  bundle(id: string, type: string, numbers: readonly number[], { total }: { readonly total?: number } = {}): Resource {
    const subscription = this.resources.get(`Subscription/${id}`) as Subscription
    const content = subscription.channel._payload?.extension.find(({ url }) => url.endsWith('backport-payload-content'))?.valueCode ?? 'empty'
    const events = this.events.get(id) ?? []
    const chosen = events.filter(({ number }) => numbers.includes(number))
    const nameOf = ({ resourceType, id: own }: Resource) => `${resourceType}/${own ?? ''}`
    return {
      resourceType: 'Bundle',
      meta: { profile: [`${BACKPORT}/backport-subscription-notification-r4`] },
      type: 'history',
      timestamp: new Date(this.now()).toISOString(),
      entry: [
        {
          fullUrl: `urn:uuid:00000000-0000-4000-8000-${String(this.now()).padStart(12, '0').slice(-12)}`,
          resource: {
            resourceType: 'Parameters',
            parameter: [
              { name: 'subscription', valueReference: { reference: `${this.base}/Subscription/${id}` } },
              ...(content === 'empty' ? [] : [{ name: 'topic', valueCanonical: subscription.criteria }]),
              { name: 'status', valueCode: subscription.status },
              { name: 'type', valueCode: type },
              { name: 'events-since-subscription-start', valueString: String(total ?? events.length) },
              ...chosen.map(({ number, at, resource }) => ({
                name: 'notification-event',
                part: [
                  { name: 'event-number', valueString: String(number) },
                  { name: 'timestamp', valueInstant: at },
                  ...(content === 'empty' ? [] : [{ name: 'focus', valueReference: { reference: `${this.base}/${nameOf(resource)}` } }]),
                ],
              })),
            ],
          },
          request: { method: 'GET', url: `${this.base}/Subscription/${id}/$status` },
          response: { status: '200' },
        },
        ...(content === 'empty' ? [] : chosen).map(({ resource, deleted }) => ({
          fullUrl: `${this.base}/${nameOf(resource)}`,
          ...(content === 'full-resource' && !deleted ? { resource } : {}),
          request: { method: deleted ? 'DELETE' : resource.meta?.versionId === '1' ? 'POST' : 'PUT', url: deleted ? nameOf(resource) : resource.resourceType },
          response: { status: deleted ? '204' : '201' },
        })),
      ],
    }
  }

  #store(resource: Resource): Resource {
    const id = resource.id ?? String(++this.#ids)
    const reference = `${resource.resourceType}/${id}`
    const version = Number(this.resources.get(reference)?.meta?.versionId ?? 0) + 1
    const kept = { ...resource, id, meta: { ...resource.meta, versionId: String(version), lastUpdated: new Date(this.now()).toISOString() } }
    this.resources.set(reference, kept)
    return kept
  }

  async #happened(resource: Resource, deleted: boolean): Promise<void> {
    for (const { id = '', criteria, status, channel } of this.subscriptions()) {
      const type = criteria === TOPIC ? 'Procedure' : /^[A-Za-z]+/.exec(criteria)?.[0]
      if (type !== resource.resourceType || status === 'off') continue
      const list = this.events.get(id) ?? []
      this.events.set(id, [...list, { number: list.length + 1, at: new Date(this.now()).toISOString(), resource, deleted }])
      if (this.mute || status !== 'active') continue
      const sent =
        criteria === TOPIC
          ? await this.notify(id, [list.length + 1])
          : await this.send(
              id,
              channel.payload === undefined ? undefined : resource,
              channel.payload === undefined ? {} : { method: 'PUT', path: `/${type}/${resource.id ?? ''}` },
            )
      this.answers.push(`event ${String(sent)}`)
      if (sent < 200 || sent >= 300) this.set(id, { status: 'error' })
    }
  }

  async #handshake(id: string): Promise<void> {
    const subscription = this.resources.get(`Subscription/${id}`) as Subscription
    if (subscription.criteria !== TOPIC) return this.set(id, { status: 'active' })
    const sent = await this.send(id, this.bundle(id, 'handshake', []))
    this.answers.push(`handshake ${String(sent)}`)
    this.set(id, { status: sent >= 200 && sent < 300 ? 'active' : 'error' })
  }

  async #answer(
    method: string,
    url: string,
    body: string,
    headers: Readonly<Record<string, unknown>>,
  ): Promise<{ status: number; body?: unknown; headers?: Record<string, string> }> {
    const { pathname, searchParams } = new URL(url, 'http://x')
    const [, , type = '', id = '', operation] = pathname.split('/')
    this.asked.push(`${method} ${url.replace(/^\/fhir\//, '')}`)
    if (this.down) return { status: 503, headers: { 'retry-after': '1' } }
    if (!String(headers['accept']).includes('application/fhir+json')) this.violations.push('Accept is not application/fhir+json')
    const found = this.resources.get(`${type}/${id}`) as Subscription | undefined
    const outcome = (status: number, code: string) => ({ status, body: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] } })
    if (method === 'GET' && operation === '$status') {
      if (!this.offersStatus || found === undefined) return outcome(404, 'not-supported')
      return {
        status: 200,
        body: {
          resourceType: 'Bundle',
          type: 'searchset',
          entry: [{ resource: (this.bundle(id, 'query-status', [])['entry'] as { resource: Resource }[])[0]?.resource, search: { mode: 'match' } }],
        },
      }
    }
    if (method === 'GET' && operation === '$events') {
      if (!this.offersEvents || found === undefined) return outcome(404, 'not-supported')
      const [since, until] = [Number(searchParams.get('eventsSinceNumber')), Number(searchParams.get('eventsUntilNumber'))]
      return {
        status: 200,
        body: this.bundle(
          id,
          'query-event',
          [...Array(Math.max(0, until - since + 1)).keys()].map((n) => n + since),
        ),
      }
    }
    if (method === 'GET' && id !== '') return found ? { status: 200, body: found } : outcome(this.#gone.has(`${type}/${id}`) ? 410 : 404, 'not-found')
    if (method === 'GET') return this.#search(type, searchParams, url)
    const resource = JSON.parse(body) as Resource
    if (type !== 'Subscription') return outcome(422, 'not-supported')
    this.#judge(resource as Subscription)
    if (method === 'PUT') {
      if (found === undefined) return outcome(404, 'not-found')
      const match = headers['if-match']
      if (match !== undefined && match !== `W/"${found.meta?.versionId ?? ''}"`) return outcome(412, 'conflict')
    }
    const kept = this.#store(method === 'POST' ? { ...resource, id: `s${String(this.subscriptions().length + 1)}-${String(this.#gone.size)}` } : resource)
    if (this.eager) await this.#handshake(kept.id ?? '')
    else setImmediate(() => void this.#handshake(kept.id ?? ''))
    return { status: method === 'POST' ? 201 : 200, body: kept, headers: { location: `${this.base}/Subscription/${kept.id ?? ''}/_history/1` } }
  }

  #search(type: string, parameters: URLSearchParams, url: string): { status: number; body: unknown } {
    const since = parameters.getAll('_lastUpdated').map((one) => (one.startsWith('ge') ? Date.parse(one.slice(2)) : Number.NaN))
    const status = parameters.get('status')
    const endpoint = parameters.get('url')
    const all = [...this.resources.values()]
      .filter((one) => one.resourceType === type)
      .filter((one) => since.every((at) => Date.parse(one.meta?.lastUpdated ?? '') >= at))
      .filter((one) => status === null || one['status'] === status)
      .filter((one) => endpoint === null || (one as Subscription).channel.endpoint === endpoint)
      .sort((a, b) => Date.parse(a.meta?.lastUpdated ?? '') - Date.parse(b.meta?.lastUpdated ?? ''))
    const offset = Number(parameters.get('_offset') ?? 0)
    const more = all.length > offset + this.page
    const next = new URL(url, this.base)
    next.searchParams.set('_offset', String(offset + this.page))
    return {
      status: 200,
      body: {
        resourceType: 'Bundle',
        type: 'searchset',
        total: all.length,
        link: [{ relation: 'self', url: `${this.base}` }, ...(more ? [{ relation: 'next', url: next.href }] : [])],
        entry: all
          .slice(offset, offset + this.page)
          .map((resource) => ({ fullUrl: `${this.base}/${type}/${resource.id ?? ''}`, resource, search: { mode: 'match' } })),
      },
    }
  }

  /** The assertions on a client's Subscription: R4, and the profile of the backport when its criteria is a topic. */
  #judge(subscription: Subscription): void {
    const { channel, criteria, status } = subscription
    const must = (holds: boolean, what: string) => {
      if (!holds) this.violations.push(what)
    }
    must(status === 'requested', 'a client asks with status requested')
    must(typeof subscription['reason'] === 'string' && subscription['reason'] !== '', 'Subscription.reason is required')
    must(channel.type === 'rest-hook', 'channel.type is rest-hook')
    must(URL.canParse(channel.endpoint), 'channel.endpoint is a URL')
    must(!JSON.stringify(subscription).includes('StructureDefinition/extension-Subscription'), 'cross-version extensions should not be used')
    must(
      (channel.header ?? []).every((line) => /^[A-Za-z-]+: \S/.test(line)),
      'channel.header is Name: value',
    )
    if (criteria !== TOPIC) return must(/^[A-Z][A-Za-z]+(\?|$)/.test(criteria), 'criteria is a search string')
    must(subscription.meta?.profile?.includes(`${BACKPORT}/backport-subscription`) === true, 'the profile is claimed')
    must(
      (subscription._criteria?.extension ?? []).every(
        ({ url, valueString }) => url === `${BACKPORT}/backport-filter-criteria` && typeof valueString === 'string',
      ),
      'filters',
    )
    must(channel.payload === 'application/fhir+json', 'channel.payload is a MIME type of FHIR')
    const content = channel._payload?.extension ?? []
    must(content.length === 1 && content[0]?.url === `${BACKPORT}/backport-payload-content`, 'payload-content is required')
    must(['empty', 'id-only', 'full-resource'].includes(content[0]?.valueCode ?? ''), 'payload-content is a code of its value set')
    const known = ['backport-heartbeat-period', 'backport-timeout', 'backport-max-count'].map((name) => `${BACKPORT}/${name}`)
    must(
      (channel.extension ?? []).every(({ url, valueUnsignedInt }) => known.includes(url) && Number.isSafeInteger(valueUnsignedInt)),
      'channel extensions',
    )
  }
}

export const procedure = (id: string, more: object = {}): Resource => ({
  resourceType: 'Procedure',
  id,
  status: 'completed',
  subject: { reference: 'Patient/p1' },
  focalDevice: [{ manipulated: { reference: `Device/d${id}` } }],
  ...more,
})
export const device = (id: string): Resource => ({ resourceType: 'Device', id: `d${id}`, serialNumber: `SN-${id}` })
