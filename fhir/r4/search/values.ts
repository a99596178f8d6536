/** Escapes of search values: `\,` `\|` `\$` `\\` (R4 §3.1.1.4.17). */

/** Splits at a mark that is not escaped; parts keep their escapes. */
export function splitAt(text: string, mark: ',' | '|'): readonly string[] {
  const parts: string[] = []
  let part = ''
  for (let at = 0; at < text.length; at += 1) {
    const here = text.charAt(at)
    if (here === '\\') {
      part += here + text.charAt(at + 1)
      at += 1
    } else if (here === mark) {
      parts.push(part)
      part = ''
    } else part += here
  }
  return [...parts, part]
}

export const unescaped = (text: string): string => text.replace(/\\([,|$\\])/g, '$1')
