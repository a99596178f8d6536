/** The engine and the sandbox ERP as child processes. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const BUILD = join(import.meta.dirname, '../..')

async function firstJson<T>(child: ChildProcess): Promise<T> {
  if (!child.stdout) throw new Error('no stdout')
  for await (const text of createInterface({ input: child.stdout })) if (text.startsWith('{')) return JSON.parse(text) as T
  throw new Error(`${child.spawnargs.slice(1).join(' ')} ended before it was ready`)
}

export interface Child {
  readonly process: ChildProcess
  kill(signal: NodeJS.Signals): Promise<void>
}

function childOf(process: ChildProcess): Child {
  return {
    process,
    async kill(signal) {
      if (process.exitCode !== null || process.signalCode !== null) return
      process.kill(signal)
      await once(process, 'exit')
    },
  }
}

export async function startSandbox(dir: string, port = '0'): Promise<Child & { readonly url: string }> {
  const child = spawn(process.execPath, [join(BUILD, 'erp-bridge/connectors/sandbox/erp/main.js'), '--port', port, '--data', join(dir, 'sandbox.sqlite')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { url } = await firstJson<{ url: string }>(child)
  return { ...childOf(child), url }
}

export interface EngineChild extends Child {
  readonly port: number
  readonly listeners: readonly { readonly channel: string; readonly port: number }[]
  readonly api: string
  readonly token: string
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
}

export async function startEngineChild(options: {
  readonly config?: string
  readonly data: string
  readonly set: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}): Promise<EngineChild> {
  const sets = Object.entries(options.set).flatMap(([path, value]) => ['--set', `${path}=${value}`])
  const config = options.config ?? resolve('tests/crash/config')
  const child = spawn(process.execPath, [join(BUILD, 'server/cli/main.js'), 'run', '--config', config, '--data', options.data, ...sets], {
    stdio: ['ignore', 'pipe', process.env['CRASH_LOG'] ? 'inherit' : 'ignore'],
    env: { ...process.env, ...options.env },
  })
  const { api, listeners } = await firstJson<{ api: string; listeners: { channel: string; port: number }[] }>(child)
  const { token } = JSON.parse(readFileSync(join(options.data, 'engine.json'), 'utf8')) as { token: string }
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${api}/api/ops/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${await response.text()}`)
    return (await response.json()) as T
  }
  return {
    ...childOf(child),
    api,
    token,
    listeners,
    port: listeners[0]?.port ?? 0,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
  }
}
