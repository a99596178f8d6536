/**
 * The lock of a data directory: `DATA/engine.lock` names the process that holds it. A process that is gone holds nothing, so the
 * lock needs no tidying after `kill -9` or a power cut.
 *
 * Taking it is one `link` of a finished file, which fails when the name exists. A stale lock is taken over under a lock of its own
 * (named by the stale one's nonce), because reading "stale" and replacing are two steps that two starters could interleave.
 */
import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type DirectoryLock = { readonly ok: true; release(): void } | { readonly ok: false; /** Who holds it. */ readonly pid: number; readonly text: string }

interface Holder {
  readonly pid: number
  /** Boot id and clock tick of the process's start: a pid alone is used again. null where the system does not tell. */
  readonly started: string | null
  readonly nonce: string
}

/** Starters that died while they took over a stale lock, one inside the other, before we give up. */
const DEPTH = 8

/** Locks a data directory for this process. @throws Error of the file system when the directory cannot be written */
export function lockDataDirectory(dataDir: string): DirectoryLock {
  const dir = realpathSync(dataDir)
  const mine: Holder = { pid: process.pid, started: startOf(process.pid), nonce: randomBytes(8).toString('hex') }
  const path = join(dir, 'engine.lock')
  const holder = acquire(path, mine, DEPTH)
  if (holder !== null) {
    return {
      ok: false,
      pid: holder.pid,
      text: `The data directory ${dataDir} is in use by the engine with pid ${holder.pid}; stop it first or name another with --data.`,
    }
  }
  return {
    ok: true,
    release() {
      if (read(path)?.nonce === mine.nonce) rmSync(path, { force: true })
    },
  }
}

/** Takes the lock at `path`; gives null, or the holder that has it. */
function acquire(path: string, mine: Holder, depth: number): Holder | null {
  const fresh = `${path}.${mine.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(fresh, JSON.stringify(mine), { mode: 0o600, flag: 'wx' })
  try {
    for (;;) {
      if (linked(fresh, path)) return null
      const holder = read(path)
      // Released between link and read: once more.
      if (holder === null) continue
      if (isAlive(holder) || depth === 0) return holder
      const takeover = `${path}.${holder.nonce}`
      const other = acquire(takeover, mine, depth - 1)
      if (other !== null) return other
      try {
        // Only the holder of the takeover lock may replace this very lock, so this look is still true at the rename.
        if (read(path)?.nonce !== holder.nonce) continue
        renameSync(fresh, path)
        return null
      } finally {
        rmSync(takeover, { force: true })
      }
    }
  } finally {
    rmSync(fresh, { force: true })
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** The holder that a lock file names; a file that is no lock counts as held by nobody alive; null when there is none. */
function read(path: string): Holder | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  try {
    const { pid, started, nonce } = JSON.parse(text) as Partial<Record<string, unknown>>
    if (typeof pid === 'number' && typeof nonce === 'string' && /^[0-9a-f]+$/.test(nonce)) {
      return { pid, started: typeof started === 'string' ? started : null, nonce }
    }
  } catch {
    // No lock of ours: a power cut can leave an empty file.
  }
  return { pid: 0, started: null, nonce: 'broken' }
}

function isAlive(holder: Holder): boolean {
  if (holder.pid <= 0) return false
  if (holder.started !== null) return startOf(holder.pid) === holder.started
  try {
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Boot id and start tick (field 22 of /proc/PID/stat, proc(5)); null when the process is gone, dead or the system has no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name may hold spaces and parentheses; fields are counted after its last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return null
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19] ?? ''}`
  } catch {
    return null
  }
}
