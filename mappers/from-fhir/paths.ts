/** Paths of a channel file compiled, their mistakes told where they stand. */
import type { Problems } from '../fields/index.ts'
import { checkNames, compileFhirCondition, compileFhirPath, textOfFound } from '../fhirpath/index.ts'
import type { FhirCondition, FhirPath, FhirScope, Kinds, PathCheck } from '../fhirpath/index.ts'

/** What the paths of a rule are read from. */
export class Reads {
  readonly resource: Kinds
  readonly #check: PathCheck
  constructor(resource: Kinds, item: Kinds) {
    this.resource = resource
    this.#check = checkNames(resource, item)
  }

  path(text: string, problems: Problems): FhirPath | null {
    const answer = compileFhirPath(text)
    const problem = answer.ok ? this.#check(answer.atom) : answer.problem
    if (answer.ok && problem === null) return answer.path
    problems.add('bad-path', `${text}: ${problem?.reason ?? ''}`, problem?.suggestion ?? hl7Hint(text))
    return null
  }

  condition(source: string, problems: Problems): FhirCondition | null {
    const answer = compileFhirCondition(source, this.#check)
    if (answer.ok) return answer.test
    problems.add(answer.problem.code, answer.problem.message, answer.problem.suggestion)
    return null
  }

  /** A path, or a literal after `=`: its first text. */
  part(text: string | null, problems: Problems): (scope: FhirScope) => string {
    if (text === null) return () => ''
    if (text.startsWith('=')) {
      const literal = text.slice(1)
      return () => literal
    }
    const path = this.path(text, problems)
    return path === null ? () => '' : (scope) => firstText(path, scope)
  }
}

/** First text that a path gives, or ''. */
export function firstText(path: FhirPath, scope: FhirScope): string {
  for (const found of path.find(scope)) {
    const text = textOfFound(found).trim()
    if (text !== '') return text
  }
  return ''
}

function hl7Hint(text: string): string | undefined {
  return /^[A-Z][A-Z0-9]{2}-\d/.test(text) ? 'this channel reads FHIR: write a FHIRPath such as Procedure.performed' : undefined
}
