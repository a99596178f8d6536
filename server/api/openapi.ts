/** `/openapi.json`: OpenAPI 3.1, made from the same schemas that requests are checked with. */
import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi'
import type { RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import type { ZodObject, ZodType } from 'zod'
import type { Operation } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { PROBLEM_TYPE, ProblemSchema } from './problem.ts'

type Responses = RouteConfig['responses']

/** The description of all its APIs. Plain data, the same at every call. */
export function describeApi(version: string): Readonly<Record<string, unknown>> {
  const registry = new OpenAPIRegistry()
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer', description: 'An API key, or the token in DATA/engine.json.' })
  registry.registerComponent('securitySchemes', 'apiKey', { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same in a header of its own.' })
  for (const operation of OPERATIONS) registry.registerPath(routeOf(operation))
  for (const [path, summary, type] of OPEN) {
    registry.registerPath({ method: 'get', path, summary, security: [], responses: { 200: { description: 'Good.', content: { [type]: { schema: {} } } } } })
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Aqueduct',
      version,
      description: 'Operations, system and process APIs of one engine. A breaking change is a new version beside this one.',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { apiKey: [] }],
    tags: [
      { name: 'ops', description: 'Operating the engine: messages, worklist, channels, master data, keys.' },
      { name: 'system', description: 'What the ERP knows, whichever ERP it is: items, suppliers, orders, receipts, invoices, stock.' },
      { name: 'process', description: 'Taking part in a process: usage, replenishment, procure to pay, allocation, business events.' },
    ],
  }) as unknown as Readonly<Record<string, unknown>>
}

const OPEN: readonly (readonly [string, string, string])[] = [
  ['/health/live', 'The process answers.', 'application/json'],
  ['/health/ready', 'Listeners are up and recovery is done; 503 until then and while draining.', 'application/json'],
  ['/metrics', 'Prometheus metrics.', 'text/plain'],
  ['/openapi.json', 'This description.', 'application/json'],
]

function routeOf(operation: Operation): RouteConfig {
  const { method, base, path, summary, params, query, body, otherBodies, answer, problems, scope, status, answerType, headers, deprecated } = operation
  const good =
    answer === null ? { 'application/hl7-v2': { schema: BYTES }, 'application/octet-stream': { schema: BYTES } } : { [answerType]: { schema: answer } }
  const responses: Responses = { [status]: { description: 'Good.', content: good } }
  const bad = { 400: 'The request is not well formed.', 401: 'The token is missing or wrong.', 403: `The API key lacks the scope ${scope}.`, ...problems }
  for (const [status, description] of Object.entries(bad)) responses[status] = { description, content: { [PROBLEM_TYPE]: { schema: ProblemSchema } } }
  const names = Object.keys(headers)
  const content = {
    ...(body === null ? {} : { 'application/json': { schema: body } }),
    ...Object.fromEntries(otherBodies.map((type) => [type, { schema: { type: 'string' as const } }])),
  }
  return {
    method,
    path: base + path,
    summary,
    operationId: idOf(operation),
    tags: [base.split('/')[2] ?? 'ops'],
    description: [`Scope: ${scope}.`, ...(deprecated === null ? [] : [`Gone from ${deprecated.sunset} on; use ${deprecated.successor}.`])].join(' '),
    ...(deprecated === null ? {} : { deprecated: true }),
    request: {
      ...(names.length === 0 ? {} : { headers: z.object(Object.fromEntries(names.map((name) => [name.replace('!', ''), headerShape(name, headers[name])]))) }),
      ...(params === null ? {} : { params: params as ZodObject }),
      ...(query === null ? {} : { query: query as ZodObject }),
      ...(body === null ? {} : { body: { content } }),
    },
    responses,
  }
}

/** `getSystemItemsByCode`: method, API and path; told apart as long as these are. */
function idOf({ method, base, path }: Operation): string {
  const words = `${base.split('/')[2] ?? ''}${path}`.split(/[/-]/)
  return method + words.map((word) => (word.startsWith('{') ? `By${upper(word.slice(1, -1))}` : upper(word))).join('')
}

function upper(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function headerShape(name: string, description = ''): ZodType {
  const shape = z.string().meta({ description })
  return name.endsWith('!') ? shape : shape.optional()
}

const BYTES = { type: 'string', format: 'binary' } as const
