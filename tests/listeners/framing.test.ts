import test from 'ava'
import fc from 'fast-check'
import { MllpFramer } from '../../listeners/mllp/index.ts'
import type { Frame } from '../../listeners/mllp/index.ts'

function told(frames: readonly Frame[]): string[] {
  return frames.map((frame) =>
    frame.kind === 'message'
      ? frame.bytes.toString('latin1')
      : frame.kind === 'junk'
        ? `junk ${frame.bytes}`
        : `oversized ${frame.size}:${frame.head.toString('latin1')}`,
  )
}

function through(maxBytes: number, ...chunks: readonly (string | Buffer)[]): string[] {
  const framer = new MllpFramer({ maxBytes })
  return told([...chunks.flatMap((chunk) => framer.push(Buffer.from(chunk as string, 'latin1'))), ...framer.end()])
}

test('several blocks in one read are several messages', (t) => {
  t.deepEqual(through(100, '\x0bone\x1c\r\x0btwo\x1c\r\x0bthree\x1c\r'), ['one', 'two', 'three'])
})

test('a line feed after the block’s end is nothing, also before a block that is cut', (t) => {
  t.deepEqual(through(100, '\x0bone\x1c\r\n\x0btw', 'o\x1c\r\n'), ['one', 'two'])
})

test('a missing last byte is made up for by the next block, or by the end of the stream', (t) => {
  t.deepEqual(through(100, '\x0bone\x1c\x0btwo\x1c', '\x0bthree\x1c'), ['one', 'two', 'three'])
  t.deepEqual(through(100, '\x0bone\x1c\n\x0btwo\x1c\r'), ['one', 'two'])
})

test('a block that only lacks its last byte can be completed after a quiet while', (t) => {
  const framer = new MllpFramer({ maxBytes: 100 })
  t.deepEqual(told(framer.push(Buffer.from('\x0bone\x1c'))), [])
  t.true(framer.waitsForEnd)
  t.deepEqual(told(framer.flush()), ['one'])
  t.false(framer.waitsForEnd)
  t.deepEqual(told(framer.push(Buffer.from('\r\x0btwo\x1c\r'))), ['two'], 'the late byte is nothing')
  t.deepEqual(told(framer.flush()), [])
})

test('bytes before and between blocks are skipped and counted', (t) => {
  t.deepEqual(through(100, 'hello\x0bone\x1c\rlog', ' line\n\x0btwo\x1c\rrest'), ['junk 5', 'one', 'junk 9', 'two', 'junk 4'])
})

test('a message without a block round it is junk', (t) => {
  t.deepEqual(through(100, 'MSH|^~\\&|A\r'), ['junk 11'])
})

test('a start inside a block drops what was cut short', (t) => {
  t.deepEqual(through(100, '\x0bcut sho\x0bwhole\x1c\r'), ['junk 8', 'whole'])
  t.deepEqual(through(100, '\x0bcut', ' sho', '\x0bwhole\x1c\r'), ['junk 8', 'whole'])
})

test('a block that never ends is reported when the stream does', (t) => {
  t.deepEqual(through(100, '\x0bone\x1c\r\x0bcut'), ['one', 'junk 4'])
})

test('an end byte that ends nothing is content, and so is a group separator', (t) => {
  t.deepEqual(through(100, '\x0ba\x1cb\x1d\x1c\x1cc\x1c\r'), ['a\x1cb\x1d\x1c\x1cc'])
  t.deepEqual(through(100, '\x0ba\x1c', 'b\x1c', '\x1cc\x1c', '\r'), ['a\x1cb\x1c\x1cc'])
})

test('an empty block is an empty message', (t) => {
  t.deepEqual(through(100, '\x0b\x1c\r'), [''])
})

test('a block of the limit is whole, one byte more is oversized, and the next block is read', (t) => {
  t.deepEqual(through(5, '\x0b12345\x1c\r\x0b123456\x1c\r\x0bnext\x1c\r'), ['12345', 'oversized 6:123456', 'next'])
  t.deepEqual(through(5, '\x0b123', '456', '789\x1c', '\r\x0bnext\x1c\r'), ['oversized 9:123456789', 'next'])
})

test('of an oversized block no more than 64 KB is kept, however large it is', (t) => {
  const framer = new MllpFramer({ maxBytes: 1_000_000 })
  framer.push(Buffer.of(0x0b))
  const chunk = Buffer.alloc(65_536, 'x')
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 1600; i++) framer.push(Buffer.from(chunk))
  const [frame] = framer.push(Buffer.from('\x1c\r'))
  t.true(process.memoryUsage().arrayBuffers - before < 60_000_000)
  if (frame?.kind !== 'oversized') return t.fail()
  t.is(frame.size, 1600 * 65_536)
  t.is(frame.head.length, 65_536)
})

test('a large block costs time in proportion to its size', (t) => {
  const cost = (chunks: number, piece: Buffer): number => {
    const framer = new MllpFramer({ maxBytes: 200_000_000 })
    framer.push(Buffer.of(0x0b))
    const start = process.cpuUsage()
    for (let i = 0; i < chunks; i++) framer.push(piece)
    const [frame] = framer.push(Buffer.from('\x1c\r'))
    const { user, system } = process.cpuUsage(start)
    if (frame?.kind !== 'message' || frame.bytes.length !== chunks * piece.length) throw new Error('not whole')
    return user + system
  }
  const piece = Buffer.alloc(40, 'x')
  cost(10_000, piece)
  // Quadratic work would make it 256 times as much.
  t.true(cost(160_000, piece) < 80 * Math.max(cost(10_000, piece), 2000))
})

/** Blocks, junk and endings of all kinds, and what must come of them. */
const stream = fc
  .array(
    fc.record({
      junk: fc.constantFrom('', '', '\r\n', 'log', '\x1c\r', ' x '),
      content: fc.string({ unit: fc.constantFrom('a', '\r', '\x1d', '|', 'é'), maxLength: 12 }),
      ending: fc.constantFrom('\x1c\r', '\x1c\r', '\x1c\r\n', '\x1c\n', '\x1c'),
      size: fc.constantFrom(1, 1, 700),
    }),
  )
  .map((blocks) => ({
    // An ending of 0x1C alone is only one before a block or the end of the stream.
    text: blocks
      .map(
        (block, i) =>
          block.junk + '\x0b' + block.content.repeat(block.size) + (block.ending === '\x1c' && blocks[i + 1]?.junk !== '' ? '\x1c\r' : block.ending),
      )
      .join(''),
    messages: blocks.map((block) => block.content.repeat(block.size)),
  }))

test('messages are the same however the bytes are cut', (t) => {
  fc.assert(
    fc.property(stream, fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 20 }), ({ text, messages }, sizes) => {
      const bytes = Buffer.from(text, 'latin1')
      const chunks: Buffer[] = []
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length] ?? 1
        chunks.push(bytes.subarray(at, at + size))
        at += size
      }
      const cut = through(1_000_000, ...chunks).filter((frame) => !frame.startsWith('junk '))
      return JSON.stringify(cut) === JSON.stringify(messages)
    }),
  )
  t.pass()
})

test('one byte at a time gives what one read gives', (t) => {
  const text = 'junk\x0bone\x1c\r\n\x0bt\x1cwo\x1c\x0bthree\x0bfour\x1c\r'
  t.deepEqual(through(100, ...text.split('')), through(100, text))
})

test('any bytes at all are accounted for and never throw', (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 0, max: 30 }), (chunks, maxBytes) => {
      const frames = through(maxBytes, ...chunks.map((chunk) => Buffer.from(chunk)))
      const whole = through(maxBytes, Buffer.concat(chunks))
      const messages = (list: string[]): string => JSON.stringify(list.filter((frame) => !frame.startsWith('junk ')))
      return messages(frames) === messages(whole)
    }),
  )
  t.pass()
})
