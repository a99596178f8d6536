import test from 'ava'
import { channelOf, compile, rule } from './samples.ts'
import type { RuleText } from './samples.ts'

const found = (how: RuleText, more = {}) =>
  compile(channelOf([rule(how)], more)).problems.map(({ message, path, suggestion }) => ({ at: path.join('.'), message, suggestion }))

test('an element that the resource does not have is named with the one that was meant', (t) => {
  t.like(found({ set: { serial: 'manipulated.resolve().serialNumbr' } }), [
    { at: 'map.0.set.serial.from', message: 'manipulated.resolve().serialNumbr: Device has no element serialNumbr', suggestion: 'serialNumber' },
  ])
  t.like(found({ forEach: 'Procedure.focalDevise' }), [{ at: 'map.0.for_each', suggestion: 'focalDevice' }])
  t.like(found({ when: 'v("Procedure.statut") == "completed"' }), [{ at: 'map.0.when', suggestion: 'status' }])
  t.like(found({ businessKey: ['%item.manipulatd'] }), [{ at: 'map.0.business_key.0', suggestion: 'manipulated' }])
})

test('for_each begins with a resource of R4', (t) => {
  t.like(found({ forEach: 'Procedur.focalDevice' })[0], { at: 'map.0.for_each', suggestion: 'Procedure' })
  t.regex(found({ forEach: null })[0]?.message ?? '', /which resource it is about/)
})

test('a syntax error has its column', (t) => {
  t.regex(found({ set: { lot: 'manipulated..display' } })[0]?.message ?? '', /column 13/)
  t.regex(found({ set: { lot: 'manipulated.display)' } })[0]?.message ?? '', /column 20/)
  t.regex(found({ set: { lot: 'manipulated.display foo' } })[0]?.message ?? '', /column 21.*foo/)
  t.regex(found({ set: { lot: "manipulated.where(display = 'x)" } })[0]?.message ?? '', /quotation has no end/)
})

test('an HL7 path in a FHIR channel is told what the channel reads', (t) => {
  t.regex(found({ set: { lot: 'FT1-7.1' } })[0]?.suggestion ?? '', /this channel reads FHIR/)
})

test('functions that would never end, or mean another thing tomorrow, are refused with the reason', (t) => {
  for (const path of ['Procedure.repeat(partOf)', 'Procedure.descendants()', 'today()', 'Procedure.note.text.matches(id)', "Procedure.id.matches('(?<=a)b')"])
    t.is(found({ set: { lot: path } }).length, 1, path)
  t.like(found({ set: { lot: 'Procedure.id.uper()' } }), [{ suggestion: 'upper' }])
  t.like(found({ set: { lot: '%resorce.id' } }), [{ suggestion: '%resource' }])
})

test('a way in that names no resource, or does not bring what a rule is about, is found', (t) => {
  const listen = (messages: readonly string[]) => ({
    listen: [{ type: 'fhir', messages, profiles: [], acknowledge: 'when-stored', ackTimeoutMs: 0, charset: 'utf-8', maxMessageBytes: 1 }],
  })
  t.like(found({}, listen(['Procedur', 'Procedure'])), [{ at: 'listen.fhir.resources.0', suggestion: 'Procedure' }])
  t.like(found({}, listen(['Device'])), [{ at: 'map.0.for_each' }])
})
