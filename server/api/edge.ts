/** What every request passes: the headers that close the API to other pages, and the form of errors. */
import type { Context, Middleware, Next } from 'koa'
import { AqueductError, FAILURES, faultOf } from '../../channels/contract/index.ts'
import type { Emit } from '../../channels/contract/index.ts'
import { isFhirPath, writeFhirProblem } from './fhir.ts'
import { PROBLEM_TYPE, Problem, problemBody } from './problem.ts'

export async function closeToCallers(context: Context, next: Next): Promise<void> {
  context.set({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
  })
  await next()
}

/** Turns whatever went wrong into problem details, or an OperationOutcome below /fhir. An unexpected error's own words stay inside. */
export function answerProblems(emit: Emit): Middleware {
  return async (context, next) => {
    try {
      await next()
      const { status } = context
      if (context.body === undefined || context.body === null) {
        if (status === 404) throw new Problem(404, { detail: 'Nothing is here.', cure: 'See /openapi.json for what there is.' })
        if (status === 405 || status === 501) {
          throw new Problem(405, {
            detail: `${context.method.slice(0, 10)} is not offered here.`,
            cure: `Use ${context.response.get('allow')}.`,
            headers: { allow: context.response.get('allow') },
          })
        }
      }
    } catch (error) {
      const problem = problemOf(error, emit)
      context.status = problem.status
      context.set({ ...problem.parts.headers })
      if (isFhirPath(context.path)) return writeFhirProblem(context, problem)
      context.body = JSON.stringify(problemBody(problem, context.path.slice(0, 300)))
      context.type = PROBLEM_TYPE
    }
  }
}

function problemOf(error: unknown, emit: Emit): Problem {
  if (error instanceof Problem) return error
  const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500
  // Thrown by Koa's parts for bad requests: their words may quote the request.
  if (status >= 400 && status < 500) return new Problem(status, { detail: 'The request could not be read.' })
  const fault = faultOf(error, 'INTERNAL')
  // What the content or the request is to blame for is no failure of the engine: those who asked can mend it.
  if (error instanceof AqueductError && error.code !== 'INTERNAL' && FAILURES[error.code].class === 'permanent')
    return new Problem(422, {
      detail: fault.text,
      cure: FAILURES[error.code].fix,
      more: { code: fault.code, ...(fault.place === undefined ? {} : { place: fault.place }) },
    })
  emit('store:problem', fault)
  const passes = error instanceof AqueductError && (error.code === 'STORE_FULL' || error.code === 'STORE_FAILED')
  return new Problem(passes ? 503 : 500, {
    detail: passes ? fault.text : 'The engine failed on this request.',
    cure: passes ? 'Try again in a moment.' : 'Look into the engine’s log at this time.',
    ...(passes ? { headers: { 'retry-after': '2' } } : {}),
    more: { code: fault.code },
  })
}
