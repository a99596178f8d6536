import type { StructureDefinition } from './types.ts'

/**
 * Left out: what validation checks by itself (shape of elements and extensions, contained resources, narratives, local references, order of
 * periods, total order of quantities), names for code generators, and those that are about R4B.
 */
const OWN = /^(ele-1|ext-1|dom-.*|txt-.*|ref-1|per-1|rng-2|[a-z]+-0)$/

/** `[[path, key, human, FHIRPath]]`; path '' is the type itself. Errors only: a warning of the definitions is no reason to say anything. */
export function invariantsOf(structure: StructureDefinition): string {
  const lines = structure.snapshot.element.flatMap((element) =>
    (element.constraint ?? [])
      .filter(({ key, severity, expression }) => severity === 'error' && expression !== undefined && !OWN.test(key))
      .map(({ key, human, expression }) => [element.path.slice(structure.id.length + 1), key, human.trim(), expression]),
  )
  return JSON.stringify(lines)
}
