/** Child processes that say on stdout when they are ready, and end when they are told to. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Child {
  /** The JSON object of its readiness line. */
  readonly ready: Readonly<Record<string, unknown>>
  /** SIGTERM, and SIGKILL when that is not heeded in time. */
  stop(): Promise<void>
}

const READY_MS = 15_000
const STOP_MS = 5_000

/** Starts `node SCRIPT …` and waits for its first JSON line. What it says on stderr is passed on only when it does not get ready. */
export async function startChild(script: string, args: readonly string[], what: string): Promise<Child> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)))
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(kill)
  }
  const lines = createInterface({ input: child.stdout })
  let timer: NodeJS.Timeout | undefined
  try {
    const ready = await Promise.race([
      new Promise<Record<string, unknown>>((resolve) => lines.on('line', (line) => readyLine(line, resolve))),
      exited.then(() => Promise.reject(new Error(`${what} ended before it was ready\n${said}`))),
      new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Error(`${what} was not ready within ${READY_MS / 1000} s\n${said}`)), READY_MS))),
    ])
    return { ready, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function readyLine(line: string, resolve: (ready: Record<string, unknown>) => void): void {
  if (!line.startsWith('{')) return
  const found: unknown = JSON.parse(line)
  if (typeof found === 'object' && found !== null) resolve(found as Record<string, unknown>)
}
