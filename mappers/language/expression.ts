/** Conditions over HL7 paths: `v(path)`, `n(path)`, `exists(path or segment)`, `count(segment)`. */
import { compileConditionOf } from './condition.ts'
import type { AskedPath, ConditionOf, ExpressionAnswerOf, PathLanguage } from './condition.ts'
import { compilePath, segmentFinder } from './reader.ts'
import type { Scope } from './reader.ts'

export type Condition = ConditionOf<Scope>
export type ExpressionAnswer = ExpressionAnswerOf<Scope>

const SEGMENT = /^[A-Z][A-Z0-9]{2}$/

const HL7_PATHS: PathLanguage<Scope> = {
  written: (call) => `one HL7 path, written as text: ${call}("FT1-6.1")`,
  number: /^[+-]?\d+(\.\d*)?$/,
  notNumber: 'n() met a text that is no HL7 number (digits, a point, a sign).',
  compile(path, call) {
    if (SEGMENT.test(path) && (call === 'exists' || call === 'count')) return { ok: true, path: segmentPath(path) }
    if (call === 'count') return { ok: false, code: 'bad-expression', reason: 'count() takes the name of a segment: count("FT1")' }
    const answer = compilePath(path)
    if (!answer.ok) return { ok: false, code: 'bad-path', ...answer.problem }
    const { reader } = answer
    return { ok: true, path: { text: (scope) => reader.read(scope), exists: (scope) => reader.read(scope) !== '', count: () => 0 } }
  },
}

/** Compiles and type-checks a condition. Never throws. */
export function compileCondition(source: string): ExpressionAnswer {
  return compileConditionOf(source, HL7_PATHS)
}

function segmentPath(segment: string): AskedPath<Scope> {
  const find = segmentFinder(segment, null)
  return { text: () => '', exists: (scope) => find(scope) >= 0, count: (scope) => countOf(scope, segment) }
}

function countOf(scope: Scope, segment: string): number {
  const inGroup = scope.anchor === '' || scope.anchor === segment ? 0 : scope.message.count(segment, scope.start, scope.end)
  if (inGroup > 0) return inGroup
  return scope.anchor === '' || scope.anchor === segment ? scope.message.count(segment) : outsideCount(scope, segment)
}

/** Of a segment that this group lacks, what stands outside all groups counts. */
function outsideCount({ message, groups }: Scope, segment: string): number {
  const inside = groups.reduce((sum, group) => sum + message.count(segment, group.start, group.end), 0)
  return message.count(segment) - inside
}
