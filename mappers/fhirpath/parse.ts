/** The text of a FHIRPath to medplum's atoms, with a place for every mistake: its own parser ignores what follows an expression. */
import { initFhirPathParserBuilder, Tokenizer } from '@medplum/core'
import type { Atom } from '@medplum/core'
import { PathError } from './problem.ts'

const LONGEST = 2_000
const DEEPEST = 50
const builder = initFhirPathParserBuilder()

/** @throws PathError */
export function parseExpression(text: string): Atom {
  if (text.trim() === '') throw new PathError('a path is empty')
  if (text.length > LONGEST) throw new PathError(`a path has at most ${LONGEST} characters`)
  checkBrackets(text)
  try {
    const parser = builder.construct(new Tokenizer(text, ['true', 'false'], ['!=', '!~', '<=', '>=', '{}', '->']).tokenize())
    parser.removeComments()
    const atom = parser.consumeAndParse()
    const rest = parser.peek()
    if (rest) throw new PathError(`column ${rest.column + 1}: nothing can follow here, but “${rest.value}” does`, hintFor(text, rest.value))
    return atom
  } catch (error) {
    if (error instanceof PathError) throw error
    throw new PathError(reasonOf(error instanceof Error ? error.message : ''))
  }
}

function reasonOf(message: string): string {
  const found = /^Parse error at "(.*)" \(line \d+, column (\d+)\)/s.exec(message)
  if (found) return `column ${Number(found[2]) + 1}: “${found[1] ?? ''}” cannot stand here`
  if (message.startsWith('Cant consume')) return 'the path ends too early'
  if (message.startsWith('Unexpected parentheses')) return 'only the name of a function is followed by ('
  return 'it is no FHIRPath'
}

function hintFor(text: string, rest: string): string | undefined {
  if (rest === '==') return text.replace('==', '=')
  if (rest === '&') return text.replaceAll('&&', ' and ')
  return undefined
}

function checkBrackets(text: string): void {
  const open: { readonly mark: string; readonly at: number }[] = []
  const closes: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }
  for (let i = 0; i < text.length; i++) {
    const mark = text.charAt(i)
    if (mark === "'" || mark === '"' || mark === '`') {
      const end = endOfQuote(text, i)
      if (end < 0) throw new PathError(`column ${i + 1}: this quotation has no end`)
      i = end
    } else if ('([{'.includes(mark)) {
      open.push({ mark, at: i })
      if (open.length > DEEPEST) throw new PathError(`brackets are nested more than ${DEEPEST} deep`)
    } else if (mark in closes && open.pop()?.mark !== closes[mark]) throw new PathError(`column ${i + 1}: “${mark}” closes nothing`)
  }
  const last = open.at(-1)
  if (last) throw new PathError(`column ${last.at + 1}: “${last.mark}” is not closed`)
}

function endOfQuote(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text.charAt(i) === '\\') i++
    else if (text.charAt(i) === text.charAt(from)) return i
  }
  return -1
}
