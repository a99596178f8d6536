/** The folders of a file listener: what lies there, and moving things between them without ever losing or overwriting one. */
import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What a look into the folder found. */
export interface FoundFile {
  readonly name: string
  readonly size: number
  /** Milliseconds. */
  readonly changed: number
}

/** A shell pattern as a test of names: `*` any text, `?` one character. Names that begin with a dot are never taken. */
export function namePattern(pattern: string): (name: string) => boolean {
  const form = [...pattern].map((sign) => (sign === '*' ? '.*' : sign === '?' ? '.' : sign.replace(/[\\^$.|+()[\]{}]/, '\\$&'))).join('')
  const test = new RegExp(`^${form}$`, 'su')
  return (name) => !name.startsWith('.') && test.test(name)
}

/** Regular files of a folder by name; what vanishes meanwhile is left out. */
export async function filesOf(folder: string, takes: (name: string) => boolean): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = []
  for (const name of (await readdir(folder)).sort()) {
    if (!takes(name)) continue
    const about = await stat(join(folder, name)).catch(() => null)
    if (about?.isFile() === true) found.push({ name, size: about.size, changed: about.mtimeMs })
  }
  return found
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.name : 'unknown reason'
}

/** Moves a file into a folder under its name, or under `name-2`, `name-3` … when that is taken. Works across file systems. */
export async function moveInto(from: string, folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (let n = 1; ; n++) {
    const to = join(folder, n === 1 ? name : numbered(name, n))
    try {
      // A link refuses a name that is taken, where a rename would overwrite it.
      await link(from, to)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'EEXIST') continue
      if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK') throw error
      if (!(await copied(from, to))) continue
    }
    await unlink(from)
    return
  }
}

async function copied(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function numbered(name: string, n: number): string {
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? `${name}-${String(n)}` : `${name.slice(0, dot)}-${String(n)}${name.slice(dot)}`
}

/** Writes a file so that whoever looks sees all of it or nothing: a hidden name, fsync, rename. An older one of the name is replaced. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true })
  const hidden = join(folder, `.${path.slice(folder.length + 1)}.part`)
  const file = await open(hidden, 'w')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(hidden, path)
}
