import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { frameBlock, MllpFramer } from '../../../listeners/mllp/index.ts'
import { aqueduct } from './aqueduct.ts'

/** A receiver that keeps what it gets and answers each message with the code that `answer` gives for its control id. */
async function receiver(t: ExecutionContext, answer: (controlId: string) => string): Promise<{ port: number; got: string[] }> {
  const got: string[] = []
  const server = createServer((socket) => {
    const framer = new MllpFramer({ maxBytes: 1_000_000 })
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      for (const frame of framer.push(chunk)) {
        if (frame.kind !== 'message') continue
        const text = frame.bytes.toString('latin1')
        got.push(text)
        const controlId = text.split('|')[9] ?? ''
        socket.write(frameBlock(Buffer.from(`MSH|^~\\&|R|R|S|S|20260101||ACK|A${controlId}|P|2.5\rMSA|${answer(controlId)}|${controlId}\r`)))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { port: (server.address() as AddressInfo).port, got }
}

async function file(t: ExecutionContext, text: string | Buffer): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'aqueduct-send-'))
  t.teardown(() => rm(dir, { recursive: true }))
  await writeFile(join(dir, 'messages.hl7'), text)
  return join(dir, 'messages.hl7')
}

const message = (id: string, eol = '\r') => [`MSH|^~\\&|S|S|R|R|20260101||DFT^P03|${id}|P|2.5`, 'PID|1', ''].join(eol)

test('a file with several messages and foreign line ends arrives as messages with CR', async (t) => {
  const { port, got } = await receiver(t, () => 'AA')
  const path = await file(t, message('1', '\n') + '\n' + message('2', '\r\n'))
  const { code, out, err } = await aqueduct(['send', path, '--to', `127.0.0.1:${port}`])
  t.is(code, 0, err)
  t.deepEqual(got, [message('1'), message('2')])
  t.regex(out, /^sent 2 in .*: AA 2, no answer 0, connection lost 0, not sent 0\nlatency ms: p50 /)
})

test('bytes of any character set arrive as they were', async (t) => {
  const { port, got } = await receiver(t, () => 'AA')
  const path = await file(t, Buffer.from('MSH|^~\\&|S|S|R|R|20260101||DFT^P03|1|P|2.5||||||8859/1\rPID|1||M\xfcller\r', 'latin1'))
  t.is((await aqueduct(['send', path, '--to', `127.0.0.1:${port}`])).code, 0)
  t.true(got[0]?.includes('M\xfcller'))
})

test('one negative acknowledgement makes exit code 1 and is counted by its code', async (t) => {
  const { port } = await receiver(t, (id) => (id === '2' ? 'AE' : 'AA'))
  const path = await file(t, message('1') + message('2') + message('3'))
  const { code, out } = await aqueduct(['send', path, '--to', `127.0.0.1:${port}`, '--json'])
  t.is(code, 1)
  const tally = JSON.parse(out) as { answers: unknown; sent: number; wanted: number }
  t.deepEqual(tally.answers, { AA: 2, AE: 1 })
  t.is(tally.sent, 3)
})

test('repeat and connections send everything exactly so often', async (t) => {
  const { port, got } = await receiver(t, () => 'CA')
  const path = await file(t, message('1') + message('2'))
  const { code } = await aqueduct(['send', path, '--to', `:${port}`, '--repeat', '15', '--connections', '4', '--rate', '1000'])
  t.is(code, 0)
  t.is(got.filter((text) => text === message('1')).length, 15)
  t.is(got.filter((text) => text === message('2')).length, 15)
})

test('nothing that listens is exit code 3', async (t) => {
  const path = await file(t, message('1'))
  const { code, err } = await aqueduct(['send', path, '--to', '127.0.0.1:1'])
  t.is(code, 3)
  t.true(err.includes('127.0.0.1:1 cannot be reached'))
})

test('no answer in time is told and fails', async (t) => {
  const server = createServer((socket) => socket.resume().on('error', () => undefined))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const path = await file(t, message('1'))
  const { code, out } = await aqueduct(['send', path, '--to', `127.0.0.1:${(server.address() as AddressInfo).port}`, '--timeout', '1'])
  t.is(code, 1)
  t.true(out.includes('no answer 1'))
})
