/** The body of a request to the FHIR face, untouched: the face reads it itself, so that `1.00` stays `1.00`. */
import type { Context } from 'koa'
import { Problem } from './problem.ts'

/** As for the other APIs. */
export const FHIR_BODY_LIMIT = 16 * 1024 * 1024

/** @throws Problem 413 when it is larger than the limit, 415 when it is compressed, 400 when it ends early */
export async function readRaw(context: Context): Promise<Uint8Array> {
  const encoding = context.get('content-encoding')
  if (encoding !== '' && encoding !== 'identity') throw new Problem(415, { detail: 'Compressed bodies are not taken.', cure: 'Send the body as it is.' })
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of context.req as AsyncIterable<Buffer>) {
      bytes += chunk.length
      // Read on without keeping it: to stop would close the connection before the answer.
      if (bytes <= FHIR_BODY_LIMIT) chunks.push(chunk)
      else chunks.length = 0
    }
  } catch {
    throw new Problem(400, { detail: 'The body ended before it was whole.' })
  }
  if (bytes > FHIR_BODY_LIMIT)
    throw new Problem(413, { detail: `The body is larger than ${String(FHIR_BODY_LIMIT / 1024 / 1024)} MB.`, cure: 'Send it in parts.' })
  return Buffer.concat(chunks)
}
