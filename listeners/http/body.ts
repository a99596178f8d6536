import type { IncomingMessage } from 'node:http'

/** What is kept of a message that passes the limit. */
const HEAD_BYTES = 65_536
/** What is read and dropped of one, so that the client sees the answer and not a reset connection. */
const DROP_BYTES = 64 * 1024 * 1024

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  /** The first 64 KB, and how many bytes there were, or were announced. */
  | { readonly kind: 'oversized'; readonly head: Buffer; readonly size: number }
  /** The client went away before the end: nothing of it may be taken. */
  | { readonly kind: 'aborted'; readonly size: number }

/** Reads a request's body of at most `maxBytes`; `done` is called once. Memory is bounded by the limit. */
export function readBody(request: IncomingMessage, maxBytes: number, done: (body: Body) => void): void {
  const pieces: Buffer[] = []
  let size = 0
  let kept = 0
  let finished = false

  const finish = (body: Body) => {
    if (finished) return
    finished = true
    done(body)
  }
  const oversized = (): Body => ({ kind: 'oversized', head: Buffer.concat(pieces).subarray(0, HEAD_BYTES), size: Math.max(size, announced(request)) })

  request.on('data', (piece: Buffer) => {
    size += piece.length
    if (size <= maxBytes || kept < HEAD_BYTES) {
      pieces.push(piece)
      kept += piece.length
    }
    if (size > maxBytes + DROP_BYTES) finish(oversized())
  })
  request.on('end', () => {
    finish(size > maxBytes ? oversized() : { kind: 'whole', bytes: joined(pieces, size) })
  })
  request.on('close', () => finish({ kind: 'aborted', size }))
  request.on('error', () => finish({ kind: 'aborted', size }))
}

function announced(request: IncomingMessage): number {
  const length = Number(request.headers['content-length'] ?? 0)
  return Number.isSafeInteger(length) ? length : 0
}

/** One copy into memory of its own: the bytes cross a thread later, which must not take a shared buffer along. */
function joined(pieces: readonly Buffer[], size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = 0
  for (const piece of pieces) at += piece.copy(bytes, at)
  return bytes
}
