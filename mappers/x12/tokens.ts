/** The lexical layer of ASC X12.5/X12.6: bytes to segments and elements and back, nothing lost, nothing judged. */

/** What separates. `repetition` is '' before version 00402, where ISA11 is a code. */
export interface Delimiters {
  readonly element: string
  readonly component: string
  readonly repetition: string
  readonly segment: string
}

export interface Segment {
  readonly id: string
  /** Elements as they stand: the first is element 01. */
  readonly elements: readonly string[]
  /** The terminator with the line breaks after it; '' when the text ends without one. */
  readonly end: string
}

export interface Tokens {
  /** What stands before ISA: line breaks, blanks, a byte order mark. */
  readonly lead: string
  readonly delimiters: Delimiters
  readonly segments: readonly Segment[]
}

/** Length of an ISA segment with its terminator: every element of it has a fixed width (X12.5). */
export const ISA_LENGTH = 106
const ISA_WIDTHS = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1] as const
const LEAD = /^[\uFEFF\s]*/
const BREAKS = /[\r\n]/

/** Text to tokens, or null when it does not begin with an ISA of 106 characters that states its delimiters. */
export function tokenize(text: string): Tokens | null {
  const lead = LEAD.exec(text)?.[0] ?? ''
  const delimiters = delimitersOf(text.slice(lead.length, lead.length + ISA_LENGTH))
  if (delimiters === null) return null
  const segments: Segment[] = []
  let at = lead.length
  while (at < text.length) {
    const found = text.indexOf(delimiters.segment, at)
    const stop = found < 0 ? text.length : found
    let next = found < 0 ? text.length : found + 1
    while (next < text.length && BREAKS.test(text.charAt(next))) next++
    const [id = '', ...elements] = text.slice(at, stop).split(delimiters.element)
    segments.push({ id, elements, end: text.slice(stop, next) })
    at = next
  }
  return { lead, delimiters, segments }
}

/** The very text that the tokens were made of. */
export function untokenize({ lead, delimiters, segments }: Tokens): string {
  return lead + segments.map(({ id, elements, end }) => [id, ...elements].join(delimiters.element) + end).join('')
}

function delimitersOf(isa: string): Delimiters | null {
  if (isa.length < ISA_LENGTH || !isa.startsWith('ISA')) return null
  const element = isa.charAt(3)
  let at = 3
  const elements: string[] = []
  for (const width of ISA_WIDTHS) {
    if (isa.charAt(at) !== element) return null
    elements.push(isa.slice(at + 1, at + 1 + width))
    at += 1 + width
  }
  const [component = '', repetition = '', version = ''] = [elements[15], elements[10], elements[11]]
  const segment = isa.charAt(ISA_LENGTH - 1)
  const repeats = version >= '00402' && !/[A-Za-z0-9 ]/.test(repetition)
  const signs = [element, component, segment, ...(repeats ? [repetition] : [])]
  // A delimiter that is a letter, a digit or another delimiter can't be told from what it separates.
  if (signs.some((sign) => sign === '' || /[A-Za-z0-9]/.test(sign)) || new Set(signs).size < signs.length) return null
  if (elements.some((value) => value.includes(segment) || (value.includes(element) && value !== element))) return null
  return { element, component, repetition: repeats ? repetition : '', segment }
}
