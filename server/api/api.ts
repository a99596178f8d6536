import { createServer } from 'node:http'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import Router from '@koa/router'
import Koa from 'koa'
import { AqueductError, faultOf } from '../../channels/contract/index.ts'
import type { Clock, Emit, EngineControl, Reader, SmartSettings } from '../../channels/contract/index.ts'
import { TOKEN_PATH, createKeyRing, createSmart, smartSecurity } from '../security/index.ts'
import { createFhirFeeds } from '../fhir-feeds/index.ts'
import type { FhirWriting } from '../fhir-feeds/index.ts'
import { createDispatcher, createNoticeFeed } from '../subscriptions/index.ts'
import { callerOf, identify, requireScope } from './access.ts'
import { readRequestBody } from './body.ts'
import { mountConsole } from './console.ts'
import { answerProblems, closeToCallers } from './edge.ts'
import { AUTHORITY, serveFhir } from './fhir.ts'
import type { FhirOptions } from './fhir.ts'
import { describeApi } from './openapi.ts'
import type { ApiParts, Deprecation, Operation, Registry } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { serveTokens } from './smart.ts'
import { VERSION } from './version.ts'
import { whoAsks } from './who.ts'

export interface ApiOptions {
  /** Default of the configuration: loopback. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly reader: Reader
  readonly control: EngineControl
  /** Prometheus text. */
  readonly metrics: () => Promise<string>
  readonly token: string
  readonly emit: Emit
  readonly clock: Clock
  /** Writes keys and subscriptions; answered after the commit. */
  readonly registry: Registry
  /** Name of the installation, for the source of business events. */
  readonly installation: string
  /** SMART Backend Services: settings of the configuration that runs, and where the secret of its tokens is. Without it, no tokens. */
  readonly smart?: { readonly settings: () => SmartSettings | null; readonly dataDir: string }
  /** What the FHIR face is told of the configuration. */
  readonly fhir?: Pick<FhirOptions, 'profiles' | 'additions'>
  /** Writes what the bridge did as resources, and what becomes of subscriptions; without it neither is done. */
  readonly fhirWriting?: FhirWriting
  /** Operations besides its own. */
  readonly more?: readonly Operation[]
  /** Waits of the webhooks, for tests. */
  readonly webhooks?: { readonly firstMs: number; readonly maxMs: number; readonly failures: number }
  /** The built console; default is where the build puts it. */
  readonly consoleDir?: string
}

export interface RunningApi {
  /** Base URL without a final slash. */
  readonly url: string
  /** Answers what is open, then closes. */
  stop(): Promise<void>
}

/** Compiled, this file is build/server/api/api.js. */
const CONSOLE_DIR = fileURLToPath(new URL('../../console', import.meta.url))
const REQUEST_TIMEOUT_MS = 60_000
const DRAIN_MS = 5_000

/**
 * Serves the operations API, the FHIR face and its tokens, health, metrics, the description and the console on one port.
 * @throws AqueductError when the port cannot be opened
 */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { host, port, reader, control, emit, clock } = options
  const smart = createSmart({
    settings: () => options.smart?.settings() ?? null,
    dataDir: options.smart?.dataDir ?? '',
    installation: options.installation,
    clock,
    once: (scope, value, until) => options.registry.once({ scope, value, until }),
    audit: (who, what, subject) => control.audit(who, what, subject),
  })
  const ring = createKeyRing(
    options.token,
    () => reader.apiKeys(),
    clock,
    (presented) => smart.identify(presented),
  )
  const feed = createNoticeFeed(reader, clock)
  const { installation } = options
  const dispatcher = createDispatcher({
    reader,
    feed,
    clock,
    installation,
    save: (subscription) => options.registry.saveSubscription(subscription),
    ...(options.webhooks === undefined ? {} : { retry: options.webhooks }),
  })
  const registry: Registry = {
    once: (op) => options.registry.once(op),
    async saveKey(key) {
      await options.registry.saveKey(key)
      ring.forget()
    },
    async saveSubscription(subscription) {
      await dispatcher.halt(subscription.id)
      // What was delivered until a moment ago is known only now.
      const known = (await reader.subscriptions()).find(({ id }) => id === subscription.id)
      await options.registry.saveSubscription({ ...subscription, cursor: Math.max(subscription.cursor, known?.cursor ?? 0) })
      await dispatcher.refresh()
    },
  }
  const parts: ApiParts = { reader, control, clock, emit, registry, feed, installation }
  const publicUrl = () => options.smart?.settings()?.publicUrl ?? null
  let ownUrl = ''
  const feeds =
    options.fhirWriting === undefined
      ? null
      : createFhirFeeds({
          reader,
          feed,
          clock,
          installation,
          authority: AUTHORITY,
          writing: options.fhirWriting,
          base: () => `${publicUrl() ?? ownUrl}/fhir`,
          problem: (error) => emit('store:problem', faultOf(error, 'STORE_FAILED')),
          ...(options.webhooks === undefined ? {} : { retry: options.webhooks }),
        })
  const app = new Koa()
  // Koa's own words about an error would go to stderr with whatever the error quotes.
  app.silent = true
  const router = new Router()
  mountOpen(router, options)
  for (const operation of [...OPERATIONS, ...(options.more ?? [])]) mountOperation(router, operation, parts)
  app.use(answerProblems(emit))
  app.use(closeToCallers)
  app.use(serveTokens(smart, emit))
  app.use(identify(ring))
  app.use(
    serveFhir(parts, {
      publicUrl,
      statement: (base) => (options.smart?.settings() ? { security: smartSecurity(base.replace(/\/fhir$/, TOKEN_PATH)) } : {}),
      ...options.fhir,
      additions: [...(options.fhir?.additions ?? []), ...(feeds?.additions ?? [])],
    }),
  )
  app.use(readRequestBody())
  app.use(mountConsole(options.consoleDir ?? CONSOLE_DIR))
  app.use(router.routes())
  app.use(router.allowedMethods())

  const handle = app.callback()
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: 20_000 }, (request, response) => void handle(request, response))
  const listening = once(server, 'listening')
  server.listen({ host, port })
  try {
    await listening
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new AqueductError('INTERNAL', `the API cannot listen on ${host}:${String(port)} (${code}); free the port or change api.port`)
  }
  // A store that cannot be read now is read at the next change; the API is there to say so.
  await dispatcher.refresh().catch((error: unknown) => emit('store:problem', faultOf(error, 'STORE_FAILED')))
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  ownUrl = `http://${host.includes(':') ? `[${host}]` : host}:${String(bound)}`
  feeds?.start()
  return {
    url: ownUrl,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      feed.stop()
      await Promise.all([dispatcher.stop(), feeds?.stop()])
      server.closeIdleConnections()
      const cancel = clock.after(DRAIN_MS, () => server.closeAllConnections())
      await closed
      cancel()
    },
  }
}

function mountOperation(router: Router, operation: Operation, parts: ApiParts): void {
  router[operation.method](operation.base + operation.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
    if (operation.deprecated !== null) context.set(deprecationHeaders(operation.deprecated))
    requireScope(context, operation.scope)
    const caller = callerOf(context)
    const answer = await operation.run(
      {
        params: context.params,
        query: context.query,
        body: context.request.body,
        contentType: context.request.type,
        ...whoAsks(context, context.request.body, caller),
        caller,
        header: (name) => context.get(name),
      },
      parts,
    )
    context.status = answer.status
    context.body = answer.body
    context.type = answer.contentType ?? 'application/json'
    context.set({ ...answer.headers })
    if (answer.headers?.['etag'] !== undefined) {
      // It may be kept, and must be asked for again before it is shown.
      context.set('cache-control', 'private, no-cache')
      // A client's own no-cache beside it asks for this very check, not to leave it out.
      if (knows(context.get('if-none-match'), answer.headers['etag'])) context.status = 304
    }
  })
}

/** RFC 9110 §13.1.2, by weak comparison. */
function knows(header: string, etag: string): boolean {
  return header.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')))
}

/** `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and where to go instead. */
function deprecationHeaders({ since, sunset, successor }: Deprecation): Record<string, string> {
  return {
    deprecation: `@${String(Date.parse(`${since}T00:00:00Z`) / 1000)}`,
    sunset: new Date(`${sunset}T00:00:00Z`).toUTCString(),
    link: `<${successor}>; rel="successor-version", </openapi.json>; rel="deprecation"; type="application/json"`,
  }
}

/** What anybody who reaches the port may ask: it tells nothing of messages. */
function mountOpen(router: Router, { control, metrics }: ApiOptions): void {
  let description: Readonly<Record<string, unknown>> | null = null
  router.get('/health/live', (context) => {
    context.body = { live: true }
  })
  router.get('/health/ready', (context) => {
    const ready = control.ready()
    context.status = ready ? 200 : 503
    context.body = { ready }
  })
  router.get('/metrics', async (context) => {
    context.body = await metrics()
    context.type = 'text/plain; version=0.0.4; charset=utf-8'
  })
  router.get('/openapi.json', (context) => {
    context.body = description ??= describeApi(VERSION)
  })
}
