/** StructureDefinitions as compact JSON: path of the parent → its elements. */
export interface ElementDefinition {
  readonly path: string
  readonly min: number
  readonly max: string
  readonly contentReference?: string
  readonly type?: readonly {
    readonly code: string
    readonly targetProfile?: readonly string[]
    readonly extension?: readonly { readonly url: string; readonly valueUrl?: string }[]
  }[]
  readonly binding?: { readonly strength: string; readonly valueSet?: string }
  readonly constraint?: readonly { readonly key: string; readonly severity: string; readonly human: string; readonly expression?: string }[]
}
export interface StructureDefinition {
  readonly resourceType: string
  readonly id: string
  readonly kind: string
  readonly abstract?: boolean
  readonly derivation?: string
  readonly snapshot: { readonly element: readonly ElementDefinition[] }
}

export const lastOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1)
/** The value set's name in the table, of its canonical. */
export const valueSetName = (canonical: string): string => lastOf(canonical.replace(/\|.*$/, ''))

/**
 * `{"": [[name, min, max, types, binding?]], "focalDevice": [...]}`. max 0: any number. Types are separated by `,`: `code`,
 * `Reference(Device|Patient)`, `#focalDevice` for elements inside, and names of choices end with `[x]`.
 */
export function typeText(structure: StructureDefinition, bound: ReadonlyMap<string, string>): string {
  const groups: Record<string, (string | number)[][]> = { '': [] }
  for (const element of structure.snapshot.element.slice(1)) {
    const path = element.path.slice(structure.id.length + 1)
    const dot = path.lastIndexOf('.')
    const parent = dot < 0 ? '' : path.slice(0, dot)
    const { strength, valueSet } = element.binding ?? {}
    const name = strength === 'required' && valueSet !== undefined ? valueSetName(valueSet) : ''
    // R4 gives the ids of resources the type string by mistake; their definition says id (R4 §2.26.3.1).
    const types = structure.kind === 'resource' && path === 'id' ? 'id' : typesOf(element, path)
    const line = [path.slice(dot + 1), element.min, element.max === '*' ? 0 : Number(element.max), types]
    // Currencies cannot be counted out, but have a form.
    ;(groups[parent] ??= []).push(bound.has(name) || name === 'currencies' ? [...line, name] : line)
  }
  return JSON.stringify(groups)
}

/** Where R4's own examples contradict its definitions and R5 corrected these. */
const ERRATA: Readonly<Record<string, readonly string[]>> = { 'DeviceUseStatement.reasonReference': ['Procedure'] }

function typesOf(element: ElementDefinition, path: string): string {
  if (element.contentReference !== undefined) return `#${element.contentReference.replace(/^#[^.]*\./, '')}`
  return (element.type ?? [])
    .map(({ code, targetProfile, extension }) => {
      if (code === 'BackboneElement' || code === 'Element') return `#${path}`
      if (code.startsWith('http://hl7.org/fhirpath/')) return extension?.find(({ url }) => url.endsWith('structuredefinition-fhir-type'))?.valueUrl ?? 'string'
      const targets =
        code === 'Reference' ? [...(targetProfile ?? []).map(lastOf).filter((target) => target !== 'Resource'), ...(ERRATA[element.path] ?? [])] : []
      return targets.length === 0 ? code : `${code}(${targets.join('|')})`
    })
    .join(',')
}
