/** Narratives (R4 §2.4.1): a div of XHTML with formatting, links and images, nothing that runs, fetches or asks. */

const ELEMENTS: ReadonlySet<string> = new Set(
  (
    'a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li map area ' +
    'ol p pre q samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var'
  ).split(' '),
)
/** Attributes of XHTML 1.0 for formatting; those of events are none of them. */
const ATTRIBUTES: ReadonlySet<string> = new Set(
  (
    'abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset cite class color colspan compact coords dir face ' +
    'frame headers height href hreflang hspace id lang longdesc name nowrap rel rev rowspan rules scope shape size span src start style summary tabindex title type ' +
    'usemap valign value vspace width xml:lang xml:space xmlns'
  ).split(' '),
)
const TAG = /<(\/?)([A-Za-z][A-Za-z0-9:]*)((?:\s+[A-Za-z_:][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const ATTRIBUTE = /([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const COMMENT = /<!--(?:(?!--)[\s\S])*-->/y

/** What is wrong with the div, in words, or null. */
export function wrongNarrative(div: string): string | null {
  const text = div.trim()
  if (!/^<div[\s>]/.test(text)) return 'A narrative is one XHTML div.'
  const open: string[] = []
  let shows = false
  let at = 0
  while (at < text.length) {
    const next = text.indexOf('<', at)
    const between = text.slice(at, next < 0 ? text.length : next)
    if (/\S/.test(between)) {
      if (open.length === 0) return 'Text stands outside the div.'
      shows = true
    }
    if (next < 0) break
    COMMENT.lastIndex = next
    if (COMMENT.test(text)) {
      at = COMMENT.lastIndex
      continue
    }
    TAG.lastIndex = next
    const tag = TAG.exec(text)
    if (tag === null) return 'The narrative is no well-formed XHTML.'
    if (at > 0 && open.length === 0) return 'A narrative is one XHTML div.'
    const [whole, closing, name = '', attributes = '', empty] = tag
    at = next + whole.length
    if (!ELEMENTS.has(name)) return 'The narrative has an element that FHIR does not allow in it.'
    const wrong = wrongAttribute(attributes)
    if (wrong !== null) return wrong
    if (name === 'img') shows = true
    if (closing === '/') {
      if (open.pop() !== name) return 'The narrative is no well-formed XHTML.'
    } else if (empty !== '/') open.push(name)
  }
  if (open.length > 0) return 'The narrative is no well-formed XHTML.'
  return shows ? null : 'The narrative shows nothing.'
}

function wrongAttribute(attributes: string): string | null {
  for (const [, name = '', double, single] of attributes.matchAll(ATTRIBUTE)) {
    const value = double ?? single ?? ''
    if (name === 'xmlns' && value !== 'http://www.w3.org/1999/xhtml') return 'The namespace of a narrative is http://www.w3.org/1999/xhtml.'
    if (!ATTRIBUTES.has(name) && !name.startsWith('xmlns:')) return 'The narrative has an attribute that FHIR does not allow in it.'
    if ((name === 'href' || name === 'src') && /^[\s\u0000-\u001f]*(?:javascript|vbscript):/i.test(value))
      return 'The narrative has a link that runs something.'
  }
  return null
}
