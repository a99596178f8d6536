import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { MessageView, Page } from '../../channels/contract/index.ts'
import { usage } from '../crash/messages.ts'
import { startSink } from '../crash/sink.ts'
import { temporary, writeFolder } from './folder.ts'
import { codeOf, converse, startEngine, until } from './process.ts'

/** Room for the log that the store reserves (32 MB), and some. */
const SIZE_MB = 64

/** A disk of {@link SIZE_MB}, or null where none can be mounted. */
function smallDisk(at: string): string | null {
  mkdirSync(at)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(SIZE_MB)}m`, 'tmpfs', at], { stdio: 'ignore' })
    return at
  } catch {
    return null
  }
}

test('a disk that is really full: senders are told to send again, nothing acknowledged is lost, and it goes on when there is room', async (t) => {
  const dir = temporary(t)
  const disk = smallDisk(join(dir, 'disk'))
  if (disk === null) {
    t.log('SKIPPED: no small disk can be mounted here (needs root and mount -t tmpfs)')
    t.pass()
    return
  }
  // Teardowns run in reverse: the engine is gone before its disk is.
  t.teardown(() => execFileSync('umount', ['-l', disk]))
  const sink = await startSink()
  const data = join(disk, 'data')
  const config = writeFolder(dir, [{ name: 'stored', listen: '{ mllp: { host: 127.0.0.1, port: 0, messages: [DFT^P03] } }', to: ['sink'] }], {
    'engine.yaml': 'installation: end-to-end\napi: { host: 127.0.0.1, port: 0 }\nstore: { min_free: 1KB }\n',
  })
  t.teardown(() => sink.stop())
  const engine = await startEngine(t, { config, data, set: { 'destinations.sink.url': sink.url } })
  const connection = await converse(t, engine.port('stored'))
  const ballast = join(disk, 'ballast')
  const acked: string[] = []
  const codes = new Set<string>()
  let number = 0
  const send = async () => {
    const controlId = `F-${String(number++)}`
    // 100 KB of a comment that no rule reads.
    const ack = await connection.send(`${usage({ controlId, account: `A${String(number % 5)}`, number }).toString()}NTE|1||${'x'.repeat(100_000)}\r`)
    codes.add(codeOf(ack))
    if (codeOf(ack) === 'AA') acked.push(controlId)
    return ack
  }
  for (let i = 0; i < 20; i++) await send()
  t.deepEqual([...codes], ['AA'])
  try {
    writeFileSync(ballast, Buffer.alloc(SIZE_MB * 1_048_576))
  } catch {
    // Full is what it is for.
  }
  let refusal = ''
  for (let i = 0; i < 1_500 && codeOf(refusal) !== 'AR'; i++) refusal = await send()
  t.is(codeOf(refusal), 'AR')
  t.regex(refusal, /STORE_(FULL|FAILED)/)
  t.deepEqual([...codes].sort(), ['AA', 'AR'], 'never an AE: it may be sent again')
  t.false(connection.closed())

  rmSync(ballast)
  await until(send, (ack) => codeOf(ack) === 'AA')
  await until(
    () => engine.get<{ deliveries: unknown[] }>('/counts'),
    ({ deliveries }) => deliveries.length === 0,
  )
  const stored = (await engine.get<Page<MessageView>>('/messages?limit=500')).items
  t.deepEqual(stored.map(({ controlId }) => controlId).sort(), [...acked].sort(), 'what was acknowledged is there, what was refused is not')
  t.true(stored.every(({ state }) => state === 'SENT'))
  t.deepEqual([...new Set(sink.arrivals.map(({ controlId }) => controlId))].sort(), [...acked].sort())
  engine.child.kill('SIGTERM')
  t.is(await engine.ended, 0)
  t.log(`${String(acked.length)} acknowledged; left in the directory: ${readdirSync(data).join(' ')}`)
})
