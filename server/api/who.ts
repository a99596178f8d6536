import type { Context } from 'koa'

/** Who asks, for the trail: the header, what the body says, or the holder of the token. Cut to what can be a name. */
export function whoAsks(context: Context, body: unknown): string {
  const stated = context.get('x-aqueduct-user') || (typeof body === 'object' && body !== null && 'by' in body && typeof body.by === 'string' ? body.by : '')
  const name = stated
    .replaceAll(/[^\p{L}\p{N} ._@+-]/gu, '')
    .trim()
    .slice(0, 100)
  return name === '' ? 'operator' : name
}
