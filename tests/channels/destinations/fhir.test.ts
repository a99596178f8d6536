import test from 'ava'
import type { ExecutionContext } from 'ava'
import { systemClock } from '../../../channels/contract/index.ts'
import type { DestinationDefinition, Outgoing } from '../../../channels/contract/index.ts'
import { createFhirDestination } from '../../../channels/destinations/fhir/index.ts'
import { serve } from '../../fhir/client/server.ts'
import type { Asked, Given } from '../../fhir/client/server.ts'

interface Stored {
  readonly resourceType: string
  readonly id: string
  readonly meta: { readonly versionId: string }
  readonly status?: string
  readonly identifier?: readonly { readonly system: string; readonly value: string }[]
  readonly suppliedItem?: { readonly quantity?: { readonly value: number }; readonly itemReference?: { readonly reference: string } }
}

/** A server that keeps resources, as far as this destination uses one: conditional create and update, search by identifier, transactions. */
async function ehr(t: ExecutionContext, first: (asked: Asked) => Given | null = () => null) {
  const store = new Map<string, Stored>()
  let ids = 0
  const find = (type: string, query: string) => {
    const [system, value] = (new URLSearchParams(query).get('identifier') ?? '').split('|')
    return [...store.values()].filter((one) => one.resourceType === type && one.identifier?.some((id) => id.system === system && id.value === value))
  }
  const put = (type: string, body: object, before?: Stored): Stored => {
    const id = before?.id ?? String(++ids)
    const kept = { ...body, resourceType: type, id, meta: { versionId: String(Number(before?.meta.versionId ?? 0) + 1) } } as Stored
    store.set(`${type}/${id}`, kept)
    return kept
  }
  const located = (status: number, { resourceType, id, meta }: Stored): Given => ({
    status,
    headers: { location: `${server.base}/${resourceType}/${id}/_history/${meta.versionId}` },
  })
  const create = (type: string, body: object, condition: string | undefined): Given => {
    const found = condition === undefined ? [] : find(type, condition)
    if (found.length > 1) return { status: 412 }
    return found[0] ? located(200, found[0]) : located(201, put(type, body))
  }
  const server = await serve(t, (asked) => {
    const own = first(asked)
    if (own) return own
    const url = new URL(asked.url, 'http://x')
    const [, , type = '', id] = url.pathname.split('/')
    const body = asked.body === '' ? {} : (JSON.parse(asked.body) as { entry?: { resource: { resourceType: string }; request: { ifNoneExist?: string } }[] })
    if (asked.method === 'GET') return { body: { resourceType: 'Bundle', type: 'searchset', entry: find(type, url.search).map((resource) => ({ resource })) } }
    if (asked.method === 'POST' && type !== '') return create(type, body, asked.headers['if-none-exist'] as string | undefined)
    if (asked.method === 'POST') {
      const entry = (body.entry ?? []).map(({ resource, request }) => {
        const made = create(resource.resourceType, resource, request.ifNoneExist)
        return { response: { status: String(made.status), location: made.headers?.['location'] } }
      })
      return { body: { resourceType: 'Bundle', type: 'transaction-response', entry } }
    }
    const before = id === undefined ? find(type, url.search)[0] : store.get(`${type}/${id}`)
    const match = asked.headers['if-match']
    if (match !== undefined && match !== `W/"${before?.meta.versionId ?? ''}"`) return { status: 412 }
    return located(before ? 200 : 201, put(type, body, before))
  })
  return { ...server, store, put }
}

const definition = (url: string, options: Readonly<Record<string, unknown>> = {}): DestinationDefinition => ({
  name: 'ehr',
  type: 'fhir',
  url,
  timeoutMs: 2_000,
  concurrency: 2,
  retry: { firstMs: 1, maxMs: 1, attempts: null },
  settleMs: 10,
  body: 'event',
  headers: {},
  breaker: { failures: 5, openMs: 1000 },
  options,
  file: 'destinations/ehr.yaml',
})

function destination(t: ExecutionContext, url: string, options?: Readonly<Record<string, unknown>>) {
  const made = createFhirDestination(definition(url, options), systemClock)
  t.teardown(() => made.stop())
  return made
}

const USED = {
  id: 'm1.usage.FT1[1]',
  type: 'SupplyUsed',
  businessKey: 'ACC1|L1',
  occurredAt: '2026-03-01T10:22:33+01:00',
  patient: { value: 'P-TEST-1', system: 'urn:test:mrn', type: 'MR' },
  item: { code: 'IMP-1', system: 'http://items.example' },
  description: 'Test implant',
  quantity: { value: '2.00', unit: 'EA' },
  udi: { carrier: '(01)00000000000017(21)S1', issuer: 'GS1', di: '00000000000017', serial: 'S1' },
  location: 'OR-1',
}
const work = (body: object, more: Partial<Outgoing> = {}): Outgoing => ({
  id: 'm1.d1',
  key: 'm1.d1',
  kind: 'SupplyUsed',
  controlId: 'C1',
  lane: 'a',
  body: JSON.stringify({ controlId: 'C1', lane: 'a', ...body }),
  step: null,
  attempt: 1,
  ...more,
})
const never = new AbortController().signal

test('a supply that was used is made once as a SupplyDelivery, with its device and the digits of its quantity', async (t) => {
  const { base, asked, store } = await ehr(t)
  const fhir = destination(t, base)
  t.deepEqual(await fhir.deliver(work(USED), never), { kind: 'sent', reference: 'SupplyDelivery/1' })
  t.deepEqual(await fhir.deliver(work(USED, { attempt: 2 }), never), { kind: 'sent', reference: 'SupplyDelivery/1' })
  t.is(store.size, 1)
  t.is(asked[0]?.headers['if-none-exist'], `identifier=${encodeURIComponent('urn:aqueduct:event|m1.usage.FT1[1]')}`)
  t.true(asked[0]?.body.includes('"quantity":{"value":2.00,"unit":"EA"}'))
  t.deepEqual(JSON.parse(asked[0]?.body ?? ''), {
    resourceType: 'SupplyDelivery',
    contained: [
      {
        resourceType: 'Device',
        id: 'device',
        udiCarrier: [{ deviceIdentifier: '00000000000017', issuer: 'http://hl7.org/fhir/NamingSystem/gs1-di', carrierHRF: '(01)00000000000017(21)S1' }],
        serialNumber: 'S1',
        type: { coding: [{ system: 'http://items.example', code: 'IMP-1' }], text: 'Test implant' },
      },
    ],
    identifier: [
      { system: 'urn:aqueduct:event', value: 'm1.usage.FT1[1]' },
      { system: 'urn:aqueduct:delivery', value: 'm1.d1' },
      { system: 'urn:aqueduct:business-key', value: 'ACC1%7CL1' },
    ],
    status: 'completed',
    patient: {
      type: 'Patient',
      identifier: { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] }, system: 'urn:test:mrn', value: 'P-TEST-1' },
    },
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/supply-item-type', code: 'device', display: 'Device' }] },
    suppliedItem: { quantity: { value: 2, unit: 'EA' }, itemReference: { reference: '#device' } },
    occurrenceDateTime: '2026-03-01T10:22:33+01:00',
    destination: { type: 'Location', display: 'OR-1' },
  })
})

test('write: update replaces what is there; write: transaction makes the device a resource of its own, the same piece once', async (t) => {
  const { base, store } = await ehr(t)
  const updating = destination(t, base, { write: 'update', identifier_system: 'https://hospital.example/aqueduct' })
  await updating.deliver(work(USED), never)
  await updating.deliver(work({ ...USED, quantity: { value: '3', unit: 'EA' } }), never)
  t.is(store.get('SupplyDelivery/1')?.suppliedItem?.quantity?.value, 3)
  t.is(store.get('SupplyDelivery/1')?.identifier?.[0]?.system, 'https://hospital.example/aqueduct/event')
  const transacting = destination(t, base, { write: 'transaction' })
  t.deepEqual(await transacting.deliver(work(USED), never), { kind: 'sent', reference: 'SupplyDelivery/3' })
  await transacting.deliver(work({ ...USED, id: 'm2.usage.FT1[1]' }, { key: 'm2.d1' }), never)
  t.deepEqual([...store.keys()], ['SupplyDelivery/1', 'Device/2', 'SupplyDelivery/3', 'SupplyDelivery/4'])
  t.regex(store.get('SupplyDelivery/3')?.suppliedItem?.itemReference?.reference ?? '', /^urn:uuid:/)
})

test('other events become what is configured: a charge, a request, a procedure; what has no resource is held with words', async (t) => {
  const { base, store } = await ehr(t)
  const fhir = destination(t, base, { resources: { SupplyUsed: 'ChargeItem' } })
  const send = (kind: string, body: object) => fhir.deliver(work({ ...USED, id: `m.${kind}`, type: kind, ...body }, { kind }), never)
  await send('SupplyUsed', {})
  await send('CostIncurred', { charge: { code: '4010' }, amount: { amount: '12.50', currency: 'USD' } })
  await send('SupplyRequested', {})
  await send('ProcedurePerformed', { procedure: { code: '27447', system: 'http://www.ama-assn.org/go/cpt' } })
  t.deepEqual([...store.keys()], ['ChargeItem/1', 'ChargeItem/2', 'SupplyRequest/3', 'Procedure/4'])
  const held = await send('ItemChanged', {})
  t.true(held.kind === 'failed' && held.code === 'DESTINATION_REFUSED' && held.text.includes('ItemChanged'))
  const noPatient = await send('CostIncurred', { patient: undefined, charge: { code: '1' } })
  t.true(noPatient.kind === 'failed' && noPatient.code === 'DESTINATION_REFUSED')
})

test('a reversal makes its original entered-in-error, once, found by event or business key; a part or a stranger is held', async (t) => {
  const { base, store, put } = await ehr(t)
  const fhir = destination(t, base)
  await fhir.deliver(work(USED), never)
  const reverse = (body: object, key = 'm3.d1') =>
    fhir.deliver(work({ ...USED, id: 'm3.usage.FT1[1]', type: 'SupplyReversed', ...body }, { kind: 'SupplyReversed', key }), never)
  const part = await reverse({ quantity: { value: '1' }, reverses: [{ by: 'businessKey', value: 'ACC1|L1' }] })
  t.true(part.kind === 'failed' && part.code === 'DESTINATION_REFUSED')
  t.deepEqual(await reverse({ reverses: [{ by: 'businessKey', value: 'ACC1|L1' }] }), { kind: 'sent', reference: 'SupplyDelivery/1' })
  t.is(store.get('SupplyDelivery/1')?.status, 'entered-in-error')
  t.deepEqual(await reverse({ reverses: [{ by: 'event', value: USED.id }] }), { kind: 'sent', reference: 'SupplyDelivery/1' })
  t.is(store.get('SupplyDelivery/1')?.meta.versionId, '2', 'the second time nothing is written')
  const stranger = await reverse({ reverses: [{ by: 'event', value: 'm9' }] })
  t.true(stranger.kind === 'failed' && stranger.code === 'NO_ORIGINAL')
  const nameless = await reverse({ reverses: [{ by: 'case-item', case: 'C', item: 'I' }] })
  t.true(nameless.kind === 'failed' && nameless.code === 'NO_ORIGINAL')
  put('SupplyDelivery', { status: 'completed', identifier: [{ system: 'urn:aqueduct:business-key', value: 'TWO' }] })
  put('SupplyDelivery', { status: 'completed', identifier: [{ system: 'urn:aqueduct:business-key', value: 'TWO' }] })
  const two = await reverse({ reverses: [{ by: 'businessKey', value: 'TWO' }] })
  t.true(two.kind === 'failed' && two.code === 'NO_ORIGINAL')
})

test('what was taken and not answered is found by the delivery’s own identifier, reversals too; an outage is no absence', async (t) => {
  let lose = true
  let down = false
  const { base, put, store } = await ehr(t, ({ method, body }) => {
    if (down) return { status: 503 }
    if (!lose || method !== 'POST') return null
    lose = false
    put('SupplyDelivery', JSON.parse(body) as object)
    return { cut: true }
  })
  const fhir = destination(t, base)
  t.is(fhir.settleMs, 10)
  t.deepEqual(await fhir.lookup?.('m1.d1', 'SupplyUsed', never), { kind: 'absent' })
  const lost = await fhir.deliver(work(USED), never)
  t.true(lost.kind === 'failed' && lost.code === 'NO_ANSWER' && lost.class === 'unknown')
  t.deepEqual(await fhir.lookup?.('m1.d1', 'SupplyUsed', never), { kind: 'present', reference: 'SupplyDelivery/1' })
  await fhir.deliver(
    work({ ...USED, type: 'SupplyReversed', id: 'm2', reverses: [{ by: 'event', value: USED.id }] }, { kind: 'SupplyReversed', key: 'm2.d1' }),
    never,
  )
  t.deepEqual(await fhir.lookup?.('m2.d1', 'SupplyReversed', never), { kind: 'present', reference: 'SupplyDelivery/1' })
  t.is(store.size, 1)
  down = true
  t.is((await fhir.lookup?.('m1.d1', 'SupplyUsed', never))?.kind, 'failed')
})

test('refusals are held, throttling waits as long as the server says, an identifier that is there twice is held', async (t) => {
  let given: Given = {}
  const { base } = await ehr(t, ({ method }) => (method === 'POST' ? given : null))
  const fhir = destination(t, base)
  const outcome = async (answer: Given) => {
    given = answer
    const { kind, ...rest } = await fhir.deliver(work(USED), never)
    return { kind, ...rest } as Readonly<Record<string, unknown>>
  }
  t.like(await outcome({ status: 429, headers: { 'retry-after': '3' } }), { code: 'DESTINATION_BUSY', class: 'transient', retryAfterMs: 3_000 })
  t.like(await outcome({ status: 503, headers: { 'retry-after': '1' } }), { code: 'DESTINATION_BUSY', retryAfterMs: 1_000 })
  t.like(await outcome({ status: 409 }), { code: 'DESTINATION_BUSY' })
  t.like(await outcome({ status: 500 }), { code: 'DESTINATION_FAILED', class: 'transient' })
  t.like(
    await outcome({
      status: 422,
      body: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'required', expression: ['SupplyDelivery.patient'] }] },
    }),
    {
      code: 'DESTINATION_REFUSED',
      class: 'permanent',
      text: 'The server answered 422 (required at SupplyDelivery.patient).',
    },
  )
  t.like(await outcome({ status: 422, body: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'throttled' }] } }), {
    code: 'DESTINATION_BUSY',
  })
  t.like(await outcome({ status: 412 }), { code: 'DESTINATION_REFUSED' })
  t.like(await outcome({ status: 401 }), { code: 'DESTINATION_AUTH', class: 'transient' })
})

test('options that mean nothing are named when the destination is made', (t) => {
  const refusal = (options: Readonly<Record<string, unknown>>) =>
    t.throws(() => createFhirDestination(definition('http://127.0.0.1:9/fhir', options), systemClock))?.message ?? ''
  t.regex(refusal({ writes: 'create' }), /options\.writes is not recognised/)
  t.regex(refusal({ write: 'delete' }), /options\.write is create, update or transaction/)
  t.regex(refusal({ resources: { SupplyUsed: 'Patient' } }), /options\.resources\.SupplyUsed is SupplyDelivery or ChargeItem/)
  t.regex(refusal({ resources: { ItemChanged: 'Device' } }), /there is no resource for this event/)
  t.regex(refusal({ identifier_system: 'mine' }), /options\.identifier_system/)
  t.regex(refusal({ auth: { client_id: 'x' } }), /options\.auth\.key/)
  t.regex(refusal({ auth: { client_id: 'x', key: 'k', algorithm: 'HS256' } }), /options\.auth\.algorithm/)
})
