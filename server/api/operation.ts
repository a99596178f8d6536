/** One operation of the API as data: what it takes, what it gives, who may call it. Routes and OpenAPI are both made from it. */
import type { z } from 'zod'
import type { ApiKeyOp, Clock, Emit, EngineControl, OnceOp, Reader, SubscriptionOp } from '../../channels/contract/index.ts'
import type { Caller, Scope } from '../security/index.ts'
import type { NoticeFeed } from '../subscriptions/index.ts'
import { Problem } from './problem.ts'

/** What the API writes besides what it asks of the engine. */
export interface Registry {
  saveKey(op: Omit<ApiKeyOp, 'op'>): Promise<void>
  saveSubscription(op: Omit<SubscriptionOp, 'op'>): Promise<void>
  /** True for the first use of a value; after the commit. */
  once(op: Omit<OnceOp, 'op'>): Promise<boolean>
}

/** What handlers work with. */
export interface ApiParts {
  readonly reader: Reader
  readonly control: EngineControl
  readonly clock: Clock
  readonly emit: Emit
  readonly registry: Registry
  readonly feed: NoticeFeed
  /** Stands in the source of every business event. */
  readonly installation: string
}

/** When an operation was declared old, and from when it may be gone (RFC 9745, RFC 8594). Calendar dates, UTC. */
export interface Deprecation {
  readonly since: string
  readonly sunset: string
  /** Path of what replaces it. */
  readonly successor: string
}

/** A request before its schemas have looked at it. */
export interface RawRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Parsed JSON, text of another kind, or undefined when there was none. */
  readonly body: unknown
  /** `application/json`, `text/csv`; '' without a body. */
  readonly contentType: string
  /** Who asks, for the trail. */
  readonly who: string
  /** True when `who` is a person that the request names, not the holder of a token. */
  readonly named: boolean
  readonly caller: Caller
  /** A header of the request, '' when it is not there. */
  header(name: string): string
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  /** Default application/json. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Values<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>

interface Draft<Params extends z.ZodRawShape, Query extends z.ZodRawShape, Body extends z.ZodType> {
  readonly method: 'get' | 'post' | 'delete'
  /** Below the base, with `{name}` for parameters. */
  readonly path: string
  readonly summary: string
  readonly params?: z.ZodObject<Params>
  readonly query?: z.ZodObject<Query>
  /** JSON body; without it the request's body is handed over as it is. */
  readonly body?: Body
  /** Other kinds of body that the handler understands, for the description. */
  readonly otherBodies?: readonly string[]
  /** Schema of the good answer; null: bytes. */
  readonly answer: z.ZodType | null
  /** Statuses of problems besides 400 and 401, with when. */
  readonly problems?: Readonly<Record<number, string>>
  /** What it is below; default the operations API. */
  readonly base?: string
  /** What a key must be allowed. Default: reading or writing of the operations API, by the method. */
  readonly scope?: Scope
  /** Status of the good answer, for the description. Default 200. */
  readonly status?: number
  /** Content type of the good answer, for the description. Default application/json. */
  readonly answerType?: string
  /** Request headers that it reads, with what they are for; those that are needed end with `!`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly deprecated?: Deprecation
  handle(
    request: { readonly params: Values<Params>; readonly query: Values<Query>; readonly body: z.output<Body>; readonly raw: RawRequest; readonly who: string },
    parts: ApiParts,
  ): Promise<Answer>
}

export interface Operation {
  readonly method: 'get' | 'post' | 'delete'
  readonly path: string
  readonly summary: string
  readonly params: z.ZodObject | null
  readonly query: z.ZodObject | null
  readonly body: z.ZodType | null
  readonly otherBodies: readonly string[]
  readonly answer: z.ZodType | null
  readonly problems: Readonly<Record<number, string>>
  readonly base: string
  readonly scope: Scope
  readonly status: number
  readonly answerType: string
  readonly headers: Readonly<Record<string, string>>
  readonly deprecated: Deprecation | null
  /** @throws Problem */
  run(raw: RawRequest, parts: ApiParts): Promise<Answer>
}

export const OPS_BASE = '/api/ops/v1'

/** Closes a typed operation over its schemas: what reaches `handle` has been checked. */
export function operation<
  Params extends z.ZodRawShape = Record<never, never>,
  Query extends z.ZodRawShape = Record<never, never>,
  Body extends z.ZodType = z.ZodUnknown,
>(draft: Draft<Params, Query, Body>): Operation {
  const { method, path, summary, answer } = draft
  return {
    method,
    path,
    summary,
    answer,
    params: (draft.params as z.ZodObject | undefined) ?? null,
    query: (draft.query as z.ZodObject | undefined) ?? null,
    body: draft.body ?? null,
    otherBodies: draft.otherBodies ?? [],
    problems: draft.problems ?? {},
    base: draft.base ?? OPS_BASE,
    scope: draft.scope ?? (method === 'get' ? 'ops:read' : 'ops:write'),
    status: draft.status ?? 200,
    answerType: draft.answerType ?? 'application/json',
    headers: draft.headers ?? {},
    deprecated: draft.deprecated ?? null,
    run(raw, parts) {
      const params = checked(draft.params, raw.params, 'path') as Values<Params>
      knownOnly(Object.keys(raw.query), draft.query ? Object.keys(draft.query.shape) : [])
      const query = checked(draft.query, raw.query, 'query') as Values<Query>
      if (
        draft.body !== undefined &&
        raw.body !== undefined &&
        raw.contentType !== 'application/json' &&
        !(draft.otherBodies ?? []).includes(raw.contentType)
      ) {
        throw new Problem(415, {
          detail: `The body is ${raw.contentType || 'of no stated kind'}.`,
          cure: `Send it as ${['application/json', ...(draft.otherBodies ?? [])].join(' or ')}.`,
        })
      }
      const isOther = raw.contentType !== 'application/json' && raw.body !== undefined
      const body = (draft.body === undefined || isOther ? raw.body : checked(draft.body, raw.body ?? {}, 'body')) as z.output<Body>
      return draft.handle({ params, query, body, raw, who: raw.who }, parts)
    },
  }
}

/** @throws Problem 400 with one finding for each thing that is wrong; the wrong values are not repeated */
export function checked(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) return {}
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const findings = result.error.issues.flatMap((issue) => {
    const place = [where, ...issue.path.map(String)].join('.')
    if (where !== 'body') return [{ place, text: issue.message }]
    // An unknown member is pointed at itself; its name is shown only as far as it looks like one.
    const members = issue.code === 'unrecognized_keys' ? issue.keys.filter((key) => /^[\w.-]{1,40}$/.test(key)) : []
    if (members.length === 0) return [{ place, text: issue.message, pointer: pointerOf(issue.path) }]
    return members.map((member) => ({ place, text: 'unknown member', pointer: pointerOf([...issue.path, member]) }))
  })
  throw new Problem(400, {
    detail: findings.map(({ place, text }) => `${place}: ${text}`).join('; '),
    cure: 'See /openapi.json for what this operation takes.',
    findings,
  })
}

/** JSON Pointer (RFC 6901) of a member of the body. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function knownOnly(given: readonly string[], allowed: readonly string[]): void {
  const foreign = given.filter((name) => !allowed.includes(name))
  if (foreign.length === 0) return
  const list = allowed.length === 0 ? 'This operation takes no query parameters.' : `It takes ${allowed.join(', ')}.`
  throw new Problem(400, {
    detail: `The query has ${foreign.length === 1 ? 'a parameter' : 'parameters'} that this operation does not know.`,
    cure: list,
    // Names as given may be anything; they are shown only as far as they look like names.
    findings: foreign.map((name) => ({ place: /^[\w.-]{1,40}$/.test(name) ? `query.${name}` : 'query', text: `unknown parameter. ${list}` })),
    more: { allowed },
  })
}
