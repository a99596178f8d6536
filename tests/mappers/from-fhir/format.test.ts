import test from 'ava'
import { fhirFormat } from '../../../mappers/from-fhir/index.ts'
import { fhirContentOf } from '../../../fhir/r4/index.ts'
import { bundle, procedure } from './samples.ts'

const read = (body: unknown) => fhirFormat.read(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), { charset: 'utf-8' })

test('a resource goes by its type and its version, a bundle by its type and id, a message by its header', (t) => {
  t.like(read(procedure({ meta: { versionId: '3' } })), { type: 'Procedure', controlId: 'Procedure/p1/_history/3', fault: null })
  t.like(read(bundle([procedure()], 'transaction')), { type: 'Bundle^transaction', controlId: 'b1' })
  const header = { resourceType: 'MessageHeader', id: 'h1', source: { endpoint: 'urn:ehr' } }
  const message = read(bundle([header, procedure()], 'message'))
  t.like(message, { type: 'Bundle^message', controlId: 'h1', sender: 'urn:ehr' })
  t.like(fhirContentOf(message), { server: 'urn:ehr', told: [{ type: 'Procedure', id: 'p1' }] })
})

test('what a search or a history tells goes by the types of its resources', (t) => {
  const device = { resourceType: 'Device', id: 'd1' }
  const found = { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: procedure() }, { resource: device, search: { mode: 'include' } }] }
  const inbound = read(found)
  t.is(inbound.type, 'Procedure')
  t.deepEqual(fhirContentOf(inbound)?.resolve('Device/d1'), device)
})

test('what is no FHIR is refused with its place, and the answer is an OperationOutcome', (t) => {
  for (const [body, place] of [
    ['MSH|^~\\&|', 'line 1, column 1'],
    ['{"resourceType":"Procedure","id":"a","id":"b"}', 'line 1, column 38'],
    ['{"resourceType":"Procedura"}', 'resourceType'],
    [procedure({ implicitRules: 'urn:x' }), 'Procedure.implicitRules'],
    [procedure({ focalDevice: [{ modifierExtension: [{ url: 'urn:not' }] }] }), 'Procedure.focalDevice[0].modifierExtension'],
  ] as const) {
    const inbound = read(body)
    t.is(inbound.fault?.code, 'NOT_FHIR')
    t.is(inbound.fault?.place, place)
    const answer = JSON.parse(
      Buffer.from(inbound.acknowledge('AR', { at: 0, id: 'm', ...(inbound.fault ? { fault: inbound.fault } : {}) })).toString(),
    ) as object
    t.like(answer, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'structure', expression: [place] }] })
  }
  t.is(fhirFormat.read(Buffer.from([0x7b, 0xff]), { charset: 'utf-8' }).fault?.code, 'WRONG_CHARSET')
  t.is(read(procedure()).acknowledge('AA', { at: 0, id: 'm' }).length, 0)
})
