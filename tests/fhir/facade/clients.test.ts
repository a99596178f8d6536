import test from 'ava'
import { MedplumClient } from '@medplum/core'
import type { Bundle, Patient, Procedure } from '@medplum/fhirtypes'
import { Client } from 'fhir-kit-client'
import type { FhirResource } from 'fhir-kit-client'
import { bundle, post } from './face.ts'
import type { Json } from './face.ts'
import { liveFace } from './live.ts'

const patient = (value: string) => ({ resourceType: 'Patient' as const, identifier: [{ system: 'urn:test:mrn', value }], name: [{ family: 'Testcase' }] })
const procedure = (reference: string) => ({ resourceType: 'Procedure' as const, status: 'completed' as const, subject: { reference } })

test.serial('fhir-kit-client creates, creates on a condition, reads, searches, pages, updates, transacts, deletes and sees the history', async (t) => {
  const { base, token } = await liveFace(t)
  const client = new Client({ baseUrl: base, bearerToken: token })
  t.like(await client.capabilityStatement(), { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' })
  const made = (await client.create({ resourceType: 'Patient', body: patient('K-1') })) as Json
  t.regex(made.id as string, /^[0-9a-f-]{36}$/)
  const condition = { headers: { 'If-None-Exist': 'identifier=urn:test:mrn|K-1' } }
  const again = (await client.create({ resourceType: 'Patient', body: patient('K-1'), options: condition })) as Json
  t.is(again.id, made.id)
  t.is(Client.httpFor(again as FhirResource).response?.status, 200)
  t.deepEqual(((await client.read({ resourceType: 'Patient', id: made.id as string })) as Json).name, made.name)
  await client.update({ resourceType: 'Patient', id: made.id as string, body: { ...made, active: true } })
  t.is(((await client.vread({ resourceType: 'Patient', id: made.id as string, version: '1' })) as Json).active, undefined)
  const answer = (await client.transaction({
    body: bundle(
      'transaction',
      post(patient('K-2'), {}, 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'),
      post(procedure('urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0')),
    ) as never,
  })) as Json
  t.is(answer.entry[1].resource.subject.reference, `Patient/${answer.entry[0].resource.id as string}`)
  const batch = (await client.batch({ body: bundle('batch', post(patient('K-3')), { request: { method: 'GET', url: 'Patient/none' } }) as never })) as Json
  t.deepEqual(
    batch.entry.map((each: Json) => each.response.status),
    ['201 Created', '404'],
  )
  const found = (await client.search({ resourceType: 'Patient', searchParams: { family: 'testcase', _count: '2', _sort: '_lastUpdated' } })) as Json
  t.deepEqual([found.total, found.entry.length], [3, 2])
  const next = (await client.nextPage({ bundle: found })) as Json
  t.is(next.entry.length, 1)
  t.is(((await client.prevPage({ bundle: next })) as Json).entry.length, 2)
  await client.delete({ resourceType: 'Patient', id: made.id as string })
  const gone = await t.throwsAsync(client.read({ resourceType: 'Patient', id: made.id as string }))
  t.is((gone as Json).response.status, 410)
  t.is((gone as Json).response.data.resourceType, 'OperationOutcome')
  t.is(((await client.history({ resourceType: 'Patient', id: made.id as string })) as Json).total, 3)
  t.is(((await client.history({ resourceType: 'Patient' })) as Json).total, 5)
})

test.serial('MedplumClient creates, creates on a condition, searches, transacts and sees the history', async (t) => {
  const { base, token } = await liveFace(t)
  const client = new MedplumClient({ baseUrl: base.replace(/fhir$/, ''), fhirUrlPath: 'fhir', accessToken: token, fetch, cacheTime: 0 })
  const made = await client.createResource<Patient>(patient('M-1'))
  t.is(made.meta?.versionId, '1')
  t.is((await client.createResourceIfNoneExist<Patient>(patient('M-1'), 'identifier=urn:test:mrn|M-1')).id, made.id)
  t.is((await client.upsertResource<Patient>({ ...patient('M-1'), active: true }, 'identifier=urn:test:mrn|M-1')).meta?.versionId, '2')
  const read = await client.readResource('Patient', made.id)
  t.true(read.active)
  t.is((await client.updateResource<Patient>({ ...read, active: false })).meta?.versionId, '3')
  const answer = (await client.executeBatch({
    ...(bundle(
      'transaction',
      post(patient('M-2'), {}, 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'),
      post(procedure('urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0')),
    ) as unknown as Bundle),
  })) as Bundle<Patient | Procedure>
  t.is(answer.type, 'transaction-response')
  const found = await client.searchResources('Procedure', { subject: `Patient/${answer.entry?.[0]?.resource?.id ?? ''}`, _include: 'Procedure:subject' })
  t.is(found.length, 2)
  t.is((await client.searchOne('Patient', 'identifier=urn:test:mrn|M-2'))?.id, answer.entry?.[0]?.resource?.id)
  t.is((await client.readHistory('Patient', made.id)).entry?.length, 3)
  t.false((await client.readVersion('Patient', made.id, '1')).active ?? false)
  t.is((await client.validateResource<Patient>(patient('M-9'))).resourceType, 'OperationOutcome')
  await client.deleteResource('Patient', made.id)
  await t.throwsAsync(client.readResource('Patient', made.id), { message: /deleted|gone/i })
})
