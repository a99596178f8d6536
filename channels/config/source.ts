/**
 * One thing that is configured (a channel, a destination, the engine, the policies) while it is read: its plain value after
 * overrides and environment, and where each part of it came from.
 */
import type { Issue } from '../contract/index.ts'
import { issue } from './lints.ts'
import type { Finding } from './lints.ts'
import type { Places } from './validate.ts'
import { isRecord, part } from './yaml-file.ts'
import type { Path, YamlFile } from './yaml-file.ts'

export interface Source extends Places {
  readonly kind: 'engine' | 'channel' | 'destination' | 'policies'
  readonly name: string
  readonly file: string
  /** The text could not be read: what follows from its shape is not reported. */
  readonly broken: boolean
  plain: unknown
  /** Puts a value at a path, as `--set` does. */
  override(path: Path, value: unknown, said: string): void
  report(path: Path, finding: Finding, key?: 'key'): Issue
}

/** @param files the files of the source; several are read as one and share no key (policies) */
export function source(
  kind: Source['kind'],
  name: string,
  files: readonly YamlFile[],
  fallback: string,
): { readonly source: Source; readonly issues: readonly Issue[] } {
  const issues: Issue[] = files.flatMap((file) => file.issues)
  let plain: unknown = files[0]?.plain ?? {}
  for (const file of files.slice(1))
    plain = merge(plain, file.plain, [], (path) =>
      issues.push(issue(file.file, file.locateKey(path), { code: 'duplicate-key', message: `${path.join('.')} stands in another file of policies too` })),
    )
  const said: { readonly path: Path; readonly text: string }[] = []
  const where = (path: Path, key: boolean): ReturnType<Places['at']> => {
    const override = said.find((one) => one.path.every((step, n) => String(step) === String(path[n])))
    if (override) return { file: `--set ${override.text}`, place: { line: 1, column: 1 } }
    const owner = nearestOwner(files, path)
    return owner ? { file: owner.file, place: key ? owner.locateKey(path) : owner.locate(path) } : { file: fallback, place: { line: 1, column: 1 } }
  }
  const made: Source = {
    kind,
    name,
    file: files[0]?.file ?? fallback,
    broken: files.some((file) => file.broken),
    plain,
    override(path, value, text) {
      made.plain = put(made.plain, path, value)
      said.unshift({ path, text })
    },
    at: (path) => where(path, false),
    atKey: (path) => where(path, true),
    report(path, finding, key) {
      const found = where(path, key === 'key')
      return issue(found.file, found.place, finding)
    },
  }
  return { source: made, issues }
}

/** The file that has the longest part of the path. */
function nearestOwner(files: readonly YamlFile[], path: Path): YamlFile | undefined {
  for (let length = path.length; length > 0; length--) {
    const owner = files.find((file) => file.has(path.slice(0, length)))
    if (owner) return owner
  }
  return files[0]
}

function merge(a: unknown, b: unknown, path: Path, clash: (path: Path) => void): unknown {
  if (!isRecord(a) || !isRecord(b)) {
    clash(path)
    return a
  }
  const merged = { ...a }
  for (const [key, value] of Object.entries(b)) merged[key] = Object.hasOwn(a, key) ? merge(a[key], value, [...path, key], clash) : value
  return merged
}

function put(value: unknown, path: Path, leaf: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return leaf
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value]
    copy[Number(step)] = put(copy[Number(step)], rest, leaf)
    return copy
  }
  return { ...(isRecord(value) ? value : {}), [String(step)]: put(part(value, [step]), rest, leaf) }
}
