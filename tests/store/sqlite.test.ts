import test from 'ava'
import { harness } from './fixtures.ts'
import { openSqliteWriter } from '../../store/sql/sqlite.ts'
import { sqliteStore } from './sqlite.ts'
import { suite } from './suite.ts'
import { schemaSuite } from './suite-schema.ts'

suite(test, async (t) => harness(t, { kind: 'sqlite', file: await sqliteStore(t) }))

schemaSuite(test, async (t) => {
  const { sql, db } = openSqliteWriter(await sqliteStore(t))
  t.teardown(() => db.close())
  return sql
})
