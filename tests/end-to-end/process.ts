/** Commands of the CLI as processes: what they print, how they end, and the operations API of one that runs. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'

const MAIN = join(import.meta.dirname, '../../server/cli/main.js')

export interface Command {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** Starts `aqueduct ARGS`; what is still running is killed when the test ends. */
export function aqueduct(t: ExecutionContext, ...args: readonly string[]): Command {
  return command(t, process.execPath, [MAIN, ...args])
}

export function command(t: ExecutionContext, program: string, args: readonly string[]): Command {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const texts = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()))
  const ended = new Promise<number | NodeJS.Signals>((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL')))
  t.teardown(() => {
    child.kill('SIGKILL')
    return ended
  })
  return { child, stdout: () => texts.stdout, stderr: () => texts.stderr, ended }
}

export interface Answer<T> {
  readonly status: number
  readonly text: string
  readonly body: T
}

export interface EngineProcess extends Command {
  readonly api: string
  readonly token: string
  port(channel: string): number
  ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer<T>>
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
}

/** Starts an engine and waits until it is ready. */
export async function startEngine(
  t: ExecutionContext,
  options: { readonly config: string; readonly data: string; readonly set?: Readonly<Record<string, string>> },
): Promise<EngineProcess> {
  const sets = Object.entries({ 'api.port': '0', ...options.set }).flatMap(([path, value]) => ['--set', `${path}=${value}`])
  const running = aqueduct(t, 'run', '--config', options.config, '--data', options.data, ...sets)
  let over = false
  void running.ended.then(() => (over = true))
  await until(
    () => Promise.resolve(running.stdout()),
    (text) => text.includes('\n') || over,
  )
  if (!running.stdout().includes('\n')) throw new Error(`the engine ended before it was ready: ${running.stderr()}`)
  const { api, listeners } = JSON.parse(running.stdout()) as { api: string; listeners: { channel: string; port: number }[] }
  const { token } = JSON.parse(readFileSync(join(options.data, 'engine.json'), 'utf8')) as { token: string }
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<Answer<T>> => {
    const response = await fetch(`${api}/api/ops/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, body: JSON.parse(text) as T }
  }
  const must = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await ask<T>(method, path, body)
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${String(answer.status)} ${answer.text}`)
    return answer.body
  }
  return {
    ...running,
    api,
    token,
    port: (channel) => listeners.find((listener) => listener.channel === channel)?.port ?? 0,
    ask,
    get: (path) => must('GET', path),
    post: (path, body) => must('POST', path, body),
  }
}

/** Asks until it is so; fails after a minute. */
export async function until<T>(ask: () => Promise<T>, so: (value: T) => boolean): Promise<T> {
  for (const end = Date.now() + 60_000; ;) {
    const value = await ask()
    if (so(value)) return value
    if (Date.now() > end) throw new Error(`it did not become so: ${JSON.stringify(value).slice(0, 2_000)}`)
    await new Promise((wake) => setTimeout(wake, 20))
  }
}

export interface Conversation {
  /** Sends one message; resolves with the text of its acknowledgement, in order. */
  send(content: Buffer | string): Promise<string>
  /** Acknowledgements so far. */
  readonly acks: readonly string[]
  /** True once the other end closed or the connection broke. */
  closed(): boolean
  end(): void
}

/** One MLLP connection that stays open. What is unanswered when it closes rejects. */
export async function converse(
  t: ExecutionContext,
  port: number,
  connect: () => net.Socket = () => net.connect({ host: '127.0.0.1', port }),
): Promise<Conversation> {
  const socket = connect()
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  t.teardown(() => socket.destroy())
  const waiting: { resolve(ack: string): void; reject(error: Error): void }[] = []
  const acks: string[] = []
  let closed = false
  let received = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    for (let end; (end = received.indexOf(Buffer.from([0x1c, 0x0d]))) >= 0; received = received.subarray(end + 2)) {
      const ack = received.toString('latin1', 1, end)
      acks.push(ack)
      waiting.shift()?.resolve(ack)
    }
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    closed = true
    for (const { reject } of waiting.splice(0)) reject(new Error('closed without an acknowledgement'))
  })
  return {
    acks,
    closed: () => closed,
    end: () => void socket.end(),
    send: (content) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the connection is closed'))
        waiting.push({ resolve, reject })
        socket.write(Buffer.concat([Buffer.from([0x0b]), Buffer.from(content), Buffer.from([0x1c, 0x0d])]))
      }),
  }
}

/** MSA-1 of an acknowledgement. */
export function codeOf(ack: string): string {
  return /\rMSA\|(\w\w)/.exec(ack)?.[1] ?? ''
}

/** A fault switch of the sandbox ERP. */
export async function fault(sandbox: string, body: Readonly<Record<string, string | number>>): Promise<void> {
  const response = await fetch(`${sandbox}/sandbox/v1/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`fault switch: ${String(response.status)}`)
}

export interface ErpDocument {
  readonly kind: string
  readonly key: string
  readonly number: string
}

export async function documentsOf(sandbox: string): Promise<readonly ErpDocument[]> {
  return ((await (await fetch(`${sandbox}/sandbox/v1/documents`)).json()) as { items: ErpDocument[] }).items
}
