/** Changes fields of a message text by path, for tests that vary a sample. */

const PATH = /^([A-Z][A-Z0-9]{2})(?:\((\d+)\))?-(\d+)(?:\[(\d+)\])?(?:\.(\d+))?(?:\.(\d+))?$/

/**
 * @param set path → value. `FT1(2)-7.1` is the second FT1; the value is put as it is written, so delimiters in it count.
 * @returns the changed text with CR line ends, or words about the path that cannot be followed
 */
export function editMessage(
  text: string,
  set: Readonly<Record<string, string>>,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly text: string } {
  const segments = text.split(/\r\n|\r|\n/).filter((segment) => segment !== '')
  const header = segments[0] ?? ''
  const [field = '|', component = '^', repetition = '~', , subcomponent = '&'] = header.startsWith('MSH') ? header.slice(3) : []
  for (const [path, value] of Object.entries(set)) {
    const match = PATH.exec(path)
    if (!match) return { ok: false, text: `“${path}” is not a path like PID-3.1 or FT1(2)-7` }
    const [, name = '', nth = '1', fieldNumber = '1', rep, comp, sub] = match
    const index = segmentIndex(segments, name, Number(nth))
    if (index < 0) return { ok: false, text: `the message has no ${name}${match[2] === undefined ? '' : `(${nth})`}` }
    // MSH-1 is the separator itself, so MSH counts from one less.
    const position = name === 'MSH' ? Number(fieldNumber) - 1 : Number(fieldNumber)
    if (position < 1) return { ok: false, text: `${path} cannot be changed` }
    segments[index] = replacePart(segments[index] ?? '', field, position, (fieldText) =>
      rep === undefined && comp === undefined
        ? value
        : replacePart(fieldText, repetition, Number(rep ?? 1) - 1, (repText) =>
            comp === undefined
              ? value
              : replacePart(repText, component, Number(comp) - 1, (compText) =>
                  sub === undefined ? value : replacePart(compText, subcomponent, Number(sub) - 1, () => value),
                ),
          ),
    )
  }
  return { ok: true, text: segments.join('\r') + '\r' }
}

function segmentIndex(segments: readonly string[], name: string, nth: number): number {
  const places = segments.flatMap((segment, i) => (segment.startsWith(name) ? [i] : []))
  return places[nth - 1] ?? -1
}

function replacePart(text: string, separator: string, position: number, change: (part: string) => string): string {
  const parts = text.split(separator)
  while (parts.length <= position) parts.push('')
  parts[position] = change(parts[position] ?? '')
  return parts.join(separator)
}
