import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { startEngine } from '../../server/engine.ts'
import { startStoreThreads } from '../../server/threads/index.ts'
import { temporary, writeFolder } from './folder.ts'
import { codeOf, converse } from './process.ts'
import { usage } from '../crash/messages.ts'

async function started(t: ExecutionContext) {
  const dir = temporary(t)
  const configDir = writeFolder(dir, [{ name: 'stored', listen: '{ mllp: { host: 127.0.0.1, port: 0, messages: [DFT^P03] } }', to: ['sink'] }])
  const threads = startStoreThreads()
  let failed: (error: Error) => void = () => undefined
  const failure = new Promise<Error>((resolve) => (failed = resolve))
  const result = await startEngine({ configDir, dataDir: join(dir, 'data'), overrides: {}, env: {}, onFailure: (error) => failed(error) }, threads)
  if (!result.ok) throw new Error(result.text)
  const { running } = result
  t.teardown(() => running.stop())
  return { threads, failure, running, port: running.engine.channels()[0]?.listeners[0]?.port ?? 0 }
}

test('when the ledger thread dies the engine is told to end, and nothing more is acknowledged as good', async (t) => {
  const { failure, port, threads } = await started(t)
  const connection = await converse(t, port)
  t.is(codeOf(await connection.send(usage({ controlId: 'T1', account: 'A', number: 1 }))), 'AA')
  await threads.ledger.terminate()
  t.regex((await failure).message, /thread ended/)
  const ack = await connection.send(usage({ controlId: 'T2', account: 'A', number: 2 }))
  t.is(codeOf(ack), 'AR')
  t.regex(ack, /STORE_FAILED/)
})

test('when the reader thread dies the engine is told to end', async (t) => {
  const { failure, threads } = await started(t)
  await threads.reader.terminate()
  t.regex((await failure).message, /reader thread ended/)
})
