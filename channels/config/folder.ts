/** The one place that reads the configuration folder from disk. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AqueductError } from '../contract/index.ts'

/**
 * Every .yaml, .yml and .csv of the folder and the public keys in `keys/`, by relative path with `/`. With `messages`, also whatever else lies in
 * `channels/<name>/`: what tests send.
 */
export function readConfigurationFolder(dir: string, options: { readonly messages?: boolean } = {}): { readonly files: Readonly<Record<string, string>> } {
  const files: Record<string, string> = {}
  const walk = (relative: string): void => {
    for (const entry of readdirSync(join(dir, relative)).sort()) {
      if (entry.startsWith('.') || entry === 'node_modules') continue
      const path = relative === '' ? entry : `${relative}/${entry}`
      const full = join(dir, path)
      const stat = statSync(full)
      const inMessages = /^channels\/[^/]+\/[^/]+$/.test(path) && entry === 'messages'
      if (stat.isDirectory()) {
        if (options.messages === true || !inMessages) walk(path)
      } else if (
        stat.isFile() &&
        (/\.(ya?ml|csv)$/i.test(entry) || /^keys\/[^/]+\.json$/i.test(path) || (options.messages === true && path.startsWith('channels/')))
      ) {
        files[path] = readFileSync(full, 'utf8').replace(/^\uFEFF/, '')
      }
    }
  }
  try {
    walk('')
  } catch (error) {
    const reason = (error as { readonly code?: string }).code ?? 'unknown reason'
    throw new AqueductError('INTERNAL', `the configuration folder ${dir} cannot be read (${reason})`, { cause: error })
  }
  return { files }
}
