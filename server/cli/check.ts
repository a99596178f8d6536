import { stat } from 'node:fs/promises'
import { checkFolder } from '../configuration.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { count, countFindings, printIssues } from './findings.ts'
import { misuse, parseOptions } from './options.ts'
import { overridesOf } from './overrides.ts'

export const checkCommand: Command = {
  name: 'check',
  summary: 'Reports every problem of a configuration folder at once, with its place and a suggestion.',
  usage: `usage: aqueduct check [DIR] [--set path=value …] [--json]

DIR is the configuration folder (default channel-config). Findings are printed as file(line,col) message [code]. Exit code 1
when one of them is an error; warnings alone are good.`,
  async run(args, io) {
    const parsed = parseOptions(args, { options: { set: 'many', json: 'flag' }, positionals: [0, 1] })
    if (!parsed.ok) return misuse(checkCommand, io, parsed.text)
    const { options } = parsed
    const dir = options.positionals[0] ?? 'channel-config'
    if (!(await isFolder(dir))) return misuse(checkCommand, io, `there is no folder ${dir}`)
    const given = overridesOf(options.many('set'))
    if ('wrong' in given) return misuse(checkCommand, io, `--set takes path=value, not “${given.wrong}”`)
    const { compiled, issues } = checkFolder(dir, given.overrides, process.env)
    if (options.flag('json')) {
      io.out(JSON.stringify({ ok: compiled !== null, id: compiled?.configuration.id ?? null, issues }))
      return compiled === null ? EXIT.findings : EXIT.good
    }
    const found = printIssues(issues, io)
    const what =
      compiled === null
        ? ''
        : `; ${count(compiled.configuration.channels.length, 'channel')}, ${count(compiled.configuration.destinations.length, 'destination')}, configuration ${compiled.configuration.id}`
    io.out(`${dir}: ${countFindings(found)}${what}`)
    return compiled === null ? EXIT.findings : EXIT.good
  },
}

/** Whether a folder is there. */
export async function isFolder(dir: string): Promise<boolean> {
  return stat(dir).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
