import { valueSetName } from './types.ts'
import type { StructureDefinition } from './types.ts'

interface Concept {
  readonly code: string
  readonly concept?: readonly Concept[]
}
interface Terminology {
  readonly resourceType: string
  readonly url: string
  readonly content?: string
  readonly concept?: readonly Concept[]
  readonly compose?: {
    readonly include: readonly { readonly system?: string; readonly concept?: readonly Concept[]; readonly filter?: unknown; readonly valueSet?: unknown }[]
    readonly exclude?: unknown
  }
}

/** Name → codes, of every value set that an element must take its codes from and that can be counted out (mime types, currencies and UCUM cannot). */
export function valueSetTexts(structures: readonly StructureDefinition[], terminology: readonly object[]): ReadonlyMap<string, string> {
  const all = terminology as readonly Terminology[]
  const sets = new Map(all.filter(({ resourceType }) => resourceType === 'ValueSet').map((each) => [each.url, each]))
  const systems = new Map(all.filter(({ resourceType }) => resourceType === 'CodeSystem').map((each) => [each.url, each]))
  const texts = new Map<string, string>()
  for (const structure of structures) {
    for (const { binding } of structure.snapshot.element) {
      if (binding?.strength !== 'required' || binding.valueSet === undefined) continue
      const name = valueSetName(binding.valueSet)
      const text = textOf(sets.get(binding.valueSet.replace(/\|.*$/, '')), systems)
      if (text !== null) texts.set(name, text)
    }
  }
  return new Map([...texts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function textOf(set: Terminology | undefined, systems: ReadonlyMap<string, Terminology>): string | null {
  if (set?.compose === undefined || set.compose.exclude !== undefined) return null
  const lines: string[] = []
  for (const { system, concept, filter, valueSet } of set.compose.include) {
    const whole = system === undefined ? undefined : systems.get(system)
    if (system === undefined || filter !== undefined || valueSet !== undefined) return null
    if (concept === undefined && whole?.content !== 'complete') return null
    const codes = codesOf(concept ?? whole?.concept ?? [])
    if (codes.length === 0 || codes.some((code) => /\s/.test(code))) return null
    lines.push([system, ...codes].join(' '))
  }
  return lines.length === 0 ? null : lines.join('\n')
}

const codesOf = (concepts: readonly Concept[]): readonly string[] => concepts.flatMap(({ code, concept }) => [code, ...codesOf(concept ?? [])])
