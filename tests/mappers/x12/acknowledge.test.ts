import test from 'ava'
import * as independent from 'node-x12'
import { readInterchange, x12Format } from '../../../mappers/x12/index.ts'
import { acknowledgement, AT, interchange, INVOICE, invoice, received } from './samples.ts'

const take = (text: string) => x12Format.read(Buffer.from(text), { charset: 'MSH-18' })
const answer = (text: string, code: 'AA' | 'AE' | 'AR' = 'AA', fault?: Parameters<ReturnType<typeof take>['acknowledge']>[1]['fault']) =>
  Buffer.from(take(text).acknowledge(code, fault ? { at: AT, id: 'm0001', fault } : { at: AT, id: 'm0001' })).toString()
const segments = (text: string) =>
  text
    .split('~')
    .map((segment) => segment.trim())
    .filter((segment) => /^(AK|TA1)/.test(segment))

/** What an independent parser makes of it: id and elements of each transaction. */
function independently(text: string) {
  const parsed = new independent.X12Parser(true).parse(text) as independent.X12Interchange
  return parsed.functionalGroups.map((group) =>
    group.transactions.map((one) => one.segments.map(({ elements, tag }) => [tag, ...elements.map(({ value }) => value)].join('*'))),
  )
}

test('a good interchange gets a 997 that an independent parser reads too, with the parties turned round', (t) => {
  const text = answer(interchange([[invoice, { ...invoice, control: '0002' }], [acknowledgement]]))
  t.deepEqual(segments(text), [
    'AK1*IN*17',
    'AK2*810*0001',
    'AK5*A',
    'AK2*810*0002',
    'AK5*A',
    'AK9*A*2*2*2',
    'AK1*PR*18',
    'AK2*855*0001',
    'AK5*A',
    'AK9*A*1*1*1',
  ])
  const read = readInterchange(text)
  t.is(read?.note, '000')
  t.deepEqual(
    read?.header.slice(4, 8).map((value) => value.trim()),
    ['ZZ', 'NORTHGATE', 'ZZ', 'ACMEMED'],
  )
  t.deepEqual(read?.groups[0]?.header.slice(0, 3), ['FA', 'NORTHGATE', 'ACMEMED'])
  t.is(independently(text)[0]?.length, 2)
  t.deepEqual(independently(text)[0]?.[0], ['AK1*IN*17', 'AK2*810*0001', 'AK5*A', 'AK2*810*0002', 'AK5*A', 'AK9*A*2*2*2'])
})

test('a broken transaction is rejected with the segment and element, the good one accepted: the group partly', (t) => {
  const broken = { set: '810', control: '0002', segments: INVOICE.map((segment) => segment.replace('TDS*22425', 'TDS*x')) }
  const text = interchange([[invoice, broken]])
  t.is(take(text).fault, null)
  t.deepEqual(segments(answer(text)), ['AK1*IN*17', 'AK2*810*0001', 'AK5*A', 'AK2*810*0002', 'AK3*TDS*13**8', 'AK4*1*610*6', 'AK5*R*5', 'AK9*P*2*2*1'])
})

test('an interchange of which nothing can be used is a fault, and its 997 rejects all', (t) => {
  const text = interchange([[{ set: '810', segments: ['BIG*20260309*I-1'] }]])
  t.like(take(text).fault, { code: 'NOT_X12' })
  const fault = take(text).fault ?? undefined
  t.deepEqual(segments(answer(text, 'AR', fault)).at(-1), 'AK9*R*1*1*0')
})

test('a set that the channel does not take is rejected as not supported', (t) => {
  const text = answer(interchange([[invoice]]), 'AR', { code: 'UNKNOWN_TYPE', text: 'no' })
  t.deepEqual(segments(text), ['AK1*IN*17', 'AK2*810*0001', 'AK5*R*1', 'AK9*R*1*1*0'])
})

test('a broken envelope gets a TA1 that rejects it and no 997', (t) => {
  const text = interchange([[invoice]]).replace('IEA*1*000000017', 'IEA*1*000000018')
  t.deepEqual(segments(answer(text, 'AR', take(text).fault ?? undefined)), ['TA1*000000017*260310*0915*R*001'])
})

test('a TA1 is given when ISA14 asks for one', (t) => {
  t.deepEqual(segments(answer(interchange([[invoice]], { acknowledge: '1' })))[0], 'TA1*000000017*260310*0915*A*000')
})

test('a 997 is never answered by a 997', (t) => {
  t.is(answer(interchange([[received]])), '')
  t.deepEqual(segments(answer(interchange([[received], [invoice]]))), ['AK1*IN*18', 'AK2*810*0001', 'AK5*A', 'AK9*A*1*1*1'])
})

test('a refusal that will pass is words, not a 997 that a partner would take for the last one', (t) => {
  t.regex(answer(interchange([[invoice]]), 'AR', { code: 'STORE_FULL', text: 'full' }), /^AGAIN /)
  t.regex(Buffer.from(take('hello').acknowledge('AR', { at: AT, id: 'm1', fault: { code: 'NOT_X12', text: 'no' } })).toString(), /^REFUSED NOT_X12/)
})

test('the answer is in the sender’s separators and version', (t) => {
  const text = interchange([[invoice]], { version: '00501', repetition: '^', gs: '005010' }).replaceAll('*', '|')
  const read = readInterchange(answer(text))
  t.deepEqual([read?.delimiters.element, read?.header[11], read?.groups[0]?.header[7], read?.note], ['|', '00501', '005010', '000'])
})

test('control id, sender and type tell one interchange from another', (t) => {
  t.like(take(interchange([[invoice]])), { controlId: '000000017/17', sender: 'ZZ:ACMEMED|ACMEMED', type: '810', fault: null })
  t.is(take(interchange([[invoice], [acknowledgement]])).type, '810+855')
  t.is(take('no x12').fault?.code, 'NOT_X12')
})

test('an interchange for another receiver is refused with TA1 008, and no 997 goes out in the other’s name', (t) => {
  const text = interchange([[invoice]])
  const ours = x12Format.read(Buffer.from(text), { charset: 'MSH-18', receivers: ['NORTHGATE'] })
  const theirs = x12Format.read(Buffer.from(text), { charset: 'MSH-18', receivers: ['SOUTHGATE'] })
  t.is(ours.fault, null)
  t.is(theirs.fault?.code, 'NOT_X12')
  t.deepEqual(segments(Buffer.from(theirs.acknowledge('AR', { at: AT, id: 'm1' })).toString()), ['TA1*000000017*260310*0915*R*008'])
})

test('a version that the dictionary does not know is refused in AK9 (AK905 = 2)', (t) => {
  const text = interchange([[invoice]], { gs: '003040' })
  t.is(take(text).fault?.code, 'NOT_X12')
  t.true(segments(answer(text, 'AE')).includes('AK9*R*1*1*0*2'))
  t.is(take(interchange([[invoice]], { gs: '005010X221' })).fault, null)
})
