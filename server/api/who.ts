import type { Context } from 'koa'
import type { Caller } from '../security/index.ts'

/** Who asks, for the trail: the header, what the body says, or the holder of the token. Cut to what can be a name. A key's name always shows. */
export function whoAsks(context: Context, body: unknown, caller: Caller | null = null): { readonly who: string; readonly named: boolean } {
  const stated = context.get('x-aqueduct-user') || (typeof body === 'object' && body !== null && 'by' in body && typeof body.by === 'string' ? body.by : '')
  const name = stated
    .replaceAll(/[^\p{L}\p{N} ._@+-]/gu, '')
    .trim()
    .slice(0, 100)
  const key = caller?.key ?? null
  if (name === '') return { who: key ?? 'operator', named: false }
  return { who: key === null ? name : `${name} (${key})`, named: true }
}
