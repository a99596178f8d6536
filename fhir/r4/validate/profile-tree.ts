/** Profiles as trees, from StructureDefinitions with a snapshot as packages hold them (`package/StructureDefinition-*.json`). */
import type { Json, JsonObject } from '../content.ts'
import { isArray, isObject, parseFhirJson } from '../json.ts'
import { valueSetOf } from '../tables.ts'
import type { Codes } from './codes.ts'
import { invariant } from './invariants.ts'
import type { Invariant } from './invariants.ts'

export interface ProfileNode {
  /** `value` for `value[x]`. */
  readonly name: string
  readonly choice: boolean
  min: number
  max: number
  types: readonly { readonly code: string; readonly profiles: readonly string[]; readonly targets: readonly string[] }[]
  fixed: Json | undefined
  pattern: Json | undefined
  codes: Codes | null
  invariants: readonly Invariant[]
  slicing: { readonly closed: boolean; readonly discriminators: readonly { readonly type: string; readonly path: string }[] } | null
  readonly children: Map<string, ProfileNode>
  readonly slices: Map<string, ProfileNode>
}

export interface Profile {
  readonly url: string
  /** Type that it constrains. */
  readonly type: string
  readonly root: ProfileNode
  /** The other profiles that were loaded with it, by URL: of extensions, datatypes and reference targets. */
  readonly others: ReadonlyMap<string, Profile>
}

export interface LoadedProfiles {
  readonly profiles: ReadonlyMap<string, Profile>
  /** Index of the file and what is wrong with it. */
  readonly problems: readonly { readonly file: number; readonly text: string }[]
}

/** Reads StructureDefinitions, and the ValueSets and CodeSystems that their required bindings name; other resources are passed over. */
export function loadProfiles(files: readonly string[]): LoadedProfiles {
  const problems: { file: number; text: string }[] = []
  const read: JsonObject[] = []
  files.forEach((text, file) => {
    const parsed = parseFhirJson(text)
    if (parsed.ok) read.push(parsed.value)
    else problems.push({ file, text: `${parsed.text} ${parsed.at}` })
  })
  const terms = new Map(read.filter(({ url }) => typeof url === 'string').map((each) => [text(each['url']), each]))
  const profiles = new Map<string, Profile>()
  for (const each of read) {
    if (each['resourceType'] !== 'StructureDefinition' || each['kind'] === 'logical') continue
    const snapshot = isObject(each['snapshot'] ?? null) ? (each['snapshot'] as JsonObject) : {}
    const elements = list(snapshot['element'])
    const file = files.findIndex((content) => content.includes(JSON.stringify(each['url'])))
    if (elements.length === 0) problems.push({ file, text: 'The StructureDefinition has no snapshot.' })
    else profiles.set(text(each['url']), { url: text(each['url']), type: text(each['type']), root: treeOf(elements, terms), others: profiles })
  }
  return { profiles, problems }
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const list = (value: Json | undefined): readonly JsonObject[] => (isArray(value) ? value.filter(isObject) : [])
const texts = (value: Json | undefined): readonly string[] => (isArray(value) ? value.map(text) : [])

function treeOf(elements: readonly JsonObject[], terms: ReadonlyMap<string, JsonObject>): ProfileNode {
  const root = nodeNamed('')
  for (const element of elements) {
    let node = root
    for (const segment of text(element['id']).split('.').slice(1)) {
      const [named = '', slice] = segment.split(':')
      const name = named.replace('[x]', '')
      node = childOf(node.children, name, named.endsWith('[x]'))
      if (slice !== undefined) node = childOf(node.slices, slice, named.endsWith('[x]'), name)
    }
    describe(node, element, terms)
  }
  return root
}

function childOf(among: Map<string, ProfileNode>, id: string, choice: boolean, name = id): ProfileNode {
  const known = among.get(id)
  if (known !== undefined) return known
  const made = nodeNamed(name, choice)
  among.set(id, made)
  return made
}

const nodeNamed = (name: string, choice = false): ProfileNode => ({
  name,
  choice,
  min: 0,
  max: Infinity,
  types: [],
  fixed: undefined,
  pattern: undefined,
  codes: null,
  invariants: [],
  slicing: null,
  children: new Map(),
  slices: new Map(),
})

/** Those of R4 itself were looked at already. */
const OF_BASE = /^(?:ele|ext|dom|txt|ref)-/

function describe(node: ProfileNode, element: JsonObject, terms: ReadonlyMap<string, JsonObject>): void {
  node.min = typeof element['min'] === 'number' ? element['min'] : 0
  node.max = text(element['max']) === '*' || element['max'] === undefined ? Infinity : Number(element['max'])
  node.types = list(element['type']).map((each) => ({ code: text(each['code']), profiles: texts(each['profile']), targets: texts(each['targetProfile']) }))
  for (const [key, value] of Object.entries(element)) {
    if (/^fixed[A-Z]/.test(key)) node.fixed = value
    if (/^pattern[A-Z]/.test(key)) node.pattern = value
  }
  const binding = isObject(element['binding'] ?? null) ? (element['binding'] as JsonObject) : {}
  if (binding['strength'] === 'required') node.codes = codesOf(text(binding['valueSet']).replace(/\|.*$/, ''), terms)
  node.invariants = list(element['constraint'])
    .filter((each) => each['severity'] === 'error' && typeof each['expression'] === 'string' && !OF_BASE.test(text(each['key'])))
    .map((each) => invariant(text(each['key']), text(each['human']), text(each['expression'])))
  const slicing = isObject(element['slicing'] ?? null) ? (element['slicing'] as JsonObject) : null
  if (slicing !== null)
    node.slicing = {
      closed: slicing['rules'] === 'closed',
      discriminators: list(slicing['discriminator']).map((each) => ({ type: text(each['type']), path: text(each['path']) })),
    }
}

/** Codes of a value set that is in the package, or that R4's definitions have; null: it can't be counted out here. */
function codesOf(url: string, terms: ReadonlyMap<string, JsonObject>): Codes | null {
  const set = terms.get(url)
  if (set === undefined) return url.startsWith('http://hl7.org/fhir/ValueSet/') ? valueSetOf(url.slice(url.lastIndexOf('/') + 1)) : null
  const compose = isObject(set['compose'] ?? null) ? (set['compose'] as JsonObject) : {}
  if (compose['exclude'] !== undefined) return null
  const codes = new Map<string, ReadonlySet<string>>()
  for (const include of list(compose['include'])) {
    const system = text(include['system'])
    if (include['filter'] !== undefined || include['valueSet'] !== undefined) return null
    const own = list(include['concept'])
    const whole = terms.get(system)
    if (own.length === 0 && whole?.['content'] !== 'complete') return null
    const found = own.length > 0 ? own.map((each) => text(each['code'])) : conceptsOf(list(whole?.['concept']))
    codes.set(system, new Set([...(codes.get(system) ?? []), ...found]))
  }
  return codes.size === 0 ? null : codes
}

const conceptsOf = (concepts: readonly JsonObject[]): readonly string[] =>
  concepts.flatMap((each) => [text(each['code']), ...conceptsOf(list(each['concept']))])
