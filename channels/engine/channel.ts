/** One running channel: its doors and listeners, started, paused, stopped, and moved to a new configuration without losing a message. */
import { AqueductError } from '../contract/index.ts'
import type { ChannelStatus, Listen, Listener } from '../contract/index.ts'
import { Door } from './door.ts'
import type { DoorDeps } from './door.ts'
import type { ChannelRuntime } from './intake.ts'

/** A listener as the engine needs it; `connections` for the status page. */
export type RunningListener = Listener & { connections(): number }
export type StartListener = (options: Listen & { readonly channel: string }, intake: Door) => Promise<RunningListener>

interface OpenDoor {
  readonly options: Listen
  readonly door: Door
  listener: RunningListener
}

/** The way in of `listen.fhir`: the API's own face, which asks {@link Engine.write}. There is nothing to open or to close. */
const AT_THE_FACE: RunningListener = { address: { type: 'fhir', host: '', port: 0 }, connections: () => 0, stop: () => Promise.resolve() }

export class RunningChannel {
  #runtime: ChannelRuntime
  #doors: OpenDoor[] = []
  #state: ChannelStatus['state'] = 'stopped'
  #taken = 0
  #lastAt = 0
  readonly #listen: StartListener
  readonly #deps: Omit<DoorDeps, 'runtime' | 'taken'>

  constructor(runtime: ChannelRuntime, listen: StartListener, deps: Omit<DoorDeps, 'runtime' | 'taken'>) {
    this.#runtime = runtime
    this.#listen = listen
    this.#deps = deps
  }

  get runtime(): ChannelRuntime {
    return this.#runtime
  }

  status(): ChannelStatus {
    const { definition, config } = this.#runtime
    return {
      name: definition.name,
      about: definition.about,
      owner: definition.owner,
      state: this.#state,
      listeners: this.#doors.map(({ listener }) => ({ ...listener.address, connections: listener.connections() })),
      config,
      taken: this.#taken,
      lastMessageAt: this.#lastAt === 0 ? null : new Date(this.#lastAt).toISOString(),
    }
  }

  /** Counts a message that came by no door of its own. */
  took(at: number): void {
    this.#taken++
    this.#lastAt = at
  }

  /** Opens the ports, or goes on reading. Throws what the socket says (EADDRINUSE) with nothing left open. */
  async start(): Promise<void> {
    for (const { door } of this.#doors) door.pause(false)
    if (this.#state === 'stopped') {
      try {
        for (const options of this.#runtime.definition.listen) this.#doors.push(await this.#open(options))
      } catch (error) {
        await this.stop()
        throw error
      }
    }
    this.#state = 'running'
  }

  pause(): void {
    if (this.#state !== 'running') return
    for (const { door } of this.#doors) door.pause(true)
    this.#state = 'paused'
  }

  async stop(): Promise<void> {
    const doors = this.#doors
    this.#doors = []
    this.#state = 'stopped'
    for (const { door } of doors) door.pause(false)
    await Promise.all(doors.map(({ listener }) => listener.stop()))
    for (const { door } of doors) door.close()
  }

  /**
   * Runs the next message under `runtime`. Ports whose settings did not change stay open; new ports are opened before old ones
   * close, so a port that is taken leaves everything as it was.
   */
  async move(runtime: ChannelRuntime): Promise<void> {
    const before = this.#runtime
    if (this.#state === 'stopped') {
      this.#runtime = runtime
      return
    }
    const same = (a: Listen, b: Listen) => JSON.stringify(a) === JSON.stringify(b)
    const keep = this.#doors.filter(({ options }) => runtime.definition.listen.some((wanted) => same(wanted, options)))
    const drop = this.#doors.filter((open) => !keep.includes(open))
    const add = runtime.definition.listen.filter((wanted) => !keep.some(({ options }) => same(wanted, options)))
    const inTheWay = (wanted: Listen) => drop.filter(({ options }) => sharesPlace(options, wanted))
    const opened: OpenDoor[] = []
    try {
      for (const wanted of add) if (inTheWay(wanted).length === 0) opened.push(await this.#open(wanted))
    } catch (error) {
      await Promise.all(opened.map(({ listener }) => listener.stop()))
      throw error
    }
    this.#runtime = runtime
    await Promise.all(drop.map(({ listener }) => listener.stop()))
    this.#doors = [...keep, ...opened]
    for (const wanted of add) {
      if (inTheWay(wanted).length === 0) continue
      try {
        this.#doors.push(await this.#open(wanted))
      } catch (cause) {
        this.#runtime = before
        throw new AqueductError('INTERNAL', `${placeOf(wanted)} could not be opened again with its new settings`, { cause })
      }
    }
    if (this.#state === 'paused') for (const { door } of this.#doors) door.pause(true)
  }

  async #open(options: Listen): Promise<OpenDoor> {
    const door = new Door(options, {
      ...this.#deps,
      runtime: () => this.#runtime,
      taken: (at) => this.took(at),
    })
    const channel = this.#runtime.definition.name
    if (options.type === 'fhir') return { options, door, listener: AT_THE_FACE }
    try {
      return { options, door, listener: await this.#listen({ ...options, channel }, door) }
    } catch (cause) {
      if (cause instanceof AqueductError) throw cause
      const { code = 'unknown reason', syscall, path } = cause as NodeJS.ErrnoException
      if (syscall === 'open') throw new AqueductError('INTERNAL', `channel ${channel}: ${path ?? 'a file of listen.tls'} cannot be read (${code})`, { cause })
      throw new AqueductError(
        'INTERNAL',
        `channel ${channel} cannot listen on ${placeOf(options)} (${code}); ${options.type === 'file' ? 'create the folder or change listen.file.folder' : `free the port or change listen.${options.type}.port`}`,
        { cause },
      )
    }
  }
}

/** Could one of them only be opened once the other is closed: the same port, or the same folder? */
function sharesPlace(a: Listen, b: Listen): boolean {
  if (a.type === 'fhir' || b.type === 'fhir') return false
  if (a.type === 'file') return b.type === 'file' && a.folder === b.folder
  if (b.type === 'file') return false
  return a.port === b.port && b.port !== 0
}

function placeOf(listen: Listen): string {
  if (listen.type === 'fhir') return '/fhir'
  return listen.type === 'file' ? listen.folder : `${listen.host}:${String(listen.port)}`
}
