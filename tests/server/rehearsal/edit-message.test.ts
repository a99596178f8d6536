import test from 'ava'
import { differences, writePath } from '../../../server/rehearsal/contained.ts'
import { editMessage } from '../../../server/rehearsal/edit-message.ts'

const SAMPLE = 'MSH|^~\\&|A|B\nPID|1||X^^^N~Y^^^M\nFT1|1|a\nFT1|2|b|c&d^e\n'

test('a field, repetition, component and subcomponent are changed where the path says', (t) => {
  const edit = (set: Record<string, string>) => {
    const found = editMessage(SAMPLE, set)
    return found.ok ? found.text : found.text
  }
  t.is(edit({ 'FT1(2)-3.1.2': 'Z' }), 'MSH|^~\\&|A|B\rPID|1||X^^^N~Y^^^M\rFT1|1|a\rFT1|2|b|c&Z^e\r')
  t.is(edit({ 'PID-3[2].1': 'Q' }).split('\r')[1], 'PID|1||X^^^N~Q^^^M')
  t.is(edit({ 'PID-3': '' }).split('\r')[1], 'PID|1||')
  t.is(edit({ 'FT1-6': 'CG' }).split('\r')[2], 'FT1|1|a||||CG')
  t.is(edit({ 'MSH-4': 'C', 'MSH-10': 'ID' }).split('\r')[0], 'MSH|^~\\&|A|C||||||ID')
})

test('a path that leads nowhere is told', (t) => {
  t.deepEqual(editMessage(SAMPLE, { 'PID.3': '' }), { ok: false, text: '“PID.3” is not a path like PID-3.1 or FT1(2)-7' })
  t.deepEqual(editMessage(SAMPLE, { 'FT1(3)-1': '' }), { ok: false, text: 'the message has no FT1(3)' })
})

test('an expectation is contained when every part of it is; every difference is told with its path', (t) => {
  const actual = [{ type: 'SupplyUsed', quantity: { value: '1', unit: 'EA' }, lot: 'A' }]
  t.deepEqual(differences([{ quantity: { value: '1' } }], actual), [])
  t.deepEqual(differences([{ quantity: { value: 1 } }], actual), [])
  t.deepEqual(differences([{ serial: null }], actual), [])
  const found = differences([{ type: 'SupplyWasted', quantity: { value: '2' } }, { type: 'X' }], actual, ['events'])
  t.deepEqual(
    found.map((one) => [writePath(one.path), one.expected, one.actual]),
    [
      ['events[0].type', 'SupplyWasted', 'SupplyUsed'],
      ['events[0].quantity.value', '2', '1'],
      ['events[1]', { type: 'X' }, undefined],
    ],
  )
  t.deepEqual(
    differences([], actual, ['events']).map((one) => writePath(one.path)),
    ['events[0]'],
  )
})
