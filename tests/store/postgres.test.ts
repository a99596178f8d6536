import test from 'ava'
import pg from 'pg'
import { migrate } from '../../store/index.ts'
import { startPostgres } from '../postgres.ts'
import type { RunningPostgres } from '../postgres.ts'
import { harness } from './fixtures.ts'
import { openPostgres } from '../../store/sql/postgres.ts'
import { suite } from './suite.ts'
import { schemaSuite } from './suite-schema.ts'

let server: RunningPostgres | null = null

function url(name: string): string {
  if (!server) throw new Error('PostgreSQL does not run')
  return server.url(name)
}

async function administer(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url('postgres') })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

test.before(async () => {
  // The tests look at what is stored, not at whether a power cut would keep it.
  server = await startPostgres('fsync=off')
  await administer('create database template_store')
  await migrate({ kind: 'postgres', url: url('template_store') })
})
test.after.always(() => server?.stop())

let databases = 0
/** One at a time: a template must not be in use while it is copied. */
let copying: Promise<void> = Promise.resolve()

suite(test, async (t) => {
  const name = `store_${String(++databases)}`
  copying = copying.then(() => administer(`create database ${name} template template_store`))
  await copying
  return harness(t, { kind: 'postgres', url: url(name) })
})

schemaSuite(test, async (t) => {
  const name = `store_${String(++databases)}`
  copying = copying.then(() => administer(`create database ${name} template template_store`))
  await copying
  const sql = await openPostgres(url(name))
  t.teardown(() => sql.close())
  return sql
})

test('two that start at once on an empty database migrate it once', async (t) => {
  await administer('create database race')
  const database = { kind: 'postgres', url: url('race') } as const
  await t.notThrowsAsync(Promise.all([migrate(database), migrate(database), migrate(database)]))
})
