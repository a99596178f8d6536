/** `aqueduct run`: the engine in the foreground. One JSON line on stdout when it is ready; SIGHUP reloads, SIGTERM drains. */
import { faultOf } from '../../channels/contract/index.ts'
import { startStoreThreads } from '../threads/index.ts'
import { EXIT } from './command.ts'
import type { Command, Io } from './command.ts'
import { printIssues } from './findings.ts'
import { misuse, parseOptions } from './options.ts'
import { overridesOf } from './overrides.ts'

export const runCommand: Command = {
  name: 'run',
  summary: 'Runs the engine on a configuration folder and a data directory.',
  usage: `usage: aqueduct run --config DIR --data DIR [--set path=value …]

  --config DIR      the configuration folder (default channel-config)
  --data DIR        where the engine keeps its store (default ./data); one engine at a time
  --set path=value  overrides a value: channels.or-supply-usage.listen.mllp.port=0, api.port=0, destinations.erp.url=http://…

When it is ready it prints one JSON line with pid, api and listeners. SIGHUP reloads the configuration, SIGTERM drains and
exits 0, a second SIGTERM exits at once.`,
  async run(args, io) {
    const parsed = parseOptions(args, { options: { config: 'one', data: 'one', set: 'many' }, positionals: [0, 0] })
    if (!parsed.ok) return misuse(runCommand, io, parsed.text)
    const { options } = parsed
    const given = overridesOf(options.many('set'))
    if ('wrong' in given) return misuse(runCommand, io, `--set takes path=value, not “${given.wrong}”`)
    const asked = listenToSignals()
    // A message's content may be quoted in an error's text: only its kind and where it happened are told.
    process.on('uncaughtException', (error) => end(io, `a defect ended the engine (${kindOf(error)})`))
    // The threads load their code while this one loads the engine's: half a second of a start.
    const threads = startStoreThreads()
    const { startEngine } = await import('../engine.ts')
    const result = await startEngine(
      {
        configDir: options.one('config') ?? 'channel-config',
        dataDir: options.one('data') ?? 'data',
        overrides: given.overrides,
        env: process.env,
        onFailure: (error) => end(io, `a thread of the store ended (${kindOf(error)})`),
      },
      threads,
    )
    if (!result.ok) {
      printIssues(result.issues, { ...io, out: io.err })
      io.err(`aqueduct: ${result.text}`)
      return EXIT.findings
    }
    const { running } = result
    const { engine } = running
    // A finished command ends the process, and its timers do not hold it: something must, until the signal.
    const hold = setInterval(() => undefined, 1 << 30)
    asked.onReload(() => {
      engine.reload('SIGHUP').then(
        ({ applied, id, issues }) => {
          printIssues(issues, { ...io, out: io.err })
          io.err(applied ? `configuration ${id} is active` : `refused: configuration ${id} stays active`)
        },
        (error: unknown) => io.err(`aqueduct: the reload failed: ${faultOf(error, 'INTERNAL').text}`),
      )
    })
    const listeners = engine.channels().flatMap((channel) => channel.listeners.map(({ type, host, port }) => ({ channel: channel.name, type, host, port })))
    io.out(JSON.stringify({ ready: true, pid: process.pid, api: running.api, listeners }))
    await asked.stop
    await running.stop()
    clearInterval(hold)
    return EXIT.good
  },
}

/**
 * SIGTERM and SIGINT ask to stop, a second one ends the process at once. SIGHUP asks to reload; one that comes while the engine
 * still starts is kept until it can be done, where the default would end the process.
 */
function listenToSignals(): { readonly stop: Promise<void>; onReload(reload: () => void): void } {
  let reload: (() => void) | null = null
  let early = false
  process.on('SIGHUP', () => {
    if (reload) reload()
    else early = true
  })
  const stop = new Promise<void>((resolve) => {
    let stopping = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (stopping) process.exit(EXIT.findings)
        stopping = true
        resolve()
      })
    }
  })
  return {
    stop,
    onReload(then) {
      reload = then
      if (early) then()
    },
  }
}

function kindOf(error: Error): string {
  const at = error.stack?.split('\n').find((line) => line.startsWith('    at '))
  return at === undefined ? error.name : `${error.name} ${at.trim()}`
}

function end(io: Io, text: string): never {
  io.err(`aqueduct: ${text}; the engine ends, start it again`)
  process.exit(EXIT.findings)
}
