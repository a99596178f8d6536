import test from 'ava'
import { operationOutcome, parseFhirJson, referencesOf, rewriteReferences, writeFhirJson } from '../../../fhir/r4/index.ts'
import type { JsonObject } from '../../../fhir/r4/index.ts'

const OLD = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a'
const toPatient = (reference: string): string | undefined => (reference === OLD || reference === 'Patient?identifier=a|1' ? 'Patient/7' : undefined)

const SAMPLE = `{"resourceType":"Procedure","id":"${OLD}","subject":{"reference":"${OLD}"},"performer":[{"actor":{"reference":"Patient?identifier=a|1"}},{"actor":{"reference":"Device/1"}}],
 "text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><a href=\\"${OLD}\\">see ${OLD}</a><img src='${OLD}'/></div>"},
 "extension":[{"url":"http://example.org/a","valueReference":{"reference":"${OLD}"}},{"url":"http://example.org/b","valueUri":"${OLD}"},{"url":"http://example.org/d","valueDecimal":1.50}],
 "instantiatesCanonical":["${OLD}|2.0"],"_status":{"extension":[{"url":"http://example.org/c","valueReference":{"reference":"${OLD}"}}]},
 "identifier":[{"system":"urn:ietf:rfc:3986","value":"${OLD}"}],"contained":[{"resourceType":"Device","patient":{"reference":"${OLD}"}}]}`

const sample = (): JsonObject => {
  const parsed = parseFhirJson(SAMPLE)
  if (!parsed.ok) throw new Error(parsed.text)
  return parsed.value
}

test('every reference is found with the FHIRPath of its element', (t) => {
  t.deepEqual(
    referencesOf(sample()).map(({ path, reference }) => `${path}=${reference === OLD ? 'old' : reference}`),
    [
      'Procedure.subject=old',
      'Procedure.performer[0].actor=Patient?identifier=a|1',
      'Procedure.performer[1].actor=Device/1',
      'Procedure.extension[0].valueReference=old',
      'Procedure.status.extension[0].valueReference=old',
      'Procedure.contained[0].patient=old',
    ],
  )
})

test('a link is rewritten in references, extensions, primitive extensions, canonicals, contained resources and narrative links', (t) => {
  const text = writeFhirJson(rewriteReferences(sample(), toPatient))
  t.is(text.split('Patient/7').length - 1, 9)
  t.true(text.includes('"instantiatesCanonical":["Patient/7|2.0"]'))
  t.true(text.includes(`<a href=\\"Patient/7\\">see ${OLD}</a><img src='Patient/7'/>`), 'the text between the tags is no link')
  t.true(text.includes('"valueDecimal":1.50'), 'decimals keep their characters')
})

test('ids and identifier values are no links, and the original is left as it was', (t) => {
  const original = sample()
  const rewritten = rewriteReferences(original, toPatient)
  t.is(rewritten['id'], OLD)
  t.deepEqual(rewritten['identifier'], original['identifier'])
  t.is(writeFhirJson(original), writeFhirJson(sample()))
})

test('an OperationOutcome lists each issue with its expression, and says so when there is none', (t) => {
  t.deepEqual(operationOutcome([{ severity: 'warning', code: 'value', diagnostics: 'odd', expression: 'Device.type' }]).issue, [
    { severity: 'warning', code: 'value', diagnostics: 'odd', expression: ['Device.type'] },
  ])
  t.is(operationOutcome([]).issue?.[0]?.severity, 'information')
  t.deepEqual(operationOutcome('invalid', 'no').issue, [{ severity: 'error', code: 'invalid', diagnostics: 'no' }])
})
