/** Channels, destinations and the configuration they run under. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { Problem, findingsOf } from './problem.ts'
import { ChannelShape, DestinationShape, IssueShape } from './shapes.ts'

export const listChannels = operation({
  method: 'get',
  path: '/channels',
  summary: 'Channels with their state and listeners.',
  answer: z.object({ items: z.array(ChannelShape), configuration: z.string() }),
  handle: (_request, { control }) => Promise.resolve({ status: 200, body: { items: control.channels(), configuration: control.configuration() } }),
})

export const setChannel = operation({
  method: 'post',
  path: '/channels/{name}/{action}',
  summary: 'Starts, stops or pauses a channel.',
  params: z.object({ name: z.string().min(1).max(200), action: z.enum(['start', 'stop', 'pause']) }),
  body: z.strictObject({ by: z.string().max(100).optional() }),
  answer: ChannelShape,
  problems: { 404: 'There is no such channel.', 409: 'It could not be done.' },
  async handle({ params, who }, { control }) {
    const find = () => control.channels().find((channel) => channel.name === params.name)
    if (find() === undefined) {
      throw new Problem(404, {
        detail: 'There is no such channel.',
        cure: `Channels are: ${
          control
            .channels()
            .map((channel) => channel.name)
            .join(', ') || 'none'
        }.`,
      })
    }
    const answer = await control.setChannel(params.name, params.action)
    if (!answer.ok) throw new Problem(409, { detail: answer.text })
    await control.audit(who, `channel ${params.action}`, params.name)
    return { status: 200, body: find() ?? null }
  },
})

export const listDestinations = operation({
  method: 'get',
  path: '/destinations',
  summary: 'Destinations with their circuit breakers.',
  answer: z.object({ items: z.array(DestinationShape) }),
  handle: (_request, { control }) => Promise.resolve({ status: 200, body: { items: control.destinations() } }),
})

export const reload = operation({
  method: 'post',
  path: '/reload',
  summary: 'Reads the configuration folder again and applies it, unless it has errors.',
  body: z.strictObject({ by: z.string().max(100).optional() }),
  answer: z.object({ applied: z.boolean(), id: z.string(), issues: z.array(IssueShape) }),
  problems: { 422: 'The folder has errors; what was active stays so.' },
  async handle({ who }, { control }) {
    const { applied, id, issues } = await control.reload(who)
    if (applied) return { status: 200, body: { applied, id, issues } }
    throw new Problem(422, {
      detail: `The configuration has errors; ${id} stays active.`,
      cure: 'Mend what the findings name; aqueduct check shows the same.',
      findings: findingsOf(issues.filter((issue) => issue.level === 'error')),
      more: { applied, id, issues },
    })
  },
})
