/** What the expression compiler says, in the words of who writes channel files. */

export interface Reason {
  readonly reason: string
  /** Where the caret goes. */
  readonly at: number
}

const CLOSERS: Readonly<Record<string, string>> = { RPAREN: ')', RBRACKET: ']', RBRACE: '}' }
const OPERATOR_WORDS: Readonly<Record<string, string>> = { and: '&&', or: '||', not: '!', is: '==', equals: '==' }
const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  double: 'a number',
  int: 'a number',
  uint: 'a number',
  bool: 'true or false',
  list: 'a list',
}
const FUNCTIONS: ReadonlySet<string> = new Set(['v', 'n', 'exists', 'count'])

/** A type of the language as a person calls it: `a text`, `a number`. */
export function typeInWords(type: string): string {
  return TYPES[type.replace(/<.*$/, '')] ?? type
}

type Said = (found: RegExpExecArray, source: string, at: number) => string | Reason

/** What is said, by pattern; the first that fits. Groups hold the names of tokens and types. */
const SAID: readonly { readonly pattern: RegExp; readonly say: Said }[] = [
  { pattern: /^Expected (RPAREN|RBRACKET|RBRACE), got EOF/, say: ([, closer = '']) => `a closing ${CLOSERS[closer] ?? ''} is missing` },
  { pattern: /^Expected COLON, got EOF/, say: () => 'the other half of ? is missing: condition ? this : that' },
  { pattern: /^Unterminated (?:triple-quoted )?string/, say: () => 'a closing quote is missing' },
  { pattern: /^Unexpected token: EOF/, say: (_found, source) => (source.trim() === '' ? 'the expression is empty' : 'the expression ends too soon') },
  { pattern: /^(?:Unexpected character|Unexpected token|Expected \w+, got)/, say: (_found, source, at) => unexpected(source, at) },
  {
    pattern: /^Unknown variable: (.+)/,
    say: ([, name = '']) => `${name} is not known here: a text stands in quotes ("${name}"), and v("PID-3.1") is the text at a path`,
  },
  {
    pattern: /^no such overload: (!|-)(\w+)/,
    say: ([, operator = '', type = '']) => `${operator} cannot stand before ${typeInWords(type)}${operator === '!' ? '; it goes with a condition' : ''}`,
  },
  { pattern: /^no such overload: ([\w<>]+) (\S+) ([\w<>]+)/, say: ([, left = '', operator = '', right = '']) => mismatch(left, operator, right) },
  {
    pattern: /^found no matching overload for '(?:\w+\.)?(\w+)\(([^)]*)\)'/,
    say: ([, name = '', types = '']) =>
      FUNCTIONS.has(name) || /^(?:startsWith|endsWith|contains|matches|matchRe|size)$/.test(name)
        ? `${name}() does not take ${types === '' ? 'nothing' : types.split(', ').map(typeInWords).join(' and ')}`
        : `there is no function ${name}; there are ${[...FUNCTIONS].join(', ')}`,
  },
  {
    pattern: /^Logical operator requires bool operands, got '([^']+)'/,
    say: ([, type = '']) => `&& and || join conditions, and this is ${typeInWords(type)}: compare it, as in v("FT1-6.1") == "CG"`,
  },
]

/** @param summary what the compiler says; returned as it is where no plainer words are known */
export function plainReason(summary: string, source: string, at: number): Reason {
  for (const { pattern, say } of SAID) {
    const found = pattern.exec(summary)
    if (!found) continue
    const said = say(found, source, at)
    return typeof said === 'string' ? { reason: said, at } : said
  }
  return { reason: summary, at }
}

function mismatch(left: string, operator: string, right: string): string {
  const words = `${typeInWords(left)} ${operator} ${typeInWords(right)}`
  const both = [typeInWords(left), typeInWords(right)]
  if (!both.includes('a text') || !both.includes('a number')) return `${words}: these do not go together`
  return `${words}: a text and a number do not go together; v("…") goes with "1", n("…") with 1`
}

/** A character or word where none can stand: mostly another language's operator, or curly quotes. */
function unexpected(source: string, at: number): Reason {
  const word = wordAt(source, at)
  const before = wordAt(source, source.slice(0, word.at).trimEnd().length - 1)
  for (const one of [word, before]) {
    const operator = OPERATOR_WORDS[one.text.toLowerCase()]
    if (operator !== undefined) return { reason: `${one.text} is written ${operator}`, at: one.at }
  }
  if (word.text !== '') return { reason: `an operator such as && or == is missing before ${word.text}`, at: word.at }
  return { reason: misplaced(source, at), at }
}

function misplaced(source: string, at: number): string {
  const character = [...source.slice(at)][0] ?? ''
  if (source[at + 1] === character && /[&|=]/.test(character)) return `something is missing before ${character}${character}`
  if (character === '>' && source[at - 1] === '<') return 'is not equal to is written !='
  if (/[“”„‟‘’‚«»]/.test(character)) return 'texts stand in straight quotes: "CG"'
  if (/[)\]}]/.test(character)) return `there is one ${character} too many`
  const operator = ({ '=': 'is equal to is written ==', '&': 'and is written &&', '|': 'or is written ||' } as Readonly<Record<string, string>>)[character]
  return operator ?? `${character} cannot stand here`
}

function wordAt(source: string, at: number): { readonly text: string; readonly at: number } {
  let start = at
  while (start > 0 && /\w/.test(source.charAt(start - 1)) && /\w/.test(source.charAt(at))) start--
  return { text: /^[A-Za-z_]\w*/.exec(source.slice(start))?.[0] ?? '', at: start }
}
