/** Which file of the folder is what. */
import type { Issue } from '../contract/index.ts'
import { issue } from './lints.ts'
import { nearest } from './nearest.ts'

export interface SortedFiles {
  readonly engine: string | undefined
  readonly channels: readonly { readonly name: string; readonly file: string }[]
  readonly destinations: readonly { readonly name: string; readonly file: string }[]
  readonly policies: readonly string[]
  readonly tables: readonly string[]
  /** Channels with a test file. */
  readonly tested: ReadonlySet<string>
  /** The files that decide how the engine runs: not tests, not messages. */
  readonly running: readonly string[]
  readonly issues: readonly Issue[]
}

const TOP = { line: 1, column: 1 }
const FOLDERS = ['channels', 'destinations', 'policies', 'tables', 'keys', 'schemas']

export function sortFiles(files: readonly string[]): SortedFiles {
  const sorted = [...files].sort()
  const issues: Issue[] = []
  const channels: { name: string; file: string }[] = []
  const destinations: { name: string; file: string }[] = []
  const policies: string[] = []
  const tables: string[] = []
  const tested = new Set<string>()
  const running: string[] = []
  const folders = new Set<string>()
  let engine: string | undefined
  const stray = (file: string, suggestion: string | undefined): void =>
    void issues.push(issue(file, TOP, { code: 'unknown-file', message: 'nothing reads this file', suggestion }))
  for (const file of sorted) {
    const parts = file.split('/')
    const [folder = '', name = '', leaf = ''] = parts
    const stem = (text: string): string => text.replace(/\.ya?ml$/i, '')
    const isYaml = /\.ya?ml$/i.test(file)
    const before = running.push(file)
    if (file === 'engine.yaml') engine = file
    else if (folder === 'destinations' && parts.length === 2 && isYaml) {
      const same = destinations.find((other) => other.name === stem(name))
      if (same) issues.push(issue(file, TOP, { code: 'duplicate-name', message: `${same.file} is the same destination` }))
      destinations.push({ name: stem(name), file })
    } else if (folder === 'policies' && parts.length === 2 && isYaml) policies.push(file)
    else if (folder === 'tables' && parts.length === 2 && /\.csv$/i.test(name)) tables.push(file)
    // Public keys decide who may come in, so they are a part of the configuration; engine.yaml names them.
    else if (folder === 'keys' && parts.length === 2 && /\.json$/i.test(name)) continue
    else if (folder === 'channels' && parts.length === 3 && leaf === 'channel.yaml') channels.push({ name, file })
    else {
      running.length = before - 1
      if (folder === 'channels' && parts.length >= 3) {
        folders.add(name)
        if (leaf === 'channel.test.yaml' && parts.length === 3) tested.add(name)
        else if (isYaml && parts.length === 3)
          stray(file, `did you mean channels/${name}/${nearest(leaf, ['channel.yaml', 'channel.test.yaml']) ?? 'channel.yaml'}?`)
      } else {
        const meant = parts.length === 1 ? nearest(file, ['engine.yaml']) : nearest(folder, FOLDERS)
        const suggestion = meant === undefined ? undefined : `did you mean ${[meant, ...parts.slice(1)].join('/')}?`
        // Tables of other kinds, such as master data to load, may lie anywhere but where a misspelt name hides them.
        if (isYaml || (/\.csv$/i.test(file) && meant === 'tables' && parts.length > 1)) stray(file, suggestion)
      }
    }
  }
  for (const name of folders) {
    if (!channels.some((channel) => channel.name === name))
      issues.push(issue(`channels/${name}/channel.yaml`, TOP, { code: 'missing-file', message: `the folder of channel ${name} has no channel.yaml` }))
  }
  if (channels.length === 0 && folders.size === 0)
    issues.push(issue('channels', TOP, { code: 'no-channels', message: 'the folder has no channels/<name>/channel.yaml' }))
  return { engine, channels, destinations, policies, tables, tested, running, issues }
}
