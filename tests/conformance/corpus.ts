/**
 * `npm run conformance -- DIR`: every message of every file below DIR through the real listener of a real engine. Each must be
 * answered, be stored byte for byte, and leave the next one alone. Prints per file what became of it; exits 1 when one failed.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { startEngineChild } from '../crash/engine.ts'
import { messagesOf } from './messages.ts'

const dir = process.argv[2]
if (!dir) {
  console.error('usage: npm run conformance -- DIR')
  process.exit(2)
}
const ANSWER_MS = 10_000

/** One connection; resolves with the acknowledgement, or null when none comes in time or the connection breaks. */
function exchange(socket: net.Socket, message: Buffer): Promise<string | null> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0)
    const finish = (answer: string | null) => {
      clearTimeout(timer)
      socket.off('data', take).off('close', broken)
      resolve(answer)
    }
    const broken = () => finish(null)
    const timer = setTimeout(broken, ANSWER_MS)
    const take = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const end = received.indexOf(Buffer.from([0x1c, 0x0d]))
      if (end >= 0) finish(received.toString('latin1', 1, end))
    }
    socket.on('data', take).on('close', broken)
    socket.write(Buffer.concat([Buffer.from([0x0b]), message, Buffer.from([0x1c, 0x0d])]))
  })
}

const data = mkdtempSync(join(tmpdir(), 'aqueduct-conformance-'))
const engine = await startEngineChild({
  config: resolve('tests/conformance/config'),
  data,
  set: { 'channels.everything.listen.mllp.port': '0', 'destinations.sink.url': 'http://127.0.0.1:9/' },
})
let passed = 0
let failed = 0
try {
  const connect = () => net.connect({ host: '127.0.0.1', port: engine.port, noDelay: true }).on('error', () => undefined)
  let socket = connect()
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\.(hl7|txt|dat|er7)$/i.test(entry.name))
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name)
    const became = new Map<string, number>()
    const problems: string[] = []
    for (const [i, message] of messagesOf(readFileSync(path)).entries()) {
      const answer = await exchange(socket, message)
      if (answer === null) {
        problems.push(`message ${String(i + 1)} was not answered`)
        socket.destroy()
        socket = connect()
        continue
      }
      const delimiter = answer.charAt(3)
      const id = answer.split('\r')[0]?.split(delimiter)[9] ?? ''
      const code =
        answer
          .split('\r')
          .find((segment) => segment.startsWith('MSA'))
          ?.split(delimiter)[1] ?? '?'
      const headers = { authorization: `Bearer ${engine.token}` }
      const stored = await fetch(`${engine.api}/api/ops/v1/messages/${id}/raw`, { headers })
      if (!stored.ok) problems.push(`message ${String(i + 1)} answered ${code} and its bytes are not to be had (${String(stored.status)})`)
      else if (!Buffer.from(await stored.arrayBuffer()).equals(message)) problems.push(`message ${String(i + 1)} is not stored byte for byte`)
      const { state } = await engine.get<{ state: string }>(`/messages/${id}`)
      became.set(`${code} ${state}`, (became.get(`${code} ${state}`) ?? 0) + 1)
    }
    if (problems.length === 0) passed++
    else failed++
    const account = [...became].map(([what, count]) => `${what} ×${String(count)}`).join(', ') || 'no message in it'
    console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${relative(dir, path)}: ${account}${problems.map((problem) => `; ${problem}`).join('')}`)
  }
  socket.destroy()
} finally {
  await engine.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true })
}
console.log(`${String(passed)} passed, ${String(failed)} failed`)
process.exitCode = failed === 0 ? 0 : 1
