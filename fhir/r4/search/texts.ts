/** How texts are compared: the same for what is stored and for what is asked. */

/** Lower case, without marks, spaces joined (R4 §3.1.1.5.5: case, accents and other combining marks are ignored). */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
}

/** A reference as it is stored as a key: under our base it is `Type/id`, and it is not of a version. */
export function relative(reference: string, base: string): string {
  const local = base !== '' && reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference
  return local.replace(/\/_history\/[^/]+$/, '')
}
