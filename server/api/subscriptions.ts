/** Subscriptions to business events over webhooks. A key sees and ends its own; the engine's token all. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { NOTICE_TYPES } from '../../channels/contract/index.ts'
import { createSecret, refusalOf } from '../subscriptions/index.ts'
import { operation } from './operation.ts'
import type { ApiParts, RawRequest } from './operation.ts'
import { Problem } from './problem.ts'
import { PROCESS_BASE } from './process/base.ts'

type Subscription = Awaited<ReturnType<ApiParts['reader']['subscriptions']>>[number]

const noticeType = z.enum(NOTICE_TYPES, { error: `is no type of a business event; they are ${NOTICE_TYPES.join(', ')}` })
const SubscriptionShape = z
  .object({
    id: z.string(),
    url: z.string(),
    types: z.array(z.string()).meta({ description: 'Types that are delivered; empty: all.' }),
    state: z.enum(['active', 'paused']),
    cursor: z.number().int().meta({ description: 'Id of the last event that was delivered or passed over.' }),
    failure: z.string().meta({ description: 'Why the last delivery failed or the subscription is paused.' }),
    by: z.string(),
  })
  .meta({ id: 'Subscription' })

const CreatedShape = SubscriptionShape.extend({
  secret: z.string().meta({ description: 'Signs every delivery (Standard Webhooks, HMAC-SHA256). Shown once.' }),
}).meta({ id: 'NewSubscription' })

const idParam = z.object({ id: z.string().regex(/^s[0-9a-f]{16}$/, 'is no subscription') })
/** The owner of a subscription: the key, or the engine's token. */
const ownerOf = (raw: RawRequest) => raw.caller.key ?? 'engine'

function shown({ id, url, types, state, cursor, failure, by }: Subscription) {
  return { id, url, types, state, cursor, failure, by }
}

async function ownOf({ reader }: ApiParts, raw: RawRequest): Promise<readonly Subscription[]> {
  const all = await reader.subscriptions()
  return all.filter((each) => each.state !== 'removed' && (raw.caller.key === null || each.by === raw.caller.key))
}

async function find(parts: ApiParts, raw: RawRequest, id: string): Promise<Subscription> {
  const found = (await ownOf(parts, raw)).find((each) => each.id === id)
  if (found === undefined) throw new Problem(404, { detail: 'There is no such subscription of this key.', cure: 'List them with GET /subscriptions.' })
  return found
}

export const createSubscription = operation({
  method: 'post',
  base: PROCESS_BASE,
  path: '/subscriptions',
  scope: 'events:read',
  summary: 'Delivers business events from now on to a URL, in order, at least once, signed. Audited.',
  status: 201,
  body: z.strictObject({
    url: z.string().max(2000).meta({ format: 'uri', description: 'https; http only to the same machine. Redirects are not followed.' }),
    types: z.array(noticeType).max(50).default([]).meta({ description: 'Only these; without them, all.' }),
    secret: z.string().min(24, 'must be 24 characters or more').max(200).optional().meta({ description: 'Without it, one is made.' }),
  }),
  answer: CreatedShape,
  problems: { 422: 'The URL is no target for webhooks.', 429: 'Too many subscriptions.' },
  async handle({ body, raw }, parts) {
    const refusal = refusalOf(body.url)
    if (refusal !== null) throw new Problem(422, { detail: `The url ${refusal}.`, findings: [{ place: 'body.url', text: refusal, pointer: '/url' }] })
    if ((await ownOf(parts, raw)).length >= MOST)
      throw new Problem(429, { detail: `There are ${String(MOST)} subscriptions already.`, cure: 'Remove one that is no longer needed.' })
    const secret = body.secret ?? createSecret()
    const subscription: Subscription = {
      id: `s${randomBytes(8).toString('hex')}`,
      url: body.url,
      types: [...new Set(body.types)],
      secret,
      state: 'active',
      cursor: await parts.feed.head(),
      failure: '',
      by: ownerOf(raw),
    }
    await parts.registry.saveSubscription(subscription)
    return { status: 201, body: { ...shown(subscription), secret }, headers: { location: `${PROCESS_BASE}/subscriptions/${subscription.id}` } }
  },
})

const MOST = 100

export const listSubscriptions = operation({
  method: 'get',
  base: PROCESS_BASE,
  path: '/subscriptions',
  scope: 'events:read',
  summary: 'Subscriptions with their state; secrets are not shown.',
  answer: z.object({ items: z.array(SubscriptionShape) }),
  async handle({ raw }, parts) {
    return { status: 200, body: { items: (await ownOf(parts, raw)).map(shown) } }
  },
})

export const getSubscription = operation({
  method: 'get',
  base: PROCESS_BASE,
  path: '/subscriptions/{id}',
  scope: 'events:read',
  summary: 'One subscription.',
  params: idParam,
  answer: SubscriptionShape,
  problems: { 404: 'There is no such subscription.' },
  async handle({ params, raw }, parts) {
    return { status: 200, body: shown(await find(parts, raw, params.id)) }
  },
})

export const resumeSubscription = operation({
  method: 'post',
  base: PROCESS_BASE,
  path: '/subscriptions/{id}/resume',
  scope: 'events:read',
  summary: 'Lets a paused subscription go on from where it stood. Audited.',
  params: idParam,
  body: z.strictObject({}),
  answer: SubscriptionShape,
  problems: { 404: 'There is no such subscription.' },
  async handle({ params, raw }, parts) {
    const found = await find(parts, raw, params.id)
    if (found.state === 'active') return { status: 200, body: shown(found) }
    const going: Subscription = { ...found, state: 'active', failure: '' }
    await parts.registry.saveSubscription(going)
    return { status: 200, body: shown(going) }
  },
})

export const removeSubscription = operation({
  method: 'delete',
  base: PROCESS_BASE,
  path: '/subscriptions/{id}',
  scope: 'events:read',
  summary: 'Ends a subscription. Audited.',
  params: idParam,
  answer: z.object({ removed: z.literal(true) }),
  problems: { 404: 'There is no such subscription.' },
  async handle({ params, raw }, parts) {
    const found = await find(parts, raw, params.id)
    await parts.registry.saveSubscription({ ...found, state: 'removed' })
    return { status: 200, body: { removed: true } }
  },
})
