/** How commands reach a running engine: its operations API, found through the data directory or named outright. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT } from './command.ts'
import type { Io } from './command.ts'
import type { Options } from './options.ts'

export interface EngineAddress {
  /** Base URL without a final slash. */
  readonly api: string
  readonly token: string
}

export type ApiAnswer<Body> =
  | { readonly ok: true; readonly body: Body }
  /** The engine answered, and said no. */
  | { readonly ok: false; readonly status: number; readonly text: string; readonly body: unknown }

/** Nobody answers: the command ends with exit code 3. */
export class Unreachable extends Error {}

const OPS = '/api/ops/v1'
const TIMEOUT_MS = 30_000

/** Reads `DATA/engine.json`, or takes `--api` and `--token`. @throws Unreachable when no engine can be named */
export async function engineAddress(options: Options): Promise<EngineAddress> {
  const api = options.one('api')
  if (api !== undefined) return { api: api.replace(/\/+$/, ''), token: options.one('token') ?? process.env['AQUEDUCT_TOKEN'] ?? '' }
  const file = join(options.one('data') ?? 'data', 'engine.json')
  let found: unknown
  try {
    found = JSON.parse(await readFile(file, 'utf8'))
  } catch {
    throw new Unreachable(
      `no engine runs on this data directory: ${file} cannot be read. Start one with “aqueduct run”, or name another with --data DIR or --api URL --token T.`,
    )
  }
  if (typeof found !== 'object' || found === null || !('api' in found) || typeof found.api !== 'string') throw new Unreachable(`${file} names no API`)
  return { api: found.api.replace(/\/+$/, ''), token: 'token' in found && typeof found.token === 'string' ? found.token : '' }
}

/**
 * One request. `path` is below `/api/ops/v1`, or whole when it begins with `/api/`; `by` is who asks, for the trail; `key` makes asking
 * again do nothing twice. The caller says what shape a good answer has (DESIGN §12). @throws Unreachable
 */
export async function ask<Body>(
  engine: EngineAddress,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  by?: string,
  key?: string,
): Promise<ApiAnswer<Body>> {
  const url = engine.api + (path.startsWith('/api/') ? '' : OPS) + path
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${engine.token}`,
        ...(by === undefined ? {} : { 'x-aqueduct-user': by }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    text = await response.text()
  } catch (error) {
    throw new Unreachable(`the engine at ${engine.api} does not answer (${reason(error)})`)
  }
  const answer = parsed(text)
  if (response.ok) return { ok: true, body: answer as Body }
  return { ok: false, status: response.status, text: words(answer, response.status), body: answer }
}

/** Finds the engine and lets `work` talk to it; unreachable and refused answers become a clear line and an exit code. */
export async function withEngine(options: Options, io: Io, work: (engine: EngineAddress) => Promise<number>): Promise<number> {
  try {
    return await work(await engineAddress(options))
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    io.err(`aqueduct: ${error.message}`)
    return EXIT.unreachable
  }
}

/** Says what the engine refused. */
export function refused(io: Io, answer: { readonly status: number; readonly text: string; readonly body: unknown }, json: boolean): number {
  if (json) io.out(JSON.stringify({ error: { status: answer.status, text: answer.text } }))
  io.err(`aqueduct: ${answer.text}`)
  return EXIT.findings
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return text
  }
}

/** The words of an error answer, whichever of the usual shapes it has. */
function words(answer: unknown, status: number): string {
  if (status === 401) return 'the engine refused the token: read it from engine.json in its data directory'
  for (const path of [['error', 'text'], ['error', 'message'], ['text'], ['detail'], ['message'], ['error'], ['title']]) {
    let at: unknown = answer
    for (const step of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined
    if (typeof at === 'string' && at !== '') return at
  }
  return status === 404 ? 'the engine knows no such thing' : `the engine answered ${status}`
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; is it running?',
  ENOTFOUND: 'there is no such host',
  ERR_INVALID_URL: 'that is no URL; one is http://127.0.0.1:8080',
  TimeoutError: `no answer within ${TIMEOUT_MS / 1000} s`,
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string') return WORDS[cause.code] ?? cause.code
  if (cause instanceof Error) return WORDS[cause.name] ?? cause.name
  return 'no reason given'
}
