/** Conditions over FHIRPath: `v("status")`, `n("quantity.value")`, `exists("focalDevice")`, `count("focalDevice")`. */
import { compileConditionOf } from '../language/index.ts'
import type { ConditionOf, ExpressionAnswerOf, PathLanguage } from '../language/index.ts'
import { compileFhirPath } from './path.ts'
import type { Found } from './path.ts'
import type { PathCheck } from './names.ts'
import type { FhirScope } from './scope.ts'

export type FhirCondition = ConditionOf<FhirScope>

/** Text of a value: a code, a number as it was sent, the code of a Coding or CodeableConcept, a reference; '' for what is none of these. */
export function textOfFound({ lexeme, value }: Found): string {
  if (lexeme !== undefined) return lexeme
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object' || value === null) return ''
  const { code, coding, reference, value: inner } = value as Readonly<Record<string, unknown>>
  const first = Array.isArray(coding)
    ? (coding as readonly unknown[]).map((each) => (each as { code?: unknown } | null)?.code).find((each) => typeof each === 'string')
    : undefined
  const text = first ?? code ?? reference ?? inner
  return typeof text === 'string' ? text : ''
}

const language = (check: PathCheck): PathLanguage<FhirScope> => ({
  written: (call) => `one FHIRPath, written as text: ${call}("Procedure.status")`,
  number: /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/,
  notNumber: 'n() met a text that is no number.',
  compile(text) {
    const answer = compileFhirPath(text)
    if (!answer.ok) return { ok: false, code: 'bad-path', ...answer.problem }
    const unknown = check(answer.atom)
    if (unknown) return { ok: false, code: 'bad-path', ...unknown }
    const { path } = answer
    return {
      ok: true,
      path: {
        text: (scope) =>
          path
            .find(scope)
            .map(textOfFound)
            .find((each) => each !== '') ?? '',
        exists: (scope) => path.find(scope).some(({ value }) => value !== false),
        count: (scope) => path.find(scope).length,
      },
    }
  },
})

export function compileFhirCondition(source: string, check: PathCheck = () => null): ExpressionAnswerOf<FhirScope> {
  return compileConditionOf(source, language(check))
}
