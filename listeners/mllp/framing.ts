/**
 * MLLP blocks out of a byte stream, and into one (HL7 MLLP release 1): 0x0B, content, 0x1C 0x0D. Pure: no sockets, no time.
 *
 * What real senders do is accepted: bytes before and between blocks are skipped and counted, 0x1C may be followed by 0x0A
 * instead of 0x0D or by the next block at once, CR and LF between blocks are nothing. 0x0B inside a block starts a new one: the
 * one before was cut short. 0x1C followed by any other byte is content.
 */

const START = 0x0b
const END = 0x1c
const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20

/** What is kept of a block that passes the limit. */
const HEAD_BYTES = 65_536
/** Pieces smaller than this are gathered: a block that comes byte by byte must not cost an object a byte. */
const SMALL_PIECE = 4096
const GATHER_BYTES = 16_384

export type Frame =
  /** The content of one block. It may be a view of the chunk it came in: to keep it long, copy it. */
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** A block larger than the limit: its first 64 KB at most, and how much there was. */
  | { readonly kind: 'oversized'; readonly head: Buffer; readonly size: number }
  /** Bytes outside blocks, or of a block that was cut short: skipped. */
  | { readonly kind: 'junk'; readonly bytes: number }

type State = 'outside' | 'inside' | 'ending'

/** One per connection. Takes time linear in the bytes however they are cut; holds at most `maxBytes` and one gathering buffer. */
export class MllpFramer {
  private readonly maxBytes: number
  private state: State = 'outside'
  private pieces: Buffer[] = []
  private gathered: Buffer | null = null
  private gatheredBytes = 0
  private size = 0
  private kept = 0
  private junk = 0

  /** @param options.maxBytes largest content that is kept whole */
  constructor(options: { readonly maxBytes: number }) {
    this.maxBytes = options.maxBytes
  }

  /** A block's 0x1C was the last byte seen. Nothing may follow for a while: then {@link flush} completes it. */
  get waitsForEnd(): boolean {
    return this.state === 'ending'
  }

  /** Whether a block has begun and not ended. */
  get insideBlock(): boolean {
    return this.state !== 'outside'
  }

  /** Takes the next bytes of the stream; gives what they complete, in order. The chunk must not be written to afterwards. */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    let at = 0
    let nextStart = -1
    while (at < chunk.length) {
      if (this.state === 'outside') {
        at = this.skipJunk(chunk, at, frames)
        continue
      }
      if (this.state === 'ending') {
        at = this.decideEnd(chunk, at, frames)
        continue
      }
      // Remembered, so that a block full of 0x1C is not searched again from each of them.
      if (nextStart < at) nextStart = indexOrEnd(chunk, START, at)
      const end = indexOrEnd(chunk, END, at)
      if (nextStart < end) {
        this.restart(nextStart - at, frames)
        at = nextStart + 1
      } else if (end === chunk.length) {
        this.keep(chunk, at, end)
        at = end
      } else if (isEnd(chunk[end + 1]) && this.size === 0) {
        frames.push(this.whole(chunk, at, end))
        this.state = 'outside'
        at = chunk[end + 1] === START ? end + 1 : end + 2
      } else {
        this.keep(chunk, at, end)
        this.state = 'ending'
        at = end + 1
      }
    }
    return frames
  }

  /** Completes a block whose 0x1C came but nothing after it: call when the sender has been quiet for a while. */
  flush(): Frame[] {
    if (this.state !== 'ending') return []
    this.state = 'outside'
    return [this.complete()]
  }

  /** The stream is over: completes what only lacks its last byte, reports what is left as junk. */
  end(): Frame[] {
    const frames = this.flush()
    if (this.state === 'inside') this.junk += this.size + 1
    this.drop()
    this.state = 'outside'
    this.reportJunk(frames)
    return frames
  }

  private skipJunk(chunk: Buffer, from: number, frames: Frame[]): number {
    let at = from
    while (this.junk === 0 && (chunk[at] === CR || chunk[at] === LF || chunk[at] === SPACE)) at++
    if (at === chunk.length) return at
    const start = indexOrEnd(chunk, START, at)
    this.junk += start - at
    if (start < chunk.length) {
      this.reportJunk(frames)
      this.state = 'inside'
      return start + 1
    }
    if (this.junk >= HEAD_BYTES) this.reportJunk(frames)
    return start
  }

  /** The byte after a 0x1C says whether it was the end. */
  private decideEnd(chunk: Buffer, at: number, frames: Frame[]): number {
    const next = chunk[at]
    if (isEnd(next)) {
      frames.push(this.complete())
      this.state = 'outside'
      return next === START ? at : at + 1
    }
    this.keep(END_BYTE, 0, 1)
    this.state = 'inside'
    return at
  }

  private restart(unkept: number, frames: Frame[]): void {
    this.junk += this.size + unkept + 1
    this.drop()
    this.reportJunk(frames)
  }

  private reportJunk(frames: Frame[]): void {
    if (this.junk > 0) frames.push({ kind: 'junk', bytes: this.junk })
    this.junk = 0
  }

  /** Keeps what the limit allows: everything, or of an oversized block its head. */
  private keep(chunk: Buffer, from: number, to: number): void {
    const wasWithin = this.size <= this.maxBytes
    this.size += to - from
    const oversized = this.size > this.maxBytes
    const room = (oversized ? HEAD_BYTES : this.maxBytes) - this.kept
    if (room > 0) {
      const end = Math.min(to, from + room)
      this.kept += end - from
      if (end - from < SMALL_PIECE) this.gather(chunk, from, end)
      else this.add(chunk.subarray(from, end))
    }
    if (oversized && wasWithin) this.shrink()
  }

  private add(piece: Buffer): void {
    this.closeGathered()
    this.pieces.push(piece)
  }

  /** Lets go of everything but the head. */
  private shrink(): void {
    this.closeGathered()
    this.pieces = [copyOf(this.pieces, HEAD_BYTES)]
  }

  private gather(chunk: Buffer, from: number, to: number): void {
    if (this.gathered !== null && this.gatheredBytes + to - from > this.gathered.length) this.closeGathered()
    this.gathered ??= Buffer.allocUnsafeSlow(GATHER_BYTES)
    chunk.copy(this.gathered, this.gatheredBytes, from, to)
    this.gatheredBytes += to - from
  }

  private closeGathered(): void {
    if (this.gathered !== null && this.gatheredBytes > 0) this.pieces.push(this.gathered.subarray(0, this.gatheredBytes))
    this.gathered = null
    this.gatheredBytes = 0
  }

  /** A block that lies in one chunk is a view of it: its one copy is made on the way to the ledger's thread. */
  private whole(chunk: Buffer, from: number, to: number): Frame {
    const size = to - from
    if (size > this.maxBytes) return { kind: 'oversized', head: copyOf([chunk.subarray(from, to)], HEAD_BYTES), size }
    return { kind: 'message', bytes: chunk.subarray(from, to) }
  }

  private complete(): Frame {
    if (this.gathered !== null) this.pieces.push(this.gathered.subarray(0, this.gatheredBytes))
    const { size } = this
    const oversized = size > this.maxBytes
    const bytes = copyOf(this.pieces, oversized ? HEAD_BYTES : size)
    this.drop()
    return oversized ? { kind: 'oversized', head: bytes, size } : { kind: 'message', bytes }
  }

  /** Forgets the block; the gathering buffer serves the next one. */
  private drop(): void {
    this.pieces = []
    this.gatheredBytes = 0
    this.size = 0
    this.kept = 0
  }
}

/** One block round `content`, in memory of its own, ready for one write. */
export function frameBlock(content: Uint8Array): Buffer {
  const block = Buffer.allocUnsafe(content.length + BLOCK_OVERHEAD)
  writeBlock(block, 0, content)
  return block
}

/** Bytes that a block adds to its content. */
export const BLOCK_OVERHEAD = 3

/** Writes a block round `content` into `target`; returns the offset after it. */
export function writeBlock(target: Buffer, offset: number, content: Uint8Array): number {
  const end = offset + 1 + content.length
  target[offset] = START
  target.set(content, offset + 1)
  target[end] = END
  target[end + 1] = CR
  return end + 2
}

const END_BYTE = Buffer.of(END)

function isEnd(next: number | undefined): boolean {
  return next === CR || next === LF || next === START
}

function indexOrEnd(chunk: Buffer, byte: number, from: number): number {
  const index = chunk.indexOf(byte, from)
  return index < 0 ? chunk.length : index
}

/** One copy into memory of its own, so that sending it to another thread takes nothing else along. */
function copyOf(pieces: readonly Buffer[], limit = Number.POSITIVE_INFINITY): Buffer {
  const size = Math.min(
    limit,
    pieces.reduce((sum, piece) => sum + piece.length, 0),
  )
  const copy = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const piece of pieces) at += piece.copy(copy, at)
  return copy
}
