import test from 'ava'
import { loadProfiles, validateResource } from '../../../fhir/r4/index.ts'
import { PROCEDURE, read } from './sample.ts'

const BASE = 'http://example.org/fhir/StructureDefinition/'

const structure = (name: string, type: string, element: readonly object[], more: object = {}): string =>
  JSON.stringify({ resourceType: 'StructureDefinition', url: BASE + name, type, kind: 'resource', derivation: 'constraint', snapshot: { element }, ...more })

const IMPLANT = structure('implant', 'Procedure', [
  {
    id: 'Procedure',
    path: 'Procedure',
    min: 0,
    max: '*',
    constraint: [
      { key: 'imp-1', severity: 'error', human: 'A done implantation names its device.', expression: "status != 'completed' or focalDevice.exists()" },
    ],
  },
  {
    id: 'Procedure.status',
    path: 'Procedure.status',
    min: 1,
    max: '1',
    type: [{ code: 'code' }],
    binding: { strength: 'required', valueSet: `${BASE}done|1` },
  },
  { id: 'Procedure.category', path: 'Procedure.category', min: 0, max: '0', type: [{ code: 'CodeableConcept' }] },
  {
    id: 'Procedure.encounter',
    path: 'Procedure.encounter',
    min: 1,
    max: '1',
    type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Encounter'] }],
  },
  {
    id: 'Procedure.extension',
    path: 'Procedure.extension',
    min: 0,
    max: '*',
    type: [{ code: 'Extension' }],
    slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' },
  },
  { id: 'Procedure.extension:side', path: 'Procedure.extension', sliceName: 'side', min: 0, max: '1', type: [{ code: 'Extension', profile: [`${BASE}side`] }] },
  {
    id: 'Procedure.identifier',
    path: 'Procedure.identifier',
    min: 1,
    max: '*',
    type: [{ code: 'Identifier' }],
    slicing: { discriminator: [{ type: 'pattern', path: 'system' }], rules: 'closed' },
  },
  { id: 'Procedure.identifier:case', path: 'Procedure.identifier', sliceName: 'case', min: 1, max: '1', type: [{ code: 'Identifier' }] },
  {
    id: 'Procedure.identifier:case.system',
    path: 'Procedure.identifier.system',
    min: 1,
    max: '1',
    type: [{ code: 'uri' }],
    fixedUri: 'http://example.org/case',
  },
  { id: 'Procedure.identifier:case.value', path: 'Procedure.identifier.value', min: 1, max: '1', type: [{ code: 'string' }] },
  {
    id: 'Procedure.code',
    path: 'Procedure.code',
    min: 1,
    max: '1',
    type: [{ code: 'CodeableConcept' }],
    patternCodeableConcept: { coding: [{ system: 'http://snomed.info/sct' }] },
  },
  { id: 'Procedure.performed[x]', path: 'Procedure.performed[x]', min: 1, max: '1', type: [{ code: 'Period' }] },
  { id: 'Procedure.focalDevice', path: 'Procedure.focalDevice', min: 0, max: '*', type: [{ code: 'BackboneElement' }] },
  { id: 'Procedure.focalDevice.action', path: 'Procedure.focalDevice.action', min: 1, max: '1', type: [{ code: 'CodeableConcept' }] },
])
const SIDE = structure(
  'side',
  'Extension',
  [
    { id: 'Extension', path: 'Extension', min: 0, max: '*' },
    { id: 'Extension.url', path: 'Extension.url', min: 1, max: '1', fixedUri: `${BASE}side` },
    { id: 'Extension.value[x]', path: 'Extension.value[x]', min: 1, max: '1', type: [{ code: 'code' }] },
  ],
  { kind: 'complex-type' },
)
const DONE = JSON.stringify({
  resourceType: 'ValueSet',
  url: `${BASE}done`,
  compose: { include: [{ system: 'http://hl7.org/fhir/event-status', concept: [{ code: 'completed' }] }] },
})

const { profiles, problems } = loadProfiles([IMPLANT, SIDE, DONE])
const found = (changes: object): readonly string[] => {
  const profile = profiles.get(`${BASE}implant`)
  if (profile === undefined) throw new Error('not loaded')
  return validateResource(read({ ...PROCEDURE, ...changes }), { profiles: [profile] }).map(
    ({ code, expression, diagnostics }) => `${code} ${expression ?? ''}: ${diagnostics}`,
  )
}

test('a resource that keeps its profile has no issue', (t) => {
  t.deepEqual(problems, [])
  t.deepEqual(
    found({
      extension: [
        { url: `${BASE}side`, valueCode: 'left' },
        { url: 'http://example.org/other', valueString: 'x' },
      ],
    }),
    [],
  )
})

test('cardinality, types, codes and patterns of a profile are checked, each issue with its place and the profile', (t) => {
  t.deepEqual(found({ encounter: undefined }), [`required Procedure.encounter: encounter is required. (profile ${BASE}implant)`])
  t.regex(found({ category: { text: 'x' } })[0]!, /^structure Procedure.category: category is not allowed/)
  t.regex(found({ status: 'in-progress' })[0]!, /^code-invalid Procedure.status/)
  t.regex(found({ code: { text: 'x' } })[0]!, /^value Procedure.code: The value lacks/)
  t.regex(found({ performedPeriod: undefined, performedDateTime: '2026' })[0]!, /^structure Procedure.performed: Expected Period/)
  t.regex(found({ focalDevice: [{ manipulated: { reference: '#d' } }] })[0]!, /^required Procedure.focalDevice\[0\].action/)
})

test('slices are told apart by their discriminators, counted and checked', (t) => {
  t.regex(found({ identifier: [{ system: 'http://example.org/case' }] })[0]!, /^required Procedure.identifier\[0\].value: value is required/)
  t.regex(found({ identifier: [...PROCEDURE.identifier, ...PROCEDURE.identifier] })[0]!, /^structure Procedure.identifier: identifier:case repeats at most 1/)
  const others = found({ identifier: [{ system: 'http://example.org/other', value: '1' }] })
  t.regex(others[0]!, /^structure Procedure.identifier\[0\]: .*none of the slices/)
  t.regex(others[1]!, /^required Procedure.identifier: identifier:case is required/)
})

test('an extension that has a profile is checked by it', (t) => {
  t.regex(found({ extension: [{ url: `${BASE}side`, valueString: 'left' }] })[0]!, /^structure Procedure.extension\[0\].value: Expected code/)
})

test('invariants of a profile are evaluated', (t) => {
  t.regex(found({ focalDevice: undefined, contained: undefined })[0]!, /^invariant Procedure: .*imp-1/)
})

test('a file that is no JSON or has no snapshot is told, the others are loaded', (t) => {
  const loaded = loadProfiles(['{', structure('empty', 'Patient', []), SIDE])
  t.deepEqual(
    loaded.problems.map(({ file }) => file),
    [0, 1],
  )
  t.deepEqual([...loaded.profiles.keys()], [`${BASE}side`])
})

test('a profile of another type is no profile of this resource', (t) => {
  const profile = loadProfiles([structure('p', 'Patient', [{ id: 'Patient', path: 'Patient' }])]).profiles.get(`${BASE}p`)!
  t.regex(validateResource(read(PROCEDURE), { profiles: [profile] })[0]?.diagnostics ?? '', /The profile is of Patient/)
})
