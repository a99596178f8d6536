/** An engine in the test's own process: real mapping, ledger and bridge on a store in memory; destinations and ports are scripts. */
import type { ExecutionContext } from 'ava'
import { createIdSource } from '../../../channels/contract/index.ts'
import type {
  Answer,
  Bridge,
  DeliveryOutcome,
  Destination,
  IntakeOp,
  LedgerOps,
  Listen,
  LookupAnswer,
  MessageView,
  OpName,
  Outgoing,
} from '../../../channels/contract/index.ts'
import { Engine, intakeOf } from '../../../channels/engine/index.ts'
import type { CompiledConfiguration } from '../../../channels/engine/index.ts'
import { createBridge } from '../../../erp-bridge/index.ts'
import { compileArchived, compileConfiguration } from '../../../server/configuration.ts'
import { openStore } from '../../../store/index.ts'
import { MASTER_DATA, usage } from '../../crash/messages.ts'
import { FIXED, channelYaml } from '../../end-to-end/folder.ts'
import type { ChannelText } from '../../end-to-end/folder.ts'
import { StandingClock, settle } from './clock.ts'

export const STORED: ChannelText = { name: 'both', listen: '{ mllp: { port: 4001, messages: [DFT^P03] } }', to: ['erp', 'sink'] }

export function compiledOf(channels: readonly ChannelText[], more: Readonly<Record<string, string>> = {}): CompiledConfiguration {
  const files = { ...FIXED, ...Object.fromEntries(channels.map((channel) => [`channels/${channel.name}/channel.yaml`, channelYaml(channel)])), ...more }
  const { compiled, issues } = compileConfiguration({ files, overrides: {}, env: {} })
  if (!compiled) throw new Error(JSON.stringify(issues))
  return compiled
}

export async function house(t: ExecutionContext, bridge: Bridge = createBridge()) {
  const clock = new StandingClock()
  const store = await openStore({ database: { kind: 'sqlite', file: ':memory:' }, bridge, clock, installation: 'test', dedupeDays: 7 })
  t.teardown(() => store.stop())
  const ids = createIdSource(() => clock.now())
  const ask = <Name extends OpName>(op: LedgerOps[Name]['op'] & { readonly op: Name }) =>
    new Promise<LedgerOps[Name]['answer']>((resolve, reject) =>
      store.ledger.submit<Name>(op, (answer: Answer<Name>) => (answer.ok ? resolve(answer.value) : reject(new Error(answer.fault.text)))),
    )
  for (const [table, rows] of Object.entries(MASTER_DATA)) await ask({ op: 'load', table: table as 'items', rows, by: 'test', source: table })

  /** What reached a destination: `name controlId kind`. */
  const sent: string[] = []
  const asked: string[] = []
  const script: {
    deliver: (work: Outgoing, name: string) => DeliveryOutcome | Promise<DeliveryOutcome>
    lookup: (key: string) => LookupAnswer
    pull: NonNullable<Destination['pull']>
  } = {
    deliver: (work) => ({ kind: 'sent', reference: `REF-${work.key}` }),
    lookup: () => ({ kind: 'absent' }),
    pull: () => Promise.resolve({ events: [], next: '', more: false }),
  }
  const open = new Set<number>()
  const taken = new Set<number>()
  const doors = new Map<string, Parameters<ConstructorParameters<typeof Engine>[0]['listen']>[1]>()
  let next: CompiledConfiguration | null = null
  const destination = (name: string, isErp: boolean): Destination => ({
    name,
    settleMs: isErp ? 100 : 0,
    lookup: isErp
      ? (key) => {
          asked.push(key)
          return Promise.resolve(script.lookup(key))
        }
      : null,
    deliver: async (work) => {
      sent.push(`${name} ${work.controlId} ${work.kind}`)
      return script.deliver(work, name)
    },
    ...(isErp ? { pull: (kind, since, signal) => script.pull(kind, since, signal) } : {}),
    stop: () => Promise.resolve(),
  })
  const engine = (compiled: CompiledConfiguration) => {
    const made = new Engine(
      {
        ledger: store.ledger,
        reader: store.reader,
        ids,
        clock,
        random: () => 0,
        emit: () => undefined,
        load: () => ({ compiled: next, issues: [] }),
        compileArchived,
        destination: (definition) => destination(definition.name, definition.type === 'sandbox'),
        freeBytes: () => Promise.resolve(1e12),
        listen: (options: Listen & { readonly channel: string }, door) => {
          if (options.type === 'file' || options.type === 'fhir') return Promise.reject(new Error('this house has no folders'))
          if (taken.has(options.port)) return Promise.reject(Object.assign(new Error('taken'), { code: 'EADDRINUSE' }))
          open.add(options.port)
          doors.set(options.channel, door)
          return Promise.resolve({
            address: { type: options.type, host: options.host, port: options.port },
            connections: () => 0,
            stop: () => {
              open.delete(options.port)
              return Promise.resolve()
            },
          })
        },
      },
      compiled,
    )
    t.teardown(() => made.stop())
    return made
  }
  const message = async (id: number) => (await store.reader.message(id)) as MessageView
  return {
    clock,
    store,
    ask,
    sent,
    asked,
    script,
    engine,
    message,
    /** Ports that are open. */
    open,
    /** Ports that somebody else has. */
    taken,
    setNext: (compiled: CompiledConfiguration | null) => (next = compiled),
    /** Puts a message into the store as the intake of `compiled` would, without an engine; gives its id. */
    async put(
      compiled: CompiledConfiguration,
      controlId: string,
      change: (op: IntakeOp) => IntakeOp = (op) => op,
      text: (text: string) => string = (same) => same,
    ): Promise<number> {
      const { configuration } = compiled
      const channel = compiled.channels.get('both')
      if (!channel) throw new Error('no channel')
      await ask({ op: 'configuration', id: configuration.id, files: JSON.stringify(configuration.files), overrides: '{}', policies: configuration.policies })
      const inbound = channel.format.read(Buffer.from(text(usage({ controlId, account: 'A', number: 0 }).toString().replaceAll('A-0', controlId))), {
        charset: 'utf-8',
      })
      const id = ids.next()
      await ask(change(intakeOf(channel, { messages: ['DFT^P03'], acknowledge: 'when-stored' }, inbound, id, clock.now())))
      return id
    },
    /** Sends one message through the channel's door; resolves with the acknowledgement. */
    send: (controlId: string) =>
      new Promise<string>((resolve) =>
        doors.get('both')?.take(usage({ controlId, account: 'A', number: 0 }), (reply) => resolve(Buffer.from(reply ?? []).toString())),
      ),
    /** Moves time until it is so. */
    async until(so: () => Promise<boolean>): Promise<void> {
      for (let i = 0; i < 400; i++) {
        await settle()
        if (await so()) return
        await clock.move(50)
      }
      throw new Error('it did not become so')
    },
  }
}
