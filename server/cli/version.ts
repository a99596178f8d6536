import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { misuse, parseOptions } from './options.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'

/** The package's version. The compiled file lies one folder deeper than its source. */
function version(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const found: unknown = JSON.parse(readFileSync(fileURLToPath(new URL(up, import.meta.url)), 'utf8'))
      if (typeof found === 'object' && found !== null && 'version' in found && typeof found.version === 'string') return found.version
    } catch {
      // Not this far up.
    }
  }
  return 'unknown'
}

export const versionCommand: Command = {
  name: 'version',
  summary: 'Prints the version.',
  usage: 'usage: aqueduct version [--json]',
  run(args, io) {
    const parsed = parseOptions(args, { options: { json: 'flag' }, positionals: [0, 0] })
    if (!parsed.ok) return Promise.resolve(misuse(versionCommand, io, parsed.text))
    const facts = { version: version(), node: process.version }
    io.out(parsed.options.flag('json') ? JSON.stringify(facts) : `aqueduct ${facts.version} (Node ${facts.node})`)
    return Promise.resolve(EXIT.good)
  },
}
