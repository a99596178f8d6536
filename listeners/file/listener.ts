/**
 * Takes files from a folder, one message each. A file is taken when its size and time were the same at two looks; it is claimed by
 * a rename into `.taking`, read, stored by the engine, answered, and moved to `done`, or to `refused` when nothing of it could be
 * used. A crash at any point leaves it where the next look finds it: the engine knows a message that it has and gives the same answer.
 */
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Clock, Emit, FileListen, Intake, Listener } from '../../channels/contract/index.ts'
import { isAnswer, isKept, isRefused } from '../http/index.ts'
import { codeOf, filesOf, moveInto, namePattern, writeWhole } from './folder.ts'

/** What is kept of a message that passes the limit. */
const HEAD_BYTES = 65_536
/** How long `stop` waits for the file in hand. */
const GRACE_MS = 10_000

export type FileListenerOptions = FileListen & { readonly channel: string }

export interface FileListenerDeps {
  readonly clock: Clock
  readonly emit: Emit
  /** Where relative folders are. */
  readonly dataDir: string
  readonly graceMs?: number
}

/**
 * Starts looking into the folder, which is made when it is missing.
 *
 * @throws what the file system says when a folder cannot be made
 */
export async function startFileListener(
  options: FileListenerOptions,
  intake: Intake,
  deps: FileListenerDeps,
): Promise<Listener & { connections(): number; /** Looks now, for tests; resolves when everything that it found is taken. */ look(): Promise<void> }> {
  const folder = resolve(deps.dataDir, options.folder)
  const watch = new Watch({ options, folder, intake, deps })
  await watch.prepare()
  watch.schedule(0)
  return {
    address: { type: 'file', host: folder, port: 0 },
    connections: () => (watch.busy ? 1 : 0),
    look: () => watch.look(),
    stop: () => watch.stop(),
  }
}

interface Setup {
  readonly options: FileListenerOptions
  readonly folder: string
  readonly intake: Intake
  readonly deps: FileListenerDeps
}

class Watch {
  readonly #setup: Setup
  readonly #takes: (name: string) => boolean
  readonly #taking: string
  readonly #done: string
  readonly #refused: string
  readonly #answers: string | null
  /** What the look before saw, by name: `size/time`. */
  #seen = new Map<string, string>()
  /** Problems that were told, by name: once for each state of a file. */
  readonly #told = new Map<string, string>()
  #running: Promise<void> | null = null
  #stopping = false
  #cancel = (): void => undefined
  #wake = (): void => undefined

  constructor(setup: Setup) {
    const { folder, options } = setup
    this.#setup = setup
    this.#takes = namePattern(options.pattern)
    this.#taking = join(folder, '.taking')
    this.#done = resolve(folder, options.done)
    this.#refused = resolve(folder, options.refused)
    this.#answers = options.answers === null ? null : resolve(folder, options.answers)
  }

  get busy(): boolean {
    return this.#running !== null
  }

  async prepare(): Promise<void> {
    for (const folder of [this.#taking, this.#done, this.#refused, this.#answers]) if (folder !== null) await mkdir(folder, { recursive: true })
  }

  schedule(ms: number): void {
    if (this.#stopping) return
    this.#cancel = this.#setup.deps.clock.after(ms, () => {
      void this.look().then(() => this.schedule(this.#setup.options.pollMs))
    })
  }

  look(): Promise<void> {
    if (this.#stopping) return Promise.resolve()
    this.#running ??= this.#look()
      .catch((error: unknown) => this.#problem('', codeOf(error), `the folder cannot be used (${codeOf(error)})`, 0))
      .finally(() => (this.#running = null))
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#cancel()
    this.#wake()
    if (this.#running === null) return
    let cancel = (): void => undefined
    const late = new Promise<void>((resolve) => (cancel = this.#setup.deps.clock.after(this.#setup.deps.graceMs ?? GRACE_MS, resolve)))
    await Promise.race([this.#running, late])
    cancel()
  }

  async #look(): Promise<void> {
    const { folder } = this.#setup
    // What a crash, or an engine that could not store, left behind goes first: it came first.
    for (const { name, size } of await filesOf(this.#taking, (name) => !name.startsWith('.'))) if (!this.#stopping) await this.#take(name, size)
    const seen = new Map<string, string>()
    for (const file of await filesOf(folder, this.#takes)) {
      if (this.#stopping) return
      const state = `${String(file.size)}/${String(file.changed)}`
      seen.set(file.name, state)
      if (this.#seen.get(file.name) !== state) continue
      const claimed = await this.#claim(file.name, state)
      if (claimed === null) continue
      seen.delete(file.name)
      await this.#take(file.name, claimed)
    }
    this.#seen = seen
    for (const name of this.#told.keys()) if (name !== '' && !seen.has(name)) this.#told.delete(name)
  }

  /** Its size once it is ours, or null when it is not to be had now. */
  async #claim(name: string, state: string): Promise<number | null> {
    const from = join(this.#setup.folder, name)
    const to = join(this.#taking, name)
    // One of this name waits for the engine: this one waits behind it.
    if ((await stat(to).catch(() => null)) !== null) return null
    try {
      await (await open(from, 'r')).close()
      await rename(from, to)
      return (await stat(to)).size
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#problem(name, state, `a file cannot be read (${codeOf(error)})`, 0)
      return null
    }
  }

  async #take(name: string, size: number): Promise<void> {
    const { intake, options } = this.#setup
    const path = join(this.#taking, name)
    if (size === 0) {
      this.#setup.deps.emit('listener:problem', { channel: options.channel, what: 'an empty file was put aside', bytes: 0 })
      return this.#put(path, name, null, this.#refused)
    }
    const oversized = size > options.maxMessageBytes
    const bytes = oversized ? await headOf(path) : await readFile(path)
    if (!(await this.#room())) return
    const reply = await new Promise<Uint8Array | null>((answer) => {
      if (oversized) intake.takeOversized(bytes, size, answer)
      else intake.take(new Uint8Array(bytes), answer)
    })
    // Nothing was kept: the file stays in hand and is taken again at the next look.
    if (reply === null || !isKept(reply)) return
    const refused = isRefused(reply)
    if (refused) this.#setup.deps.emit('listener:problem', { channel: options.channel, what: 'a file was refused and put aside', bytes: size })
    await this.#put(path, name, isAnswer(reply) ? reply : null, refused ? this.#refused : this.#done)
  }

  async #put(path: string, name: string, reply: Uint8Array | null, to: string): Promise<void> {
    // The answer first: a crash before the move means the same answer once more, never none.
    if (reply !== null && this.#answers !== null) await writeWhole(join(this.#answers, `${name}.answer`), reply)
    const day = new Date(this.#setup.deps.clock.now()).toISOString().slice(0, 10)
    await moveInto(path, join(to, day), name)
  }

  /** Waits until the engine takes more; false when the listener stops before. */
  async #room(): Promise<boolean> {
    const { intake } = this.#setup
    while (!this.#stopping && !intake.ready()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        intake.whenReady(resolve)
      })
    }
    return !this.#stopping
  }

  #problem(name: string, state: string, what: string, bytes: number): void {
    if (this.#told.get(name) === state) return
    this.#told.set(name, state)
    this.#setup.deps.emit('listener:problem', { channel: this.#setup.options.channel, what, bytes })
  }
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0)
    return head.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
