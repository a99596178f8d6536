/** `/openapi.json`: OpenAPI 3.1, made from the same schemas that requests are checked with. */
import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi'
import type { RouteConfig } from '@asteasolutions/zod-to-openapi'
import type { ZodObject } from 'zod'
import type { Operation } from './operation.ts'
import { BASE, OPERATIONS } from './operations.ts'
import { PROBLEM_TYPE, ProblemSchema } from './problem.ts'

type Responses = RouteConfig['responses']

/** The description of the operations API. Plain data, the same at every call. */
export function describeApi(version: string): Readonly<Record<string, unknown>> {
  const registry = new OpenAPIRegistry()
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer', description: 'The token in DATA/engine.json.' })
  for (const operation of OPERATIONS) registry.registerPath(routeOf(operation))
  for (const [path, summary, type] of OPEN) {
    registry.registerPath({ method: 'get', path, summary, security: [], responses: { 200: { description: 'Good.', content: { [type]: { schema: {} } } } } })
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Aqueduct operations API',
      version,
      description: 'Messages, worklist, channels and master data of one engine. A breaking change is a new version beside this one.',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
  }) as unknown as Readonly<Record<string, unknown>>
}

const OPEN: readonly (readonly [string, string, string])[] = [
  ['/health/live', 'The process answers.', 'application/json'],
  ['/health/ready', 'Listeners are up and recovery is done; 503 until then and while draining.', 'application/json'],
  ['/metrics', 'Prometheus metrics.', 'text/plain'],
  ['/openapi.json', 'This description.', 'application/json'],
]

function routeOf(operation: Operation): RouteConfig {
  const { method, path, summary, params, query, body, otherBodies, answer, problems } = operation
  const good =
    answer === null ? { 'application/hl7-v2': { schema: BYTES }, 'application/octet-stream': { schema: BYTES } } : { 'application/json': { schema: answer } }
  const responses: Responses = { 200: { description: 'Good.', content: good } }
  const bad = { 400: 'The request is not well formed.', 401: 'The token is missing or wrong.', ...problems }
  for (const [status, description] of Object.entries(bad)) responses[status] = { description, content: { [PROBLEM_TYPE]: { schema: ProblemSchema } } }
  const content = {
    ...(body === null ? {} : { 'application/json': { schema: body } }),
    ...Object.fromEntries(otherBodies.map((type) => [type, { schema: { type: 'string' as const } }])),
  }
  return {
    method,
    path: BASE + path,
    summary,
    request: {
      ...(params === null ? {} : { params: params as ZodObject }),
      ...(query === null ? {} : { query: query as ZodObject }),
      ...(body === null ? {} : { body: { content } }),
    },
    responses,
  }
}

const BYTES = { type: 'string', format: 'binary' } as const
