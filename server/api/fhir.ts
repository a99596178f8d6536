/** Mounts the FHIR face; errors below /fhir are OperationOutcomes. */
import type Router from '@koa/router'
import type { Context } from 'koa'
import { FHIR_JSON, operationOutcome, readMetadata, readSupplyDelivery, searchSupplyDelivery } from '../../fhir/index.ts'
import type { FacadeOptions, FhirAnswer } from '../../fhir/index.ts'
import type { ApiParts } from './operation.ts'
import type { Problem } from './problem.ts'
import { callerOf, requireFhirScope } from './access.ts'
import { whoAsks } from './who.ts'
import { VERSION } from './version.ts'

export function mountFhir(router: Router, { reader, control }: ApiParts): void {
  const options = (context: Context): FacadeOptions => ({
    base: `${context.protocol}://${context.host}/fhir`,
    version: VERSION,
    eventsOf: async (message) => (await reader.message(message))?.events ?? null,
  })
  const send = async (context: Context, answer: FhirAnswer) => {
    if (answer.shows !== null) await control.audit(whoAsks(context, null, callerOf(context)).who, 'read SupplyDelivery', answer.shows)
    context.status = answer.status
    context.body = JSON.stringify(answer.body)
    context.type = FHIR_JSON
  }
  router.get('/fhir/metadata', (context) => send(context, readMetadata(options(context))))
  router.get('/fhir/SupplyDelivery', async (context) => {
    requireFhirScope(context, 'search-type', 'SupplyDelivery')
    await send(context, await searchSupplyDelivery(context.query, options(context)))
  })
  router.get('/fhir/SupplyDelivery/:id', async (context) => {
    requireFhirScope(context, 'read', 'SupplyDelivery')
    await send(context, await readSupplyDelivery(context.params['id'] ?? '', options(context)))
  })
}

export function isFhirPath(path: string): boolean {
  return path === '/fhir' || path.startsWith('/fhir/')
}

const CODES: Readonly<Record<number, 'login' | 'not-found' | 'not-supported' | 'invalid' | 'transient'>> = {
  400: 'invalid',
  401: 'login',
  403: 'login',
  404: 'not-found',
  405: 'not-supported',
  415: 'not-supported',
  503: 'transient',
}

export function writeFhirProblem(context: Context, problem: Problem): void {
  context.body = JSON.stringify(operationOutcome(CODES[problem.status] ?? 'exception', problem.parts.detail))
  context.type = FHIR_JSON
}
