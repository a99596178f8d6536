import test from 'ava'
import type { Reader } from '../../../channels/contract/index.ts'
import { TOKEN, house } from '../../server/api/house.ts'
import { asker, bundle, face, procedure } from './face.ts'
import type { Json } from './face.ts'
import { createFake } from './fake.ts'

const header = (more: Record<string, unknown> = {}) => ({
  resource: {
    resourceType: 'MessageHeader',
    id: 'm-1',
    eventUri: 'urn:test:implants',
    source: { name: 'EHR', endpoint: 'https://ehr.example/fhir' },
    focus: [{ reference: 'urn:uuid:p' }],
    ...more,
  },
})
const message = (more: Record<string, unknown> = {}) => ({
  ...bundle(
    'message',
    header(),
    { fullUrl: 'urn:uuid:p', resource: procedure({ id: 'p-7', focalDevice: [{ manipulated: { reference: 'urn:uuid:d' } }] }) },
    { fullUrl: 'urn:uuid:d', resource: { resourceType: 'Device', id: 'd-7' } },
  ),
  id: 'b-1',
  ...more,
})

test('a message whose focus is not in it is refused: what it tells would be lost', async (t) => {
  const { ask, fake } = await face(t)
  const answer = await ask(
    'POST',
    '$process-message',
    bundle('message', header({ focus: [{ reference: 'urn:uuid:p' }, { reference: 'urn:uuid:none' }] }), {
      fullUrl: 'urn:uuid:p',
      resource: procedure({ id: 'p-7' }),
    }),
  )
  const [reply, outcome] = answer.json.entry.map((each: Json) => each.resource)
  t.deepEqual([answer.status, reply.response.code], [422, 'fatal-error'])
  t.deepEqual(outcome.issue[0].expression, ['Bundle.entry[0].resource.focus[1]'])
  t.is(fake.messages.length, 0)
})

for (const path of ['$process-message', '']) {
  test(`a message to /${path} is told to the channels and answered by a message`, async (t) => {
    const { ask, fake, base } = await face(t)
    const answer = await ask('POST', path, message())
    t.is(answer.status, 200)
    const [reply] = answer.json.entry.map((each: Json) => each.resource)
    t.is(answer.json.type, 'message')
    t.like(reply, { resourceType: 'MessageHeader', eventUri: 'urn:test:implants', response: { identifier: 'm-1', code: 'ok' } })
    t.is(reply.source.endpoint, base)
    t.is(reply.destination[0].endpoint, 'https://ehr.example/fhir')
    const request = fake.messages[0]?.request
    t.like(request, { controlId: 'm-1', interaction: 'message', types: ['Procedure', 'Device'], writes: [] })
    const content = request?.content as Json
    t.is(content.server, 'https://ehr.example/fhir')
    t.deepEqual(
      content.told.map((each: Json) => `${each.type as string}/${each.id as string}`),
      ['Procedure/p-7', 'Device/d-7'],
    )
    t.is(content.resolve('urn:uuid:d').id, 'd-7')
  })
}

test('trap 68: the same MessageHeader.id is answered as the first time and told once', async (t) => {
  const { ask, fake } = await face(t)
  const first = await ask('POST', '$process-message', message())
  const again = await ask('POST', '$process-message', message())
  t.deepEqual([again.status, again.text], [200, first.text])
  const otherEnvelope = await ask('POST', '$process-message', message({ id: 'b-2' }))
  t.deepEqual([otherEnvelope.status, otherEnvelope.text], [200, first.text])
  t.is(fake.messages.length, 1)
})

test('the same MessageHeader.id in many envelopes at once is told once', async (t) => {
  const fake = createFake()
  // What is read is told a moment later, as by a store: all of them ask before the first is written.
  const messages: Reader['messages'] = async (query) => {
    const found = await fake.reader.messages?.(query)
    await new Promise((wake) => setTimeout(wake, 20))
    return found ?? { items: [], next: null }
  }
  const { url } = await house(t, { reader: { ...fake.reader, messages }, control: fake.control })
  const { ask } = asker(`${url}/fhir`, TOKEN)
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => ask('POST', '$process-message', message({ id: `b-${String(n % 3)}` }))))
  t.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.is(new Set(answers.map(({ text }) => text)).size, 1)
  t.is(fake.messages.length, 1)
})

test('a message that was refused is taken when it is sent again', async (t) => {
  const { ask, fake } = await face(t)
  fake.refuseNext = { fault: { code: 'STORE_FULL', text: 'The disk is full.' }, retry: true }
  const refused = await ask('POST', '$process-message', message())
  t.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '2'])
  t.is(refused.json.entry[0].resource.response.code, 'transient-error')
  t.is(refused.json.entry[1].resource.resourceType, 'OperationOutcome')
  t.is(refused.json.entry[0].resource.response.details.reference, refused.json.entry[1].fullUrl)
  fake.refuseNext = { fault: { code: 'INTERNAL', text: 'No quantity.' }, retry: false }
  const fatal = await ask('POST', '$process-message', message())
  t.deepEqual([fatal.status, fatal.json.entry[0].resource.response.code], [422, 'fatal-error'])
  fake.refuseNext = null
  t.is((await ask('POST', '$process-message', message({ id: 'b-2' }))).status, 200)
})

test('what is no message, and what asks for an answer later, is refused', async (t) => {
  const { ask, fake } = await face(t)
  t.is((await ask('POST', '$process-message', bundle('transaction'))).status, 400)
  const headless = await ask('POST', '$process-message', bundle('message', { resource: procedure() }, header()))
  t.deepEqual([headless.status, headless.json.issue[0].expression], [400, ['Bundle.entry[0].resource']])
  const later = await ask('POST', '$process-message?async=true', message())
  t.deepEqual([later.status, later.json.issue[0].code], [400, 'not-supported'])
  t.is((await ask('POST', '$process-message', bundle('message', header({ id: undefined })))).status, 400)
  t.is((await ask('GET', '$process-message')).status, 405)
  t.is(fake.messages.length, 0)
})
