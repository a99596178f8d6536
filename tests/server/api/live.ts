/** A real engine with its store, and no ERP behind it: what the APIs take stays queued. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { ExecutionContext } from 'ava'
import { parse } from 'csv-parse/sync'
import { startEngineChild } from '../../crash/engine.ts'
import type { EngineChild } from '../../crash/engine.ts'

const TABLES = ['suppliers', 'cost-centres', 'departments', 'locations', 'items', 'units', 'prices', 'stock']

export interface Live {
  readonly engine: EngineChild
  readonly dir: string
}

export interface Caller {
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  remove(path: string): Promise<Response>
}

/** Starts an engine on a data directory of the test. @param given a directory of before: what is in it is gone on with */
export async function live(t: ExecutionContext, { load = true, given }: { readonly load?: boolean; readonly given?: string } = {}): Promise<Live> {
  const dir = given ?? mkdtempSync(join(tmpdir(), 'aqueduct-test-'))
  const engine = await startEngineChild({
    config: resolve('channel-config'),
    data: join(dir, 'data'),
    set: {
      'api.port': '0',
      'channels.or-charges.listen.mllp.port': '0',
      'channels.or-supply-usage.listen.mllp.port': '0',
      'channels.supplier-documents.listen.http.port': '0',
      'destinations.erp.url': 'http://127.0.0.1:9',
    },
  })
  t.teardown(async () => {
    await engine.kill('SIGKILL')
    if (given === undefined) rmSync(dir, { recursive: true, force: true })
  })
  if (load && given === undefined) {
    for (const table of TABLES) {
      const rows = parse(readFileSync(`channel-config/samples/master-data/${table}.csv`), { columns: true, skip_empty_lines: true }) as Record<string, string>[]
      await engine.post(`/load/${table}`, { rows, source: `${table}.csv` })
    }
  }
  return { engine, dir }
}

/** Talks as the holder of a key, or of the engine's token. */
export function as({ engine }: Live, token: string = engine.token): Caller {
  const headers = { authorization: `Bearer ${token}` }
  return {
    get: (path, more = {}) => fetch(engine.api + path, { headers: { ...headers, ...more } }),
    post: (path, body, more = {}) =>
      fetch(engine.api + path, { method: 'POST', headers: { ...headers, 'content-type': 'application/json', ...more }, body: JSON.stringify(body) }),
    remove: (path) => fetch(engine.api + path, { method: 'DELETE', headers }),
  }
}

export async function keyOf(live: Live, name: string, ...scopes: string[]): Promise<string> {
  const answer = await as(live).post('/api/ops/v1/keys', { name, scopes })
  return ((await answer.json()) as { key: string }).key
}

/** Asks until it is so. */
export async function until<T>(ask: () => Promise<T>, so: (value: T) => boolean): Promise<T> {
  for (let i = 0; i < 800; i++) {
    const value = await ask()
    if (so(value)) return value
    await new Promise((wake) => setTimeout(wake, 25))
  }
  throw new Error('it did not become so within twenty seconds')
}
