/**
 * Stores on SQLite that are migrated already: one is migrated for a process, the others are copies of it, since a migration loads TypeORM
 * in a thread and takes half a second. That a folder without a store gets one is what the end-to-end tests prove with every engine they start.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { migrate } from '../../store/index.ts'

let template: Promise<string> | null = null

async function migrated(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'aqueduct-migrated-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'store.sqlite')
  // The last connection to close writes the log back: nothing but this file is the store.
  await migrate({ kind: 'sqlite', file })
  return file
}

/** A file of its own for a test, gone with it; the store in it has today's schema and nothing else. */
export async function sqliteStore(t: Pick<ExecutionContext, 'teardown'>): Promise<string> {
  template ??= migrated()
  const from = await template
  const folder = mkdtempSync(join(tmpdir(), 'aqueduct-store-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'store.sqlite')
  copyFileSync(from, file)
  return file
}
