#!/usr/bin/env node
/** `aqueduct COMMAND`: finds the command and runs it. A command's module is loaded only when it is asked for, so `run` starts fast. */
import { EXIT } from './command.ts'
import type { Command, Io } from './command.ts'
import { nearest } from './nearest.ts'

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).runCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  test: async () => (await import('./test.ts')).testCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  send: async () => (await import('./send.ts')).sendCommand,
  messages: async () => (await import('./messages.ts')).messagesCommand,
  trace: async () => (await import('./trace.ts')).traceCommand,
  worklist: async () => (await import('./worklist.ts')).worklistCommand,
  resolve: async () => (await import('./resolve.ts')).resolveCommand,
  keys: async () => (await import('./keys.ts')).keysCommand,
  translations: async () => (await import('./translations.ts')).translationsCommand,
  replay: async () => (await import('./replay.ts')).replayCommand,
  reload: async () => (await import('./reload.ts')).reloadCommand,
  load: async () => (await import('./load.ts')).loadCommand,
  reconcile: async () => (await import('./reconcile.ts')).reconcileCommand,
  close: async () => (await import('./close.ts')).closeCommand,
  channels: async () => (await import('./channels.ts')).channelsCommand,
  demo: async () => (await import('./demo.ts')).demoCommand,
  version: async () => (await import('./version.ts')).versionCommand,
}

async function help(topic: string | undefined, io: Io): Promise<number> {
  if (topic !== undefined) {
    const load = COMMANDS[topic]
    if (load === undefined) return unknown(topic, io)
    const command = await load()
    io.out(`${command.summary}\n\n${command.usage}`)
    return EXIT.good
  }
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()))
  const lines = [
    ...commands.map(({ name, summary }) => `  ${name.padEnd(13)}${summary}`),
    `  ${'help'.padEnd(13)}Says how a command is used: aqueduct help COMMAND.`,
  ]
  io.out(`usage: aqueduct COMMAND [options]\n\n${lines.join('\n')}\n\nexit codes: 0 good, 1 findings, 2 usage, 3 unreachable`)
  return EXIT.good
}

function unknown(name: string, io: Io): number {
  const meant = nearest(name, [...Object.keys(COMMANDS), 'help'])
  io.err(`aqueduct: unknown command “${name}”${meant === undefined ? '' : `; did you mean “${meant}”?`}\n“aqueduct help” lists the commands.`)
  return EXIT.usage
}

/** Runs one command line (without the program's own name). */
async function main(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined) {
    await help(undefined, { ...io, out: io.err })
    return EXIT.usage
  }
  if (name === 'help' || name === '--help' || name === '-h') return help(rest[0], io)
  if (name === '--version' || name === '-v') return main(['version'], io)
  if (!Object.hasOwn(COMMANDS, name)) return unknown(name, io)
  if (rest.includes('--help') || rest.includes('-h')) return help(name, io)
  const command = await COMMANDS[name]?.()
  return command === undefined ? unknown(name, io) : command.run(rest, io)
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.good)
  throw error
})
const stop = new AbortController()
const given = process.argv.slice(2)
// `run` drains on its own terms; the others stop what they do.
if (given[0] !== 'run') for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
process.exitCode = await main(given, {
  out: (text) => void process.stdout.write(text + '\n'),
  err: (text) => void process.stderr.write(text + '\n'),
  signal: stop.signal,
})
