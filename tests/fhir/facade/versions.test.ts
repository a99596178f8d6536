import test from 'ava'
import { bundle, face, post, procedure } from './face.ts'
import type { Json } from './face.ts'

const later = [
  ['SupplyDelivery', { resourceType: 'SupplyDelivery', status: 'completed', suppliedItem: [{ quantity: { value: 1 } }] }],
  ['Procedure', procedure({ occurrenceDateTime: '2026-03-02' })],
  ['Device', { resourceType: 'Device', udiCarrier: [{ deviceIdentifier: '1', issuer: 'urn:x' }], category: [{ text: 'active' }] }],
  ['Encounter', { resourceType: 'Encounter', status: 'in-progress', class: [{ text: 'IMP' }], actualPeriod: { start: '2026-03-02' } }],
] as const

test('trap 71: an R5 body is refused at this R4 endpoint, for that reason and where it shows', async (t) => {
  const { ask, fake } = await face(t)
  for (const [type, body] of later) {
    const answer = await ask('POST', type, body)
    t.true([400, 422].includes(answer.status), `${type} ${String(answer.status)}`)
    t.true(
      answer.json.issue.some((each: Json) => /R5/.test(each.diagnostics as string)),
      answer.text,
    )
    t.true(
      answer.json.issue.every((each: Json) => (each.expression[0] as string).startsWith(type)),
      answer.text,
    )
    const inside = await ask('POST', '', bundle('transaction', post(procedure()), post(body as never)))
    t.true([400, 422].includes(inside.status))
    t.regex(inside.json.issue[0].expression[0], /^Bundle\.entry\[1\]/)
  }
  t.is(fake.versions.length, 0)
})

test('types that only R5 has are unknown here, and an R5 body that says so is refused whatever is in it', async (t) => {
  const { ask, fake } = await face(t)
  t.is((await ask('POST', 'InventoryItem', { resourceType: 'InventoryItem', status: 'active' })).status, 404)
  t.is((await ask('POST', '', bundle('transaction', post({ resourceType: 'InventoryItem', status: 'active' } as never)))).status, 400)
  const said = await ask('POST', 'Procedure', procedure(), { 'content-type': 'application/fhir+json; fhirVersion=5.0' })
  t.is(said.status, 415)
  t.regex(said.json.issue[0].diagnostics, /R4/)
  t.is(fake.versions.length, 0)
})

test('an element that R4 does not have is refused where it stands, and everything that is wrong is told at once', async (t) => {
  const { ask, fake } = await face(t)
  const answer = await ask('POST', 'Procedure', procedure({ colour: 'red', status: 'finished', subject: undefined, note: [] }))
  t.is(answer.status, 400)
  const places = answer.json.issue.map((each: Json) => each.expression[0] as string)
  for (const place of ['Procedure.status', 'Procedure.note']) t.true(places.includes(place), answer.text)
  t.true(
    answer.json.issue.some((each: Json) => /colour/.test(each.diagnostics as string)),
    answer.text,
  )
  t.is((await ask('POST', 'Procedure', procedure({ status: 'finished' }))).status, 422)
  t.is(fake.versions.length, 0)
})
