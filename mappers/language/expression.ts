/**
 * CEL over paths, for `accept`, `when` and `minus`. Functions: `v(path)` the text, `n(path)` the number (NaN for a blank, so that
 * every comparison with it is false), `exists(path or segment)`, `count(segment)`. Paths are literals and compiled with the
 * expression; `matches` runs on RE2, which is linear in its input, so that no pattern can hang the engine.
 */
import { Environment } from '@marcbachmann/cel-js'
import type { ASTNode } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'
import { AqueductError } from '../../channels/contract/index.ts'
import { plainReason, typeInWords } from './plain-words.ts'
import { compilePath, segmentFinder } from './reader.ts'
import type { Scope } from './reader.ts'

export interface ExpressionProblem {
  readonly code: 'bad-expression' | 'bad-path'
  /** With the expression and a caret under the place. */
  readonly message: string
  readonly suggestion?: string
}

/** A condition. Throws {@link AqueductError} MAPPING_FAILED when it cannot be evaluated on this message. */
export type Condition = (scope: Scope) => boolean

export type ExpressionAnswer = { readonly ok: true; readonly test: Condition } | { readonly ok: false; readonly problem: ExpressionProblem }

const SEGMENT = /^[A-Z][A-Z0-9]{2}$/
const NUMBER = /^[+-]?\d+(\.\d*)?$/

/** Stands for `matches` in the source that CEL sees; of the same length, so that places stay. */
const LINEAR = 'matchRe'

interface Parts {
  readonly texts: Map<string, (scope: Scope) => string>
  readonly presence: Map<string, (scope: Scope) => boolean>
  readonly patterns: Map<string, RE2JS>
  scope: Scope | null
}

/** Compiles and type-checks a condition. Never throws. */
export function compileCondition(source: string): ExpressionAnswer {
  try {
    const first = createEnvironment(null).parse(source)
    const calls: ASTNode[] = []
    collectCalls(first.ast, calls)
    const parts: Parts = { texts: new Map(), presence: new Map(), patterns: new Map(), scope: null }
    for (const call of calls) {
      const problem = prepareCall(call, parts, source)
      if (problem) return { ok: false, problem }
    }
    const program = createEnvironment(parts).parse(linear(source, calls))
    const checked = program.check()
    if (!checked.valid) return refuse(source, checked.error?.summary ?? 'the types do not fit', checked.error?.range?.start ?? 0)
    if (checked.type !== 'bool')
      return refuse(source, `a condition gives true or false; this gives ${checked.type === undefined ? 'something else' : typeInWords(checked.type)}`, 0)
    return { ok: true, test: (scope) => evaluate(program, parts, scope) }
  } catch (error) {
    const { summary, range } = error as { summary?: string; range?: { start: number } }
    return refuse(source, summary ?? 'it cannot be read', range?.start ?? 0)
  }
}

function evaluate(program: () => unknown, parts: Parts, scope: Scope): boolean {
  parts.scope = scope
  try {
    return program() === true
  } catch (error) {
    if (error instanceof AqueductError) throw error
    const { code } = error as { code?: unknown }
    throw new AqueductError('MAPPING_FAILED', `The expression cannot be evaluated on this message${typeof code === 'string' ? ` (${code})` : ''}.`)
  } finally {
    parts.scope = null
  }
}

function createEnvironment(parts: Parts | null): Environment {
  const text = (path: string): string => (parts?.scope ? (parts.texts.get(path)?.(parts.scope) ?? '') : '')
  const numbers = (a: number | bigint, b: number | bigint, apply: (x: number, y: number) => number): number => apply(Number(a), Number(b))
  const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 } })
    .registerFunction('v(string): string', text)
    .registerFunction('n(string): double', (path: string) => numberOf(text(path), path))
    .registerFunction('exists(string): bool', (path: string) => parts?.scope != null && parts.presence.get(path)?.(parts.scope) === true)
    .registerFunction('count(string): int', (segment: string) => countOf(parts?.scope ?? null, segment))
    .registerFunction(`string.${LINEAR}(string): bool`, (value: string, pattern: string) => parts?.patterns.get(pattern)?.test(value) === true)
    .registerOperator('double == int: bool', (a: number, b: bigint) => a === Number(b))
  for (const [operator, apply] of ARITHMETIC) {
    environment.registerOperator(`double ${operator} int: double`, (a: number, b: bigint) => numbers(a, b, apply))
    environment.registerOperator(`int ${operator} double: double`, (a: bigint, b: number) => numbers(a, b, apply))
  }
  return environment
}

const ARITHMETIC: readonly [string, (a: number, b: number) => number][] = [
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
]

function numberOf(text: string, path: string): number {
  if (text === '') return Number.NaN
  if (!NUMBER.test(text)) throw new AqueductError('MAPPING_FAILED', 'n() met a text that is no HL7 number (digits, a point, a sign).', { place: path })
  return Number(text)
}

function countOf(scope: Scope | null, segment: string): bigint {
  if (scope === null) return 0n
  const inGroup = scope.anchor === '' || scope.anchor === segment ? 0 : scope.message.count(segment, scope.start, scope.end)
  return BigInt(inGroup > 0 ? inGroup : scope.anchor === '' || scope.anchor === segment ? scope.message.count(segment) : outsideCount(scope, segment))
}

/** Of a segment that this group lacks, what stands outside all groups counts. */
function outsideCount({ message, groups }: Scope, segment: string): number {
  const inside = groups.reduce((sum, group) => sum + message.count(segment, group.start, group.end), 0)
  return message.count(segment) - inside
}

function collectCalls(node: unknown, calls: ASTNode[]): void {
  if (Array.isArray(node)) for (const part of node) collectCalls(part, calls)
  else if (typeof node === 'object' && node !== null && 'op' in node && 'args' in node) {
    const call = node as ASTNode
    if (call.op === 'call' || call.op === 'rcall') calls.push(call)
    collectCalls(call.args, calls)
  }
}

function prepareCall(call: ASTNode, parts: Parts, source: string): ExpressionProblem | null {
  if (call.op === 'rcall' && call.args[0] === 'matches') return preparePattern(call.args[2][0], parts, source)
  if (call.op !== 'call') return null
  const [name, args] = call.args
  if (!['v', 'n', 'exists', 'count'].includes(name)) return null
  const argument = args[0]
  if (argument === undefined || argument.op !== 'value' || typeof argument.args !== 'string') {
    return excerpt(source, `${name}() takes one HL7 path, written as text: ${name}("FT1-6.1")`, argument?.start ?? call.start)
  }
  const text = argument.args
  if (SEGMENT.test(text) && (name === 'exists' || name === 'count')) {
    const find = segmentFinder(text, null)
    parts.presence.set(text, (scope) => find(scope) >= 0)
    return null
  }
  if (name === 'count') return excerpt(source, 'count() takes the name of a segment: count("FT1")', argument.start)
  const answer = compilePath(text)
  if (!answer.ok) {
    const problem = excerpt(source, answer.problem.reason, argument.start, 'bad-path')
    return answer.problem.suggestion === undefined ? problem : { ...problem, suggestion: answer.problem.suggestion }
  }
  const { reader } = answer
  parts.texts.set(text, (scope) => reader.read(scope))
  parts.presence.set(text, (scope) => reader.read(scope) !== '')
  return null
}

function preparePattern(argument: ASTNode | undefined, parts: Parts, source: string): ExpressionProblem | null {
  if (argument === undefined || argument.op !== 'value' || typeof argument.args !== 'string') {
    return excerpt(source, 'the pattern of matches() is written as text', argument?.start ?? 0)
  }
  try {
    parts.patterns.set(argument.args, RE2JS.compile(argument.args))
    return null
  } catch {
    return excerpt(source, 'this pattern is not one of RE2 (no look-around, no back-references)', argument.start)
  }
}

/** The same source with every `.matches(` turned to the linear one. */
function linear(source: string, calls: readonly ASTNode[]): string {
  let text = source
  for (const call of calls) {
    if (call.op !== 'rcall' || call.args[0] !== 'matches') continue
    const at = text.indexOf('matches', call.args[1].end)
    text = text.slice(0, at) + LINEAR + text.slice(at + LINEAR.length)
  }
  return text
}

function refuse(source: string, reason: string, at: number): ExpressionAnswer {
  const plain = plainReason(reason.replaceAll(LINEAR, 'matches'), source, at)
  return { ok: false, problem: excerpt(source, plain.reason, plain.at) }
}

function excerpt(source: string, reason: string, at: number, code: ExpressionProblem['code'] = 'bad-expression'): ExpressionProblem {
  const lineStart = source.lastIndexOf('\n', at - 1) + 1
  const lineEnd = source.indexOf('\n', at)
  const line = source.slice(lineStart, lineEnd < 0 ? source.length : lineEnd)
  return { code, message: `${reason}\n  ${line}\n  ${' '.repeat(Math.max(0, at - lineStart))}^` }
}
