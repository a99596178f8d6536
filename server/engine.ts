/** Puts a running engine together: store threads, channels, listeners, destinations, API. The only place that knows everything. */
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AqueductError, createIdSource, faultOf, systemClock } from '../channels/contract/index.ts'
import type { Destination, DestinationDefinition, Issue } from '../channels/contract/index.ts'
import { createFhirDestination, createHttpDestination, createMllpDestination, createX12Destination } from '../channels/destinations/index.ts'
import { Engine } from '../channels/engine/index.ts'
import type { StartListener } from '../channels/engine/index.ts'
import { createSandboxDestination, createTrytonDestination } from '../erp-bridge/connectors/index.ts'
import { startFhirSubscriptionListener } from '../listeners/fhir-subscription/index.ts'
import { startFileListener } from '../listeners/file/index.ts'
import { startHttpListener } from '../listeners/http/index.ts'
import { createMllpSender, startMllpListener } from '../listeners/mllp/index.ts'
import { connectLedger, connectReader } from '../store/index.ts'
import type { Database } from '../store/index.ts'
import { compileArchived, compileFolder } from './configuration.ts'
import { cursorOf } from './cursors.ts'
import { createObservability } from './observability/index.ts'
import { createToken, lockDataDirectory, removeEngineFile, writeEngineFile } from './security/index.ts'
import type { DirectoryLock } from './security/index.ts'
import { fhirWritingOf } from './fhir-feeds/index.ts'
import { registryOf } from './registry.ts'
import type { StoreThreads } from './threads/index.ts'

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

export type StartResult =
  { readonly ok: true; readonly running: RunningEngine } | { readonly ok: false; readonly issues: readonly Issue[]; readonly text: string }

/**
 * Every kind of destination by `type`. A new one is a folder of its own and a line here.
 *
 * @param dataDir where relative folders of destinations are
 */
export function createDestination(definition: DestinationDefinition, dataDir: string): Destination {
  switch (definition.type) {
    case 'http':
      return createHttpDestination(definition, () => systemClock.now())
    case 'mllp':
      return createMllpDestination(definition, () => systemClock.now(), createMllpSender)
    case 'x12':
      return createX12Destination(definition, () => systemClock.now(), dataDir)
    case 'fhir':
      return createFhirDestination(definition, systemClock)
    case 'sandbox':
      return createSandboxDestination(definition)
    case 'tryton':
      return createTrytonDestination(definition, () => systemClock.now())
    default:
      throw new AqueductError('INTERNAL', `destination ${definition.name}: the type ${definition.type} is not in this release`)
  }
}

/**
 * Starts an engine on a configuration folder and a data directory. Findings, a locked or unusable directory, a store that does
 * not open, a port that is taken: values, not errors.
 */
export async function startEngine(options: EngineOptions, threads: StoreThreads): Promise<StartResult> {
  const undo: (() => unknown)[] = [() => threads.stop()]
  const result = await start(options, threads, undo).catch((error: unknown): StartResult => ({ ok: false, issues: [], text: startFault(error) }))
  if (!result.ok) for (const step of undo.reverse()) await step()
  return result
}

/** A failed start concerns no message, so the system's own words about it are told. */
function startFault(error: unknown): string {
  if (error instanceof AqueductError || !(error instanceof Error)) return faultOf(error, 'INTERNAL').text
  const { code, path } = error as NodeJS.ErrnoException
  return `The engine could not start: ${code === undefined ? `${error.name}: ${error.message}` : `${code}${path === undefined ? '' : ` ${path}`}`}`
}

function lockDirectory(dataDir: string): DirectoryLock {
  try {
    mkdirSync(dataDir, { recursive: true })
    return lockDataDirectory(dataDir)
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    throw new AqueductError('STORE_FAILED', `The data directory ${dataDir} cannot be used (${code}).`, { cause: error })
  }
}

async function start(options: EngineOptions, threads: StoreThreads, undo: (() => unknown)[]): Promise<StartResult> {
  const dataDir = resolve(options.dataDir)
  const load = (lenientOverrides = false) => compileFolder(options.configDir, options.overrides, options.env, lenientOverrides)
  const { compiled, issues } = load()
  if (!compiled) return { ok: false, issues, text: 'The configuration has errors; nothing was started.' }
  const lock = lockDirectory(dataDir)
  if (!lock.ok) return { ok: false, issues: [], text: lock.text }
  undo.push(() => lock.release())

  const { engine: settings } = compiled.configuration
  const database: Database = settings.store.url ? { kind: 'postgres', url: settings.store.url } : { kind: 'sqlite', file: join(dataDir, 'aqueduct.sqlite') }
  const observability = createObservability({ clock: systemClock })
  await threads.open({ database, installation: settings.installation, dedupeDays: settings.dedupeDays })
  const ledger = connectLedger(threads.ledger)
  ledger.onFailure(options.onFailure)
  const reader = connectReader(threads.reader)
  let stopping = false
  // Without a reader there is no recovery, no way to see and no way to repair: as good as no store.
  void once(threads.reader, 'exit').then(
    () => (stopping ? undefined : options.onFailure(new Error('the reader thread ended'))),
    (error: unknown) => options.onFailure(error instanceof Error ? error : new Error('the reader thread ended')),
  )
  undo.push(async () => {
    stopping = true
    await ledger.stop()
    await reader.stop()
  })
  observability.watchStore(() => reader.counts())

  const listen: StartListener = (listener, door) => {
    const deps = { clock: systemClock, emit: observability.emit }
    if (listener.type === 'file') return startFileListener(listener, door, { ...deps, dataDir })
    if (listener.type === 'fhir-subscription') {
      return startFhirSubscriptionListener(listener, door, { ...deps, cursor: cursorOf(listener.channel, ledger, reader, systemClock) })
    }
    if (listener.type === 'fhir') throw new AqueductError('INTERNAL', `${listener.type} is not in this release`)
    return listener.type === 'mllp' ? startMllpListener(listener, door, deps) : startHttpListener(listener, door, deps)
  }
  // The API asks by the id of what runs: a folder that was read and not applied changes nothing.
  const smart = new Map([[compiled.configuration.id, settings.smart]])
  const highest = await reader.highest()
  const engine = new Engine(
    {
      ledger,
      reader,
      ids: createIdSource(() => systemClock.now(), 0, highest.message),
      clock: systemClock,
      random: Math.random,
      emit: observability.emit,
      load: () => {
        const made = load(true)
        if (made.compiled) smart.set(made.compiled.configuration.id, made.compiled.configuration.engine.smart)
        return made
      },
      compileArchived,
      listen,
      destination: (definition) => createDestination(definition, dataDir),
      freeBytes: async () => {
        const { bavail, bsize } = await statfs(dataDir)
        return bavail * bsize
      },
    },
    compiled,
  )
  undo.push(() => engine.stop())
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
    registry: registryOf(ledger),
    fhirWriting: fhirWritingOf(ledger),
    installation: settings.installation,
    smart: { settings: () => smart.get(engine.configuration()) ?? null, dataDir },
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
        stopping = true
        await ledger.stop()
        await reader.stop()
        removeEngineFile(dataDir)
        lock.release()
      },
    },
  }
}
