/** The url of an entry's request: relative to the base, or the base itself in front. Null when it leads elsewhere. */
export function readBase(url: string, base: string): { readonly path: string; readonly query: string } | null {
  const own = url.startsWith(`${base}/`) ? url.slice(base.length + 1) : url
  if (/^[a-z][a-z+.-]*:/i.test(own)) return null
  const at = own.indexOf('?')
  const path = (at < 0 ? own : own.slice(0, at)).replace(/^\//, '').replace(/\/$/, '')
  return { path, query: at < 0 ? '' : own.slice(at + 1) }
}
