/** The engine: channels, destinations and the ledger put together under one active configuration. Started once, moved by reload, stopped once. */
import { AqueductError, faultOf, formatMessageId } from '../contract/index.ts'
import type {
  Answer,
  ChannelStatus,
  Clock,
  Configuration,
  DeliveryWork,
  Destination,
  DestinationDefinition,
  Emit,
  EngineControl,
  IdSource,
  InjectAnswer,
  InjectRequest,
  Issue,
  Ledger,
  LedgerOps,
  OpName,
  Reader,
  ResourceAnswer,
  ResourceRequest,
} from '../contract/index.ts'
import { Awaiting } from './awaiting.ts'
import { leftBehind, untilRestart } from './changes.ts'
import { RunningChannel } from './channel.ts'
import type { StartListener } from './channel.ts'
import { retryCodes } from './codes.ts'
import { Disk } from './disk.ts'
import { inject } from './inject.ts'
import type { InjectDeps } from './inject.ts'
import type { ChannelRuntime } from './intake.ts'
import { Outlets } from './outlets.ts'
import { recoverReceived } from './recovery.ts'
import { rerun } from './rerun.ts'
import type { RerunDeps } from './rerun.ts'
import { References } from './references.ts'
import { Timers } from './timers.ts'
import { write } from './write.ts'

/** A configuration with its channels compiled. */
export interface CompiledConfiguration {
  readonly configuration: Configuration
  readonly channels: ReadonlyMap<string, ChannelRuntime>
}

export interface EngineParts {
  readonly ledger: Ledger
  readonly reader: Reader
  readonly ids: IdSource
  readonly clock: Clock
  readonly random: () => number
  readonly emit: Emit
  /** Reads and checks the folder again. `compiled` is null when it has errors. */
  readonly load: () => { readonly compiled: CompiledConfiguration | null; readonly issues: readonly Issue[] }
  /** Compiles an archived configuration; null when it cannot be run any more. */
  readonly compileArchived: (files: Readonly<Record<string, string>>, overrides: Readonly<Record<string, string>>) => CompiledConfiguration | null
  readonly listen: StartListener
  readonly destination: (definition: DestinationDefinition) => Destination
  /** Bytes free where the store writes. */
  readonly freeBytes: () => Promise<number>
}

const TICK_MS = 2_000
const MAP_AGAIN_MS = 1_000

export class Engine implements EngineControl {
  readonly #parts: EngineParts
  #active: CompiledConfiguration
  readonly #channels = new Map<string, RunningChannel>()
  readonly #outlets: Outlets
  readonly #bridgeTimers: Timers
  readonly #references: References
  readonly #disk: Disk
  readonly #archived = new Map<string, CompiledConfiguration>()
  readonly #awaiting: Awaiting
  #ready = false
  #stopped = false
  #cancelTick = (): void => undefined
  #changing: Promise<unknown> = Promise.resolve()

  constructor(parts: EngineParts, compiled: CompiledConfiguration) {
    this.#parts = parts
    this.#active = compiled
    this.#awaiting = new Awaiting(parts.reader, parts.clock)
    const { clock, emit, ledger, random, reader } = parts
    this.#outlets = new Outlets(parts.destination, {
      clock,
      emit,
      ledger,
      random,
      reader,
      settled: (message) => this.#awaiting.settled(message),
      inject: (request) => this.inject(request),
      moveCursors: (rows) => this.#ask({ op: 'cursor', rows }),
      most: () => this.#active.configuration.engine.limits.eventsPerMessage,
    })
    const least = () => this.#active.configuration.engine.store.minFreeBytes
    this.#disk = new Disk({ clock, emit, freeBytes: parts.freeBytes, least })
    this.#references = new References({ reader, resolve: (request) => this.resolve(request) })
    this.#bridgeTimers = new Timers({ reader, clock, inject: (request) => this.inject(request) })
  }

  /** Archives the configuration, recovers, starts deliveries, then opens the ports. */
  async start(): Promise<void> {
    await this.#disk.watch()
    await this.#archive(this.#active.configuration)
    this.#parts.ledger.onWork((work) => {
      for (const each of work) this.#reopened(each)
    })
    for (const definition of this.#active.configuration.destinations) await this.#outlets.start(definition)
    await recoverReceived({ ...this.#rerunDeps(), reader: this.#parts.reader, emit: this.#parts.emit, again: (message) => this.#map(message, () => undefined) })
    for (const runtime of this.#active.channels.values()) await this.#startChannel(runtime)
    this.#tick()
    this.#ready = true
    this.#outlets.startPulls()
  }

  /** Closes the ports, lets what is out come back, settles it, stops. What is queued stays queued. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#ready = false
    this.#cancelTick()
    this.#disk.stop()
    this.#awaiting.stop()
    await this.#changing
    await Promise.all([...this.#channels.values()].map((channel) => channel.stop()))
    await this.#outlets.stop()
  }

  ready(): boolean {
    return this.#ready
  }

  configuration(): string {
    return this.#active.configuration.id
  }

  channels(): readonly ChannelStatus[] {
    return [...this.#channels.values()].map((channel) => channel.status())
  }

  destinations() {
    return this.#outlets.status()
  }

  setChannel(name: string, action: 'start' | 'stop' | 'pause') {
    return this.#inTurn(() => this.#setChannel(name, action))
  }

  async #setChannel(name: string, action: 'start' | 'stop' | 'pause') {
    const channel = this.#channels.get(name)
    if (!channel) return { ok: false as const, text: `There is no channel ${name}.` }
    try {
      if (action === 'pause') channel.pause()
      else await channel[action]()
    } catch (error) {
      return { ok: false as const, text: faultOf(error, 'INTERNAL').text }
    }
    this.#parts.emit('channel:changed', { channel: name, state: channel.status().state })
    return { ok: true as const }
  }

  reload(by: string): Promise<{ applied: boolean; id: string; issues: readonly Issue[] }> {
    return this.#inTurn(() => this.#reload(by))
  }

  /** One change of channels or configuration at a time; the next waits. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const next = this.#changing.then(() => {
      if (this.#stopped) throw new AqueductError('INTERNAL', 'The engine is stopping.')
      return change()
    })
    this.#changing = next.catch(() => undefined)
    return next
  }

  async replay(message: number, by: string) {
    await this.audit(by, 'replay', String(message))
    const result = await rerun(this.#rerunDeps(), message, 'replay', by)
    this.#awaiting.settled(message)
    return result
  }

  async resolve(request: Parameters<EngineControl['resolve']>[0]) {
    const answer = await this.#ask({ op: 'resolve', ...request })
    if (answer.kind === 'resolved') {
      for (const message of answer.rerun) await rerun(this.#rerunDeps(), message, 'release', request.by)
      await this.#outlets.recheckHeld()
    }
    return answer
  }

  async forget(kind: string, subject: string, by: string): Promise<boolean> {
    return (await this.#ask({ op: 'forget', kind, subject, by })).forgotten
  }

  load(request: Parameters<EngineControl['load']>[0]) {
    return this.#ask({ op: 'load', ...request })
  }

  async audit(who: string, what: string, subject: string): Promise<void> {
    await this.#ask({ op: 'audit', who, what, subject })
  }

  inject(request: InjectRequest): Promise<InjectAnswer> {
    return inject(this.#injectDeps(), request)
  }

  write(request: ResourceRequest): Promise<ResourceAnswer> {
    return write(
      {
        ...this.#injectDeps(),
        emit: this.#parts.emit,
        channels: this.#channels.values(),
        config: this.#active.configuration.id,
        stored: (written, messages) => this.#references.written(written, messages),
      },
      request,
    )
  }

  async comment(request: Parameters<EngineControl['comment']>[0]): Promise<boolean> {
    return (await this.#ask({ op: 'comment', ...request })).done
  }

  #injectDeps(): InjectDeps {
    const { clock, ids, ledger } = this.#parts
    return {
      clock,
      ids,
      ledger,
      configuration: () => this.#active.configuration,
      refusal: () => (this.#stopped ? { code: 'STORE_FAILED', text: 'The engine is stopping; send it again.' } : this.#disk.full),
      deliver: (work) => this.#outlets.add(work),
    }
  }

  async #reload(by: string) {
    const { compiled, issues } = this.#parts.load()
    const before = this.#active
    if (!compiled) return { applied: false, id: before.configuration.id, issues }
    if (compiled.configuration.id === before.configuration.id) return { applied: true, id: before.configuration.id, issues }
    await this.#archive(compiled.configuration)
    try {
      for (const definition of compiled.configuration.destinations) await this.#outlets.start(definition)
      for (const [name, runtime] of compiled.channels) {
        const running = this.#channels.get(name)
        if (running) await running.move(runtime)
        else await this.#startChannel(runtime)
      }
    } catch (error) {
      const again = await this.#goBack(before)
      const where = { file: 'channels', line: 1, column: 1, code: 'not-started', level: 'error' as const }
      const texts = [faultOf(error, 'INTERNAL').text, ...again]
      return { applied: false, id: before.configuration.id, issues: [...issues, ...texts.map((message) => ({ ...where, message }))] }
    }
    this.#active = compiled
    await this.#dropBeside(compiled)
    await this.audit(by, 'reload', compiled.configuration.id)
    this.#parts.emit('configuration:applied', { id: compiled.configuration.id })
    try {
      const today = new Date(this.#parts.clock.now()).toISOString().slice(0, 10)
      const { reader } = this.#parts
      await retryCodes({ reader, today, tables: this.#active.configuration.tables, resolve: (request) => this.resolve(request) }, by)
    } catch (error) {
      // It is applied; what could not be looked at again waits on the worklist as before.
      this.#parts.emit('store:problem', { code: 'STORE_FAILED', text: faultOf(error, 'STORE_FAILED').text })
    }
    return {
      applied: true,
      id: compiled.configuration.id,
      issues: [...issues, ...untilRestart(before.configuration, compiled.configuration), ...(await this.#leftBehind())],
    }
  }

  /** After a change that could not be made: everything as it was. Gives what could not be. */
  async #goBack(before: CompiledConfiguration): Promise<readonly string[]> {
    const texts: string[] = []
    const back = async (step: () => Promise<unknown>) => {
      try {
        await step()
      } catch (error) {
        texts.push(faultOf(error, 'INTERNAL').text)
      }
    }
    for (const definition of before.configuration.destinations) await back(() => this.#outlets.start(definition))
    for (const [name, runtime] of before.channels) await back(async () => this.#channels.get(name)?.move(runtime))
    await back(() => this.#dropBeside(before))
    return texts
  }

  /** Stops channels and destinations that this configuration does not have. */
  async #dropBeside(compiled: CompiledConfiguration): Promise<void> {
    for (const [name, channel] of this.#channels) {
      if (compiled.channels.has(name)) continue
      await channel.stop()
      this.#channels.delete(name)
    }
    await this.#outlets.keep(new Set(compiled.configuration.destinations.map((definition) => definition.name)))
  }

  async #leftBehind(): Promise<readonly Issue[]> {
    try {
      return leftBehind((await this.#parts.reader.counts()).deliveries, this.#active.configuration)
    } catch (error) {
      this.#parts.emit('store:problem', { code: 'STORE_FAILED', text: faultOf(error, 'STORE_FAILED').text })
      return []
    }
  }

  async #startChannel(runtime: ChannelRuntime): Promise<void> {
    const { clock, emit, ids, ledger } = this.#parts
    const channel = new RunningChannel(runtime, this.#parts.listen, {
      clock,
      emit,
      ids,
      ledger,
      openIntakes: this.#active.configuration.engine.limits.openIntakes,
      refusal: () => this.#disk.full,
      deliver: (work) => this.#outlets.add(work),
      whenDelivered: (message, timeoutMs, tell) => this.#awaiting.add(message, timeoutMs, tell),
      mapLater: (message, done) => this.#map(message, done),
    })
    await channel.start()
    this.#channels.set(runtime.definition.name, channel)
  }

  /** Maps what is stored RECEIVED. A store that cannot take the result now (disk full) is asked again: nobody else would. */
  #map(message: number, done: () => void): void {
    rerun(this.#rerunDeps(), message, 'recovery', 'intake').then(done, (error: unknown) => {
      this.#parts.emit('store:problem', { code: faultOf(error, 'INTERNAL').code, text: `mapping ${formatMessageId(message)} after its commit` })
      if (!this.#stopped) this.#parts.clock.after(MAP_AGAIN_MS, () => this.#map(message, done))
    })
  }

  #reopened(work: DeliveryWork): void {
    this.#outlets.reopened(work)
    this.#awaiting.settled(work.message)
  }

  #rerunDeps(): RerunDeps {
    return {
      ledger: this.#parts.ledger,
      reader: this.#parts.reader,
      active: (channel) => this.#active.channels.get(channel) ?? null,
      ran: (run) => this.#references.ran(run),
      archived: async (config, channel) => (await this.#compiledOf(config))?.channels.get(channel) ?? null,
    }
  }

  async #compiledOf(config: string): Promise<CompiledConfiguration | null> {
    if (config === this.#active.configuration.id) return this.#active
    const known = this.#archived.get(config)
    if (known) return known
    const stored = await this.#parts.reader.configuration(config)
    const compiled = stored && this.#parts.compileArchived(stored.files, stored.overrides)
    if (compiled) this.#archived.set(config, compiled)
    return compiled
  }

  async #archive(configuration: Configuration): Promise<void> {
    const { id, files, overrides, policies } = configuration
    await this.#ask({ op: 'configuration', id, files: JSON.stringify(files), overrides: JSON.stringify(overrides), policies })
  }

  #ask<Name extends OpName>(op: LedgerOps[Name]['op'] & { readonly op: Name }): Promise<LedgerOps[Name]['answer']> {
    return new Promise((resolve, reject) => {
      this.#parts.ledger.submit<Name>(op, (answer: Answer<Name>) => {
        if (answer.ok) resolve(answer.value)
        else reject(new AqueductError(answer.fault.code, answer.fault.text, answer.fault.place === undefined ? {} : { place: answer.fault.place }))
      })
    })
  }

  #tick(): void {
    this.#cancelTick = this.#parts.clock.after(TICK_MS, () => {
      this.#ask({ op: 'tick' })
        .then(() => this.#bridgeTimers.fire())
        .then(() => this.#references.retry())
        .catch(() => undefined)
        .finally(() => {
          if (!this.#stopped) this.#tick()
        })
    })
  }
}
