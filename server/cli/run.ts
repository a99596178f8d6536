/** `aqueduct run`: the engine in the foreground. One JSON line on stdout when it is ready; SIGHUP reloads, SIGTERM drains. */
import { startStoreThreads } from '../threads/index.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
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
    // The threads load their code while this one loads the engine's: half a second of a start.
    const threads = startStoreThreads()
    const { startEngine } = await import('../engine.ts')
    const result = await startEngine(
      {
        configDir: options.one('config') ?? 'channel-config',
        dataDir: options.one('data') ?? 'data',
        overrides: given.overrides,
        env: process.env,
        onFailure(error) {
          io.err(`aqueduct: ${error.message}; the engine ends, start it again`)
          process.exit(EXIT.findings)
        },
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
    const stopped = new Promise<void>((resolve) => {
      let stopping = false
      const stop = () => {
        if (stopping) process.exit(EXIT.findings)
        stopping = true
        resolve()
      }
      process.on('SIGTERM', stop)
      process.on('SIGINT', stop)
    })
    process.on('SIGHUP', () => {
      engine.reload('SIGHUP').then(
        ({ applied, id, issues }) => {
          printIssues(issues, { ...io, out: io.err })
          io.err(applied ? `configuration ${id} is active` : `refused: configuration ${id} stays active`)
        },
        () => io.err('aqueduct: the reload failed; the configuration stays as it was'),
      )
    })
    const listeners = engine.channels().flatMap((channel) => channel.listeners.map(({ type, host, port }) => ({ channel: channel.name, type, host, port })))
    io.out(JSON.stringify({ ready: true, pid: process.pid, api: running.api, listeners }))
    await stopped
    await running.stop()
    clearInterval(hold)
    return EXIT.good
  },
}
