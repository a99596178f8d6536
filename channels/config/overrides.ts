/** `--set path=value`: `channels.NAME.…`, `destinations.NAME.…`, `policies.…`, and the keys of engine.yaml (DESIGN §12). */
import type { Issue } from '../contract/index.ts'
import { issue } from './lints.ts'
import { nearest } from './nearest.ts'
import type { Source } from './source.ts'
import { engineSpec } from './spec/engine.ts'
import { isRecord, part, readYaml } from './yaml-file.ts'
import type { Path } from './yaml-file.ts'

const NAMED: Readonly<Record<string, Source['kind']>> = { channels: 'channel', destinations: 'destination' }

/**
 * Puts each override where it belongs. What it names inside a source is judged with the source, by its spec.
 *
 * @param lenient one that names a channel or destination that is not there is a warning: see ConfigurationText
 */
export function applyOverrides(overrides: Readonly<Record<string, string>>, sources: readonly Source[], lenient: boolean): readonly Issue[] {
  const issues: Issue[] = []
  for (const [said, value] of Object.entries(overrides).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const target = targetOf(said.split('.'), sources)
    if (typeof target === 'string') {
      const suggestion = target === '' ? undefined : target
      const found = issue(`--set ${said}`, { line: 1, column: 1 }, { code: 'bad-override', message: `the configuration has nothing at ${said}`, suggestion })
      issues.push(lenient && namesNobody(said.split('.'), sources) ? { ...found, level: 'warning' } : found)
    } else target.source.override(target.path, valueOf(value), said)
  }
  return issues
}

/** A channel or destination that there is no file of. */
function namesNobody([root = '', name = '']: readonly string[], sources: readonly Source[]): boolean {
  const kind = NAMED[root]
  return kind !== undefined && name !== '' && !sources.some((source) => source.kind === kind && source.name === name)
}

/** Where an override goes, or a suggestion (perhaps empty) when it goes nowhere. */
function targetOf(words: readonly string[], sources: readonly Source[]): { readonly source: Source; readonly path: Path } | string {
  const [root = '', ...rest] = words
  const kind = NAMED[root]
  const meant = (word: string | undefined): string => (word === undefined ? '' : `did you mean ${word}?`)
  if (words.includes('')) return ''
  if (kind !== undefined) {
    const [name = '', ...path] = rest
    const of = sources.filter((source) => source.kind === kind)
    const found = of.find((source) => source.name === name)
    if (found === undefined)
      return meant(
        prefixed(
          root,
          nearest(
            name,
            of.map((source) => source.name),
          ),
          path,
        ),
      )
    return fits(found, path) ?? ''
  }
  if (root === 'policies')
    return (
      fits(
        sources.find((source) => source.kind === 'policies'),
        rest,
      ) ?? ''
    )
  const path = root === 'engine' ? rest : words
  const known = Object.keys(engineSpec.shape)
  const first = path[0] ?? ''
  if (!known.includes(first)) return meant(prefixed('', nearest(first, [...known, 'channels', 'destinations', 'policies']), path.slice(1)))
  return (
    fits(
      sources.find((source) => source.kind === 'engine'),
      path,
    ) ?? ''
  )
}

function prefixed(root: string, word: string | undefined, rest: readonly string[]): string | undefined {
  return word === undefined ? undefined : [...(root === '' ? [] : [root]), word, ...rest].join('.')
}

/** A path that does not run through a text or past the end of a list. */
function fits(source: Source | undefined, path: Path): { readonly source: Source; readonly path: Path } | undefined {
  if (source === undefined || path.length === 0) return undefined
  for (let length = 0; length < path.length; length++) {
    const inside = part(source.plain, path.slice(0, length))
    const step = String(path[length])
    if (inside === undefined) break
    if (Array.isArray(inside)) {
      if (!/^\d+$/.test(step) || Number(step) >= inside.length) return undefined
    } else if (!isRecord(inside)) return undefined
  }
  return { source, path }
}

/** Lists and blocks as YAML flow; everything else is the text itself, which each kind of value can read. */
function valueOf(text: string): unknown {
  if (text === 'null') return null
  if (!/^[[{]/.test(text)) return text
  const read = readYaml('--set', text)
  return read.broken ? text : read.plain
}
