/** API keys: made, listed, revoked. The key itself is in the answer that makes it and nowhere else. */
import { z } from 'zod'
import { SCOPES, createApiKey } from '../security/index.ts'
import { operation } from './operation.ts'
import { Problem } from './problem.ts'
import { instant } from './shapes.ts'

const keyName = z.string().regex(/^[\w.-]{1,60}$/, 'must be 1 to 60 letters, digits, dots, dashes or underscores')
const ApiKeyShape = z
  .object({
    name: z.string(),
    scopes: z.array(z.string()),
    state: z.enum(['active', 'expired', 'revoked']),
    created: instant,
    expires: instant.nullable(),
    by: z.string().meta({ description: 'Who made it, or revoked it.' }),
  })
  .meta({ id: 'ApiKey' })

const at = (ms: number) => new Date(ms).toISOString()

export const listKeys = operation({
  method: 'get',
  path: '/keys',
  summary: 'API keys by name, never the keys themselves.',
  answer: z.object({ items: z.array(ApiKeyShape) }),
  async handle(_request, { reader, clock }) {
    const keys = await reader.apiKeys()
    const items = keys.map(({ name, scopes, created, expires, revoked, by }) => ({
      name,
      scopes,
      state: revoked ? 'revoked' : expires !== null && clock.now() >= expires ? 'expired' : 'active',
      created: at(created),
      expires: expires === null ? null : at(expires),
      by,
    }))
    return { status: 200, body: { items } }
  },
})

export const createKey = operation({
  method: 'post',
  path: '/keys',
  summary: 'Makes an API key. It is shown here once and kept only as a hash. Audited.',
  status: 201,
  body: z.strictObject({
    name: keyName,
    scopes: z.array(z.enum(SCOPES)).min(1, 'a key needs at least one scope').max(SCOPES.length),
    expires: z.iso.datetime({ offset: true }).nullish().meta({ description: 'From when it no longer holds; without it, it holds until it is revoked.' }),
    by: z.string().max(100).optional(),
  }),
  answer: z.object({ name: z.string(), key: z.string().meta({ description: 'Shown once.' }), scopes: z.array(z.string()), expires: instant.nullable() }),
  problems: { 403: 'A key cannot give more than it has.', 409: 'There is a key of this name.' },
  async handle({ body: { name, scopes, expires }, raw, who }, { reader, registry, clock }) {
    const held = raw.caller.scopes
    const beyond = held.includes('*') ? [] : scopes.filter((scope) => !held.includes(scope))
    if (beyond.length > 0) throw new Problem(403, { detail: `The API key cannot give what it lacks: ${beyond.join(', ')}.`, more: { missing: beyond } })
    // A name is never used twice: in the audit it is one key for ever.
    if ((await reader.apiKeys()).some((key) => key.name === name))
      throw new Problem(409, { detail: `There is a key ${name} already, or there was one.`, cure: 'Choose another name; the audit tells keys apart by it.' })
    const until = expires === undefined || expires === null ? null : Date.parse(expires)
    if (until !== null && until <= clock.now())
      throw new Problem(422, { detail: 'expires is past.', findings: [{ place: 'body.expires', text: 'must be in the future', pointer: '/expires' }] })
    const { key, hash } = createApiKey()
    const unique = [...new Set(scopes)]
    await registry.saveKey({ name, hash, scopes: unique, expires: until, revoked: false, by: who })
    return { status: 201, body: { name, key, scopes: unique, expires: until === null ? null : at(until) } }
  },
})

export const revokeKey = operation({
  method: 'delete',
  path: '/keys/{name}',
  summary: 'Revokes an API key, for ever. Audited.',
  params: z.object({ name: keyName }),
  answer: z.object({ revoked: z.literal(true) }),
  problems: { 404: 'There is no such key.' },
  async handle({ params: { name }, who }, { reader, registry }) {
    const key = (await reader.apiKeys()).find((each) => each.name === name)
    if (key === undefined) throw new Problem(404, { detail: `There is no key ${name}.`, cure: 'List them with GET /keys.' })
    if (!key.revoked) {
      await registry.saveKey({ name, hash: key.hash, scopes: key.scopes, expires: key.expires, revoked: true, by: who })
    }
    return { status: 200, body: { revoked: true } }
  },
})
