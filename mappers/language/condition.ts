/**
 * CEL over paths, for `accept`, `when` and `minus`, whatever the paths are of. Functions: `v(path)` the text, `n(path)` the number (NaN for a
 * blank, so that every comparison with it is false), `exists(path)`, `count(path)`. Paths are literals and compiled with the expression;
 * `matches` runs on RE2, which is linear in its input, so that no pattern can hang the engine.
 */
import { Environment } from '@marcbachmann/cel-js'
import type { ASTNode } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'
import { AqueductError } from '../../channels/contract/index.ts'
import { plainReason, typeInWords } from './plain-words.ts'

export interface ExpressionProblem {
  readonly code: 'bad-expression' | 'bad-path'
  /** With the expression and a caret under the place. */
  readonly message: string
  readonly suggestion?: string
}

/** A condition. Throws {@link AqueductError} MAPPING_FAILED when it cannot be evaluated on this message. */
export type ConditionOf<Scope> = (scope: Scope) => boolean

export type ExpressionAnswerOf<Scope> = { readonly ok: true; readonly test: ConditionOf<Scope> } | { readonly ok: false; readonly problem: ExpressionProblem }

/** A path as a condition asks it. */
export interface AskedPath<Scope> {
  text(scope: Scope): string
  exists(scope: Scope): boolean
  count(scope: Scope): number
}

/** The paths that conditions of a format are over. */
export interface PathLanguage<Scope> {
  /** How a path is written, for a person: `one HL7 path, written as text: v("FT1-6.1")`. */
  readonly written: (call: string) => string
  /** What a number looks like; other texts are refused by `n()` with {@link PathLanguage.notNumber}. */
  readonly number: RegExp
  readonly notNumber: string
  compile(
    path: string,
    call: 'v' | 'n' | 'exists' | 'count',
  ):
    | { readonly ok: true; readonly path: AskedPath<Scope> }
    | { readonly ok: false; readonly code: ExpressionProblem['code']; readonly reason: string; readonly suggestion?: string }
}

/** Stands for `matches` in the source that CEL sees; of the same length, so that places stay. */
const LINEAR = 'matchRe'

interface Parts<Scope> {
  readonly language: PathLanguage<Scope>
  /** By call and path: `count FT1`. */
  readonly paths: Map<string, AskedPath<Scope>>
  readonly patterns: Map<string, RE2JS>
  scope: Scope | null
}

/** Compiles and type-checks a condition. Never throws. */
export function compileConditionOf<Scope extends object>(source: string, language: PathLanguage<Scope>): ExpressionAnswerOf<Scope> {
  try {
    const first = createEnvironment<Scope>(null).parse(source)
    const calls: ASTNode[] = []
    collectCalls(first.ast, calls)
    const parts: Parts<Scope> = { language, paths: new Map(), patterns: new Map(), scope: null }
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

function evaluate<Scope>(program: () => unknown, parts: Parts<Scope>, scope: Scope): boolean {
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

function createEnvironment<Scope extends object>(parts: Parts<Scope> | null): Environment {
  const ask = <Answer>(call: string, path: string, none: Answer, of: (asked: AskedPath<Scope>, scope: Scope) => Answer): Answer => {
    const asked = parts?.paths.get(`${call} ${path}`)
    return asked && parts?.scope ? of(asked, parts.scope) : none
  }
  const numbers = (a: number | bigint, b: number | bigint, apply: (x: number, y: number) => number): number => apply(Number(a), Number(b))
  const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 } })
    .registerFunction('v(string): string', (path: string) => ask('v', path, '', (asked, scope) => asked.text(scope)))
    .registerFunction('n(string): double', (path: string) =>
      numberOf(
        ask('n', path, '', (asked, scope) => asked.text(scope)),
        path,
        parts?.language,
      ),
    )
    .registerFunction('exists(string): bool', (path: string) => ask('exists', path, false, (asked, scope) => asked.exists(scope)))
    .registerFunction('count(string): int', (path: string) => BigInt(ask('count', path, 0, (asked, scope) => asked.count(scope))))
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

function numberOf<Scope>(text: string, path: string, language: PathLanguage<Scope> | undefined): number {
  if (text === '') return Number.NaN
  if (language && !language.number.test(text)) throw new AqueductError('MAPPING_FAILED', language.notNumber, { place: path })
  return Number(text)
}

function collectCalls(node: unknown, calls: ASTNode[]): void {
  if (Array.isArray(node)) for (const part of node) collectCalls(part, calls)
  else if (typeof node === 'object' && node !== null && 'op' in node && 'args' in node) {
    const call = node as ASTNode
    if (call.op === 'call' || call.op === 'rcall') calls.push(call)
    collectCalls(call.args, calls)
  }
}

const CALLS = ['v', 'n', 'exists', 'count'] as const

function prepareCall<Scope>(call: ASTNode, parts: Parts<Scope>, source: string): ExpressionProblem | null {
  if (call.op === 'rcall' && call.args[0] === 'matches') return preparePattern(call.args[2][0], parts, source)
  if (call.op !== 'call') return null
  const [named, args] = call.args
  const name = CALLS.find((known) => known === named)
  if (name === undefined) return null
  const argument = args[0]
  if (argument === undefined || argument.op !== 'value' || typeof argument.args !== 'string') {
    return excerpt(source, `${name}() takes ${parts.language.written(name)}`, argument?.start ?? call.start)
  }
  const answer = parts.language.compile(argument.args, name)
  if (!answer.ok) {
    const problem = excerpt(source, answer.reason, argument.start, answer.code)
    return answer.suggestion === undefined ? problem : { ...problem, suggestion: answer.suggestion }
  }
  parts.paths.set(`${name} ${argument.args}`, answer.path)
  return null
}

function preparePattern<Scope>(argument: ASTNode | undefined, parts: Parts<Scope>, source: string): ExpressionProblem | null {
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

function refuse(source: string, reason: string, at: number): { readonly ok: false; readonly problem: ExpressionProblem } {
  const plain = plainReason(reason.replaceAll(LINEAR, 'matches'), source, at)
  return { ok: false, problem: excerpt(source, plain.reason, plain.at) }
}

function excerpt(source: string, reason: string, at: number, code: ExpressionProblem['code'] = 'bad-expression'): ExpressionProblem {
  const lineStart = source.lastIndexOf('\n', at - 1) + 1
  const lineEnd = source.indexOf('\n', at)
  const line = source.slice(lineStart, lineEnd < 0 ? source.length : lineEnd)
  return { code, message: `${reason}\n  ${line}\n  ${' '.repeat(Math.max(0, at - lineStart))}^` }
}
