/** Problem details (RFC 9457): every error of the API names the place and the cure. */
import type { Issue } from '../../channels/contract/index.ts'
import { z } from 'zod'

export const PROBLEM_TYPE = 'application/problem+json'

/** One thing that is wrong with a request. */
interface Finding {
  /** `query.limit`, `body.action`, `line 3`. */
  readonly place: string
  readonly text: string
  /** JSON Pointer into the body. */
  readonly pointer?: string
}

export interface ProblemParts {
  /** What is wrong, here. */
  readonly detail: string
  /** What to do about it. */
  readonly cure?: string
  readonly findings?: readonly Finding[]
  readonly headers?: Readonly<Record<string, string>>
  /** Members of its own, e.g. the issues of a refused configuration. */
  readonly more?: Readonly<Record<string, unknown>>
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not well formed',
  401: 'A token is needed',
  403: 'The key may not do this',
  404: 'There is no such thing',
  405: 'Not in this way',
  409: 'Not in this state',
  413: 'The request is too large',
  415: 'The body is of another kind than expected',
  422: 'The content has errors',
  429: 'Too many at once',
  500: 'The engine failed',
  503: 'Not now',
}

/** Thrown by handlers, answered by the edge. Its words go to the client: no content of messages in them. */
export class Problem extends Error {
  readonly status: number
  readonly parts: ProblemParts
  constructor(status: number, parts: ProblemParts) {
    super(parts.detail)
    this.name = 'Problem'
    this.status = status
    this.parts = parts
  }
}

/** The body of a problem answer. @param instance the path that was asked */
export function problemBody(problem: Problem, instance: string): Readonly<Record<string, unknown>> {
  const { detail, cure, findings, more } = problem.parts
  return {
    type: 'about:blank',
    title: TITLES[problem.status] ?? 'The request failed',
    status: problem.status,
    detail,
    instance,
    ...(cure === undefined ? {} : { cure }),
    ...(findings === undefined ? {} : { findings }),
    ...more,
  }
}

export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().meta({ description: 'What is wrong, here.' }),
    instance: z.string(),
    cure: z.string().optional().meta({ description: 'What to do about it.' }),
    findings: z
      .array(z.object({ place: z.string(), text: z.string(), pointer: z.string().optional().meta({ description: 'JSON Pointer into the body.' }) }))
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' })

/** Issues of a configuration as findings. */
export function findingsOf(issues: readonly Issue[]): readonly Finding[] {
  return issues.map(({ file, line, column, code, message }) => ({ place: `${file}(${line},${column})`, text: `${message} [${code}]` }))
}
