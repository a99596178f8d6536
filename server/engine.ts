/** Puts a running engine together: store threads, channels, listeners, destinations, API. The only place that knows everything. */
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AqueductError, createIdSource, systemClock } from '../channels/contract/index.ts'
import type { Destination, DestinationDefinition, Issue } from '../channels/contract/index.ts'
import { createHttpDestination } from '../channels/destinations/index.ts'
import { Engine } from '../channels/engine/index.ts'
import type { StartListener } from '../channels/engine/index.ts'
import { createSandboxDestination } from '../erp-bridge/index.ts'
import { startHttpListener } from '../listeners/http/index.ts'
import { startMllpListener } from '../listeners/mllp/index.ts'
import { connectLedger, connectReader } from '../store/index.ts'
import type { Database } from '../store/index.ts'
import { compileArchived, compileFolder } from './configuration.ts'
import { createObservability } from './observability/index.ts'
import { createToken, lockDataDirectory, removeEngineFile, writeEngineFile } from './security/index.ts'
import type { StoreThreadData } from './threads/index.ts'

export interface EngineOptions {
  readonly configDir: string
  readonly dataDir: string
  readonly overrides: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** The store's thread ended by itself: nothing can be taken or delivered any more; a restart recovers. */
  readonly onFailure: (error: Error) => void
}

export interface RunningEngine {
  readonly api: string
  readonly token: string
  readonly engine: Engine
  /** Findings of the configuration that runs: warnings. */
  readonly issues: readonly Issue[]
  /** Drains and stops everything. */
  stop(): Promise<void>
}

export type StartResult = { readonly ok: true; readonly running: RunningEngine } | { readonly ok: false; readonly issues: readonly Issue[]; readonly text: string }

/** Every kind of destination by `type`. A new one is a folder of its own and a line here. */
export function createDestination(definition: DestinationDefinition): Destination {
  switch (definition.type) {
    case 'http':
      return createHttpDestination(definition, () => systemClock.now())
    case 'sandbox':
      return createSandboxDestination(definition)
    default:
      throw new AqueductError('INTERNAL', `destination ${definition.name}: the type ${definition.type} is not in this release`)
  }
}

/** A thread of the store. Its young generation is kept small: what it allocates lives for one batch. */
function storeThread(name: 'ledger' | 'reader', workerData: StoreThreadData): Worker {
  return new Worker(new URL(`./threads/${name}.js`, import.meta.url), { workerData, name, resourceLimits: { maxYoungGenerationSizeMb: 16 } })
}

/** Resolves with a thread's first message; rejects when it fails or ends before. */
async function said(thread: Worker): Promise<void> {
  const ended = once(thread, 'exit').then(() => {
    throw new AqueductError('STORE_FAILED', 'The store could not be opened.')
  })
  ended.catch(() => undefined)
  await Promise.race([once(thread, 'message'), ended])
}

/** Starts an engine on a configuration folder and a data directory. Findings and a locked directory are values, not errors. */
export async function startEngine(options: EngineOptions): Promise<StartResult> {
  const dataDir = resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true })
  const load = () => compileFolder(options.configDir, options.overrides, options.env)
  const { compiled, issues } = load()
  if (!compiled) return { ok: false, issues, text: 'The configuration has errors; nothing was started.' }
  const lock = lockDataDirectory(dataDir)
  if (!lock.ok) return { ok: false, issues: [], text: lock.text }

  const { engine: settings } = compiled.configuration
  const database: Database = settings.store.url ? { kind: 'postgres', url: settings.store.url } : { kind: 'sqlite', file: join(dataDir, 'aqueduct.sqlite') }
  const observability = createObservability({ clock: systemClock })
  const workerData: StoreThreadData = { database, installation: settings.installation, dedupeDays: settings.dedupeDays }
  const ledgerThread = storeThread('ledger', workerData)
  // The ledger's thread brings the schema up to date before it says anything; only then is there something to read.
  await said(ledgerThread)
  const ledger = connectLedger(ledgerThread)
  ledger.onFailure(options.onFailure)
  const readerThread = storeThread('reader', workerData)
  const reader = connectReader(readerThread)
  observability.watchStore(() => reader.counts())

  const listen: StartListener = (listener, door) => {
    const deps = { clock: systemClock, emit: observability.emit }
    return listener.type === 'mllp' ? startMllpListener(listener, door, deps) : startHttpListener(listener, door, deps)
  }
  const highest = await reader.highest()
  const engine = new Engine(
    {
      ledger,
      reader,
      ids: createIdSource(() => systemClock.now(), 0, highest.message),
      clock: systemClock,
      random: Math.random,
      emit: observability.emit,
      load,
      compileArchived,
      listen,
      destination: createDestination,
      freeBytes: async () => {
        const { bavail, bsize } = await statfs(dataDir)
        return bavail * bsize
      },
    },
    compiled,
  )
  await engine.start()

  // After the ports are open: the first message does not wait for what only people use.
  const { startApi } = await import('./api/index.ts')
  const token = createToken()
  const api = await startApi({
    ...settings.api,
    reader,
    control: engine,
    metrics: () => observability.metrics(),
    token,
    emit: observability.emit,
    clock: systemClock,
  })
  writeEngineFile(dataDir, { pid: process.pid, api: api.url, token })
  return {
    ok: true,
    running: {
      api: api.url,
      token,
      engine,
      issues,
      async stop() {
        await engine.stop()
        await api.stop()
        await ledger.stop()
        await reader.stop()
        removeEngineFile(dataDir)
        lock.release()
      },
    },
  }
}
