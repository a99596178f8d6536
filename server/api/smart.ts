/** The token endpoint and what a client needs to find it. Before the access check and the body reader: it has rules of its own for both. */
import type { Context, Middleware } from 'koa'
import { AqueductError, faultOf } from '../../channels/contract/index.ts'
import type { Emit } from '../../channels/contract/index.ts'
import { TOKEN_PATH, smartConfiguration, statusOf } from '../security/index.ts'
import type { OAuthError, Smart } from '../security/index.ts'
import { addressOf } from './address.ts'
import { Problem } from './problem.ts'

const WELL_KNOWN = '/fhir/.well-known/smart-configuration'
const FORM = 'application/x-www-form-urlencoded'
const MAX_BYTES = 64 * 1024

export function serveTokens(smart: Smart, emit: Emit): Middleware {
  return async (context, next) => {
    const { path } = context
    if (path !== TOKEN_PATH && path !== WELL_KNOWN) return next()
    const settings = smart.settings()
    if (settings === null) throw new Problem(404, { detail: 'No tokens are given here.', cure: 'Add smart.clients to engine.yaml.' })
    const tokenUrl = addressOf(context.req, settings.publicUrl) + TOKEN_PATH
    const allowed = path === TOKEN_PATH ? ['POST'] : ['GET', 'HEAD']
    if (!allowed.includes(context.method))
      throw new Problem(405, { detail: 'Not in this way.', cure: `Use ${allowed.join(' or ')}.`, headers: { allow: allowed.join(', ') } })
    if (path === WELL_KNOWN) answer(context, 200, smartConfiguration(tokenUrl))
    else await give(context, smart, tokenUrl, emit)
  }
}

async function give(context: Context, smart: Smart, tokenUrl: string, emit: Emit): Promise<void> {
  // RFC 6749 §5.1: nobody may keep it.
  context.set({ 'cache-control': 'no-store', pragma: 'no-cache' })
  if (context.request.type !== FORM) return fail(context, 'invalid_request', `The body must be ${FORM}.`)
  const form = await readForm(context)
  if (form === null) return fail(context, 'invalid_request', 'The body is too large.')
  const from = context.req.socket.remoteAddress ?? ''
  try {
    const given = await smart.token(form, tokenUrl, from)
    if (given.ok) answer(context, 200, { access_token: given.token, token_type: 'bearer', expires_in: given.expiresIn, scope: given.scope })
    else if (given.waitMs === undefined) fail(context, given.error, given.text)
    else {
      context.set('retry-after', String(Math.ceil(given.waitMs / 1_000)))
      fail(context, given.error, given.text, 429)
    }
  } catch (error) {
    const fault = faultOf(error, 'INTERNAL')
    emit('store:problem', fault)
    context.set('retry-after', '2')
    fail(context, 'temporarily_unavailable', error instanceof AqueductError ? fault.text : 'The engine failed on this request.')
  }
}

function fail(context: Context, error: OAuthError, text: string, status = statusOf(error)): void {
  answer(context, status, { error, error_description: plain(text) })
}

/** RFC 6749 §5.2: ASCII without quotes and backslashes. */
function plain(text: string): string {
  return text.replaceAll(/[’‘]/g, "'").replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '')
}

function answer(context: Context, status: number, body: Readonly<Record<string, unknown>>): void {
  context.status = status
  context.body = JSON.stringify(body)
  context.type = 'application/json'
}

/** Null when it is larger than any token request, or ends before it is whole. */
async function readForm(context: Context): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of context.req as AsyncIterable<Buffer>) {
      bytes += chunk.length
      // Read on without keeping it: to stop would close the connection before the answer.
      if (bytes <= MAX_BYTES) chunks.push(chunk)
    }
  } catch {
    return null
  }
  return bytes <= MAX_BYTES ? Buffer.concat(chunks).toString('utf8') : null
}
