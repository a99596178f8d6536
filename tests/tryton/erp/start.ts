/**
 * A real Tryton for the time of a test: a furnished database is made once and copied for each test. `startTryton` answers null where there is
 * no Tryton; the runner has said so before.
 */
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { Person } from './person.ts'

const HERE = fileURLToPath(new URL('../../../../tests/tryton/erp/', import.meta.url))
const SERVER = '/usr/bin/trytond'
const ENV = { ...process.env, PYTHONWARNINGS: 'ignore' }
const run = promisify(execFile)
/** Ten times what it takes on a quiet machine. */
export const FURNISH_MS = 600_000

/** Ids by code, as the bootstrap left them. */
export interface TrytonFixture {
  readonly company: number
  readonly accounts: Readonly<Record<string, number>>
  readonly analytic: Readonly<Record<string, number>>
  readonly suppliers: Readonly<Record<string, number>>
  readonly products: Readonly<Record<string, number>>
  readonly units: Readonly<Record<string, number>>
  readonly locations: Readonly<Record<string, number>>
  readonly journals: Readonly<Record<string, number>>
}

export interface RunningTryton {
  readonly url: string
  readonly database: string
  readonly fixture: TrytonFixture
  /** A person of the ERP: `buyer` approves and confirms; `bridge` is the connector's own user. */
  person(login?: 'buyer' | 'bridge' | 'clerk', database?: string): Promise<Person>
  buyer(): Promise<Person>
  /** Another database, freshly furnished, in the same server. Its name. */
  copy(): string
  /** Kills it as a power cut would. */
  kill(): Promise<void>
  /** Starts it again at the same address. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export const PASSWORDS = { bridge: 'bridge-test-1', buyer: 'buyer-test-1', clerk: 'clerk-test-9' } as const

export function hasTryton(): boolean {
  return existsSync(SERVER) && existsSync('/usr/lib/python3/dist-packages/proteus')
}

/**
 * Folder of the furnished database on SQLite; made on first use, about half a minute, and kept for as long as what it is made of stays the same.
 * AQUEDUCT_TRYTON_TEMPLATE names one that `template.sh` made before.
 */
export async function template(): Promise<string> {
  const furnished = process.env['AQUEDUCT_TRYTON_TEMPLATE']
  if (furnished !== undefined && existsSync(join(furnished, 'fixture.json'))) return furnished
  const hash = createHash('sha256').update(String(new Date().getFullYear()))
  for (const file of ['activate.py', 'bootstrap.py', 'template.sh', 'hospital.json']) hash.update(readFileSync(join(HERE, file)))
  const folder = join(tmpdir(), `aqueduct-tryton-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(join(folder, 'fixture.json'))) return folder
  const made = mkdtempSync(join(tmpdir(), 'aqueduct-tryton-made-'))
  try {
    await furnish(made, 'hospital')
  } catch (error) {
    rmSync(made, { recursive: true, force: true })
    throw error
  }
  try {
    renameSync(made, folder)
  } catch {
    // Another run was faster.
    rmSync(made, { recursive: true, force: true })
  }
  return folder
}

/** Makes a furnished database in a folder. @param uri Tryton's address of the database server; SQLite without one */
export async function furnish(folder: string, database: string, uri?: string): Promise<void> {
  await run(join(HERE, 'template.sh'), [folder, database, ...(uri === undefined ? [] : [uri])], { env: ENV, timeout: FURNISH_MS })
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"id":0,"method":"common.server.version","params":[]}',
    })
    return response.ok
  } catch {
    return false
  }
}

/** A server over a furnished folder; stops with the test. @param uri as in {@link furnish}; then `folder` and `database` are those of it */
export async function startTryton(
  t: Pick<ExecutionContext, 'teardown'>,
  own?: { readonly folder: string; readonly database: string; readonly uri: string },
): Promise<RunningTryton> {
  const source = own?.folder ?? (await template())
  const folder = mkdtempSync(join(tmpdir(), 'aqueduct-tryton-run-'))
  mkdirSync(join(folder, 'db'))
  const copy = (): string => {
    const name = `h${randomUUID().slice(0, 8)}`
    copyFileSync(join(source, 'db', 'hospital.sqlite'), join(folder, 'db', `${name}.sqlite`))
    return name
  }
  const database = own?.database ?? copy()
  const port = await freePort()
  const conf = join(folder, 'trytond.conf')
  writeFileSync(
    conf,
    `[web]\nlisten = 127.0.0.1:${String(port)}\nroot =\n[database]\nuri = ${own?.uri ?? 'sqlite://'}\npath = ${folder}/db\n[session]\ntimeout = 3600\n[queue]\nworker = False\n[email]\nuri = smtp://127.0.0.1:1\n`,
  )
  const url = `http://127.0.0.1:${String(port)}/`
  let server: ChildProcess
  async function begin(): Promise<void> {
    // It dies with the test's process, whatever ends that.
    const command = ['--pdeathsig', 'KILL', '/usr/bin/python3', SERVER, '-c', conf, '--logconf', join(source, 'log.conf'), '-d', database]
    server = spawn('/usr/bin/setpriv', command, { env: ENV, stdio: ['ignore', 'ignore', 'pipe'] })
    const said: string[] = []
    server.stderr?.on('data', (bytes: Buffer) => said.push(bytes.toString()))
    while (!(await answers(url))) {
      if (server.exitCode !== null) throw new Error(`Tryton did not start:\n${said.join('')}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill(signal)
    await once(server, 'exit')
  }
  try {
    await begin()
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const running: RunningTryton = {
    url,
    database,
    fixture: JSON.parse(readFileSync(join(source, 'fixture.json'), 'utf8')) as TrytonFixture,
    person: (login = 'buyer', name = database) => Person.login(url, name, login, PASSWORDS[login]),
    buyer: () => running.person('buyer'),
    copy,
    kill: () => end('SIGKILL'),
    restart: begin,
    async stop() {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  t.teardown(() => running.stop())
  return running
}
