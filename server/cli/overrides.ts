/** `--set path=value …` as a map; `wrong` names the first that has no `=`. */
export function overridesOf(given: readonly string[]): { readonly overrides: Readonly<Record<string, string>> } | { readonly wrong: string } {
  const overrides: Record<string, string> = {}
  for (const each of given) {
    const at = each.indexOf('=')
    if (at < 1) return { wrong: each }
    overrides[each.slice(0, at)] = each.slice(at + 1)
  }
  return { overrides }
}
