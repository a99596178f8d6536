import test from 'ava'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { harness } from './fixtures.ts'
import { migrate } from '../../store/index.ts'
import { openSqliteWriter } from '../../store/sql/sqlite.ts'
import { suite } from './suite.ts'
import { schemaSuite } from './suite-schema.ts'

suite(test, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'aqueduct-store-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return harness(t, { kind: 'sqlite', file: join(folder, 'store.sqlite') })
})

schemaSuite(test, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'aqueduct-schema-'))
  const file = join(folder, 'store.sqlite')
  await migrate({ kind: 'sqlite', file })
  const { sql, db } = openSqliteWriter(file)
  t.teardown(() => {
    db.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return sql
})
