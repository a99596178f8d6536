/** The language of channel files over HL7 v2: paths, conditions. */
export { parsePath } from './path.ts'
export type { Path, PathAnswer, PathMatch, PathProblem } from './path.ts'
export { compilePath, compileSource, groupScope, leaf, messageScope, readFirst } from './reader.ts'
export type { Reader, ReaderAnswer, Scope, SourceAnswer } from './reader.ts'
export { compileConditionOf } from './condition.ts'
export type { AskedPath, ConditionOf, ExpressionAnswerOf, ExpressionProblem, PathLanguage } from './condition.ts'
export { compileCondition } from './expression.ts'
export type { Condition, ExpressionAnswer } from './expression.ts'
