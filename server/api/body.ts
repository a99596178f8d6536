import { bodyParser } from '@koa/bodyparser'
import type { Middleware } from 'koa'
import { Problem } from './problem.ts'

/** A price list of a large house: some 100,000 rows. */
const LIMIT = '16mb'
const KINDS = ['application/json', 'text/csv']

/** Parses JSON, hands CSV over as text; everything else is refused before it is read. */
export function readRequestBody(): Middleware {
  const parse = bodyParser({
    enableTypes: ['json', 'text'],
    extendTypes: { text: ['text/csv'] },
    jsonLimit: LIMIT,
    textLimit: LIMIT,
    onError(error) {
      const status = 'status' in error && error.status === 413 ? 413 : 400
      throw status === 413
        ? new Problem(413, { detail: `The body is larger than ${LIMIT}.`, cure: 'Send it in parts.' })
        : new Problem(400, {
            detail: 'The body cannot be read as what its Content-Type says.',
            cure: 'Send JSON as UTF-8.',
            findings: [{ place: 'body', text: 'not well-formed JSON' }],
          })
    },
  })
  return async (context, next) => {
    if (context.method !== 'POST' || (!context.request.length && !context.get('transfer-encoding'))) return next()
    if (!KINDS.includes(context.request.type)) {
      throw new Problem(415, { detail: 'The body is of a kind that nothing here takes.', cure: `Say Content-Type: ${KINDS.join(' or ')}.` })
    }
    await parse(context, next)
  }
}
