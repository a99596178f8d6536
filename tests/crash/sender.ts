/** A sender as hospitals have them: one message at a time, resends what was not acknowledged after the connection broke. */
import net from 'node:net'
import { usage } from './messages.ts'
import type { Sent } from './messages.ts'

export class Sender {
  readonly acked: Sent[] = []
  readonly codes = new Map<string, number>()
  readonly #accounts: readonly string[]
  readonly #prefix: string
  #number = 0
  #current: Sent | null = null
  #socket: net.Socket | null = null

  constructor(prefix: string, accounts: readonly string[]) {
    this.#prefix = prefix
    this.#accounts = accounts
  }

  /** Connects and sends until the connection breaks. What is unanswered then is the first thing sent the next time. */
  run(port: number): Promise<void> {
    return new Promise((resolve) => {
      let received = Buffer.alloc(0)
      const socket = net.connect({ host: '127.0.0.1', port, noDelay: true })
      this.#socket = socket
      const send = () => {
        this.#current ??= this.#next()
        socket.write(Buffer.concat([Buffer.from([0x0b]), usage(this.#current), Buffer.from([0x1c, 0x0d])]))
      }
      socket.on('connect', send)
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        const end = received.indexOf(Buffer.from([0x1c, 0x0d]))
        if (end < 0) return
        const [, code = '', controlId = ''] = /\rMSA\|(\w\w)\|([^|\r]*)/.exec(received.toString('latin1', 0, end)) ?? []
        received = received.subarray(end + 2)
        this.codes.set(code, (this.codes.get(code) ?? 0) + 1)
        if (this.#current && controlId !== this.#current.controlId) throw new Error(`acknowledged ${controlId}, waiting for ${this.#current.controlId}`)
        if (this.#current && code === 'AA') {
          this.acked.push(this.#current)
          this.#current = null
        }
        send()
      })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
    })
  }

  /** Sends what is still unanswered until it is answered, and nothing new. */
  async finish(port: number): Promise<void> {
    if (!this.#current) return
    const before = this.acked.length
    const closed = this.run(port)
    while (this.acked.length === before) await new Promise((wake) => setImmediate(wake))
    this.stop()
    await closed
  }

  stop(): void {
    this.#socket?.destroy()
  }

  #next(): Sent {
    const number = this.#number++
    const account = this.#accounts[number % this.#accounts.length] as string
    return { controlId: `${this.#prefix}-${String(number)}`, account, number: Math.floor(number / this.#accounts.length) }
  }
}
