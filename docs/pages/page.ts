/** What the pages are made of: a file with its text, Markdown tables, and parts between markers. */
export interface Page {
  /** Path from the root of the repository. */
  readonly path: string
  readonly text: string
}

/** A Markdown table; `|` in cells is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const open = (name: string): string => `<!-- begin: ${name} -->`
const close = (name: string): string => `<!-- end: ${name} -->`

/** What stands between the markers of `name`, or null when the page has none. */
export function part(page: string, name: string): string | null {
  const from = page.indexOf(open(name))
  const to = page.indexOf(close(name))
  return from < 0 || to < from ? null : page.slice(from + open(name).length, to).trim()
}

/** A part with its markers. */
export function marked(name: string, text: string): string {
  return `${open(name)}\n\n${text.trim()}\n\n${close(name)}`
}

/** `page` with the part `name` replaced; the page must have its markers. */
export function replacePart(page: string, name: string, text: string): string {
  const from = page.indexOf(open(name))
  const to = page.indexOf(close(name))
  if (from < 0 || to < from) throw new Error(`page has no markers for ${name}`)
  return page.slice(0, from) + marked(name, text) + page.slice(to + close(name).length)
}
