/** Mounts the FHIR face; errors below /fhir are OperationOutcomes. */
import { randomUUID } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { FHIR_JSON, handleFhir } from '../../fhir/index.ts'
import type { Authority, FaceAddition, FaceParts, StatementParts } from '../../fhir/index.ts'
import { authorize, mayReceive } from '../security/index.ts'
import { callerOf } from './access.ts'
import { readRaw } from './fhir-body.ts'
import type { ApiParts } from './operation.ts'
import { Problem } from './problem.ts'
import { VERSION } from './version.ts'
import { whoAsks } from './who.ts'

export interface FhirOptions {
  /** Base address under which clients reach the engine, without a final slash; null: as they reach it. */
  readonly publicUrl: () => string | null
  readonly profiles?: FaceParts['profiles']
  readonly statement?: (base: string) => StatementParts
  /** Subscriptions, the engine's own resources. */
  readonly additions?: readonly FaceAddition[]
}

/** Requests of one caller that are under way at once; more are asked to wait. */
const MOST_AT_ONCE = 256

/** The engine's own token has no key; scopes say the rest. */
export const AUTHORITY: Authority = {
  authorize: (caller, interaction, type) => authorize({ key: caller.sender, scopes: caller.scopes }, interaction, type),
  mayReceive: (caller, type) => mayReceive({ key: caller.sender, scopes: caller.scopes }, type),
}

export function serveFhir({ reader, control, clock }: ApiParts, { publicUrl, profiles, statement, additions = [] }: FhirOptions): Middleware {
  const parts: FaceParts = {
    reader,
    control,
    clock,
    newId: randomUUID,
    authority: AUTHORITY,
    version: VERSION,
    profiles: profiles ?? { of: () => [], find: () => undefined },
    statement: statement ?? (() => ({})),
    additions,
  }
  const busy = new Map<string, number>()
  return async (context, next) => {
    if (!isFhirPath(context.path) || context.path.startsWith('/fhir/.well-known/')) return next()
    const { key, scopes } = callerOf(context)
    const sender = key ?? 'engine'
    const going = busy.get(sender) ?? 0
    if (going >= MOST_AT_ONCE)
      throw new Problem(429, {
        detail: `${String(MOST_AT_ONCE)} requests of this caller are under way.`,
        cure: 'Wait for answers.',
        headers: { 'retry-after': '1' },
      })
    busy.set(sender, going + 1)
    try {
      const base = `${publicUrl() ?? `${context.protocol}://${context.host}`}/fhir`
      const answer = await handleFhir(
        {
          method: context.method === 'HEAD' ? 'GET' : context.method,
          path: pathBelow(context.path),
          query: context.querystring,
          header: (name) => context.get(name),
          body: await readRaw(context),
          base,
          caller: { name: whoAsks(context, null, callerOf(context)).who, sender, scopes },
        },
        parts,
      )
      context.status = answer.status
      context.set({ ...answer.headers })
      if (answer.headers['etag'] !== undefined && context.method !== 'DELETE') context.set('cache-control', 'private, no-cache')
      send(context, answer.body)
    } finally {
      const left = (busy.get(sender) ?? 1) - 1
      if (left === 0) busy.delete(sender)
      else busy.set(sender, left)
    }
  }
}

function send(context: Context, body: string | null): void {
  if (body !== null) {
    context.body = body
    context.set('content-type', `${FHIR_JSON}; charset=utf-8; fhirVersion=4.0`)
  } else if (context.status !== 204 && context.status !== 304) {
    context.body = ''
    context.remove('content-type')
  }
}

/** What was asked below /fhir, percent-decoded step by step so that a slash inside a step stays one. */
function pathBelow(path: string): string {
  try {
    return decodeURI(path)
      .replace(/^\/fhir\/?/, '')
      .replace(/\/$/, '')
  } catch {
    throw new Problem(400, { detail: 'The path is not well formed.' })
  }
}

export function isFhirPath(path: string): boolean {
  return path === '/fhir' || path.startsWith('/fhir/')
}

const CODES: Readonly<
  Record<number, 'login' | 'forbidden' | 'not-found' | 'not-supported' | 'invalid' | 'too-long' | 'throttled' | 'processing' | 'transient'>
> = {
  400: 'invalid',
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  413: 'too-long',
  415: 'not-supported',
  422: 'processing',
  429: 'throttled',
  503: 'transient',
}

export function writeFhirProblem(context: Context, problem: Problem): void {
  context.body = JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: CODES[problem.status] ?? 'exception', diagnostics: problem.parts.detail }],
  })
  context.type = FHIR_JSON
}
