/** `DATA/engine.json`: how the commands find the running engine (DESIGN §12). Readable by its owner only: it holds the token. */
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface EngineFile {
  readonly pid: number
  /** Base URL of the API, without a final slash. */
  readonly api: string
  readonly token: string
}

const NAME = 'engine.json'

/** Writes the file at once and whole, mode 0600: a reader sees the old one or the new one. */
export function writeEngineFile(dataDir: string, file: EngineFile): void {
  const fresh = join(dataDir, `.${NAME}.${process.pid}.${randomBytes(4).toString('hex')}`)
  try {
    writeFileSync(fresh, `${JSON.stringify(file)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(fresh, join(dataDir, NAME))
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
}

/** The file's content, or null when there is none or it is not one. It may be left over from an engine that was killed. */
export function readEngineFile(dataDir: string): EngineFile | null {
  try {
    const found: unknown = JSON.parse(readFileSync(join(dataDir, NAME), 'utf8'))
    if (typeof found !== 'object' || found === null || !('pid' in found) || !('api' in found) || !('token' in found)) return null
    const { pid, api, token } = found
    return typeof pid === 'number' && Number.isSafeInteger(pid) && typeof api === 'string' && typeof token === 'string' ? { pid, api, token } : null
  } catch {
    return null
  }
}

/** Takes the file away when it is this process's own: after a drain nobody can be found there. */
export function removeEngineFile(dataDir: string): void {
  if (readEngineFile(dataDir)?.pid === process.pid) rmSync(join(dataDir, NAME), { force: true })
}
