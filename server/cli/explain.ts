import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LOAD_TABLES } from '../../channels/contract/index.ts'
import type { LoadTable } from '../../channels/contract/index.ts'
import { compileFolder } from '../configuration.ts'
import { readMasterData } from '../master-data.ts'
import type { MasterDataFile } from '../master-data.ts'
import { rehearse } from '../rehearsal/index.ts'
import { isFolder } from './check.ts'
import { EXIT } from './command.ts'
import type { Command, Io } from './command.ts'
import { explanation } from './explanation.ts'
import { countFindings, printIssues } from './findings.ts'
import { readMessages } from './message-files.ts'
import { nearest } from './nearest.ts'
import { misuse, parseOptions } from './options.ts'

/** Where a configuration folder may keep master data to try things with. */
const SAMPLES = ['samples', 'master-data']

export const explainCommand: Command = {
  name: 'explain',
  summary: 'Shows what a message would become: events, documents and worklist items, each value with its path and rule.',
  usage: `usage: aqueduct explain CHANNEL FILE [--config DIR] [--load TABLE=FILE.csv …] [--now MOMENT] [--json]

Nothing is sent or stored; a message that would be refused (AR, AE) is a finding: exit code 1. The master data are the files named by --load; without any, those of DIR/${SAMPLES.join('/')}, if there are.

  --config DIR      the configuration folder (default channel-config)
  --load TABLE=FILE master data: ${LOAD_TABLES.join(', ')}
  --now MOMENT      as if it were then, for example 2026-03-02T08:00:00Z (default: now)
  --json            print JSON only

example: aqueduct explain or-supply-usage channel-config/channels/or-supply-usage/messages/hip-implant.hl7`,
  async run(args, io) {
    const parsed = parseOptions(args, { options: { config: 'one', load: 'many', now: 'one', json: 'flag' }, positionals: [2, 2] })
    if (!parsed.ok) return misuse(explainCommand, io, parsed.text)
    const { options } = parsed
    const [name = '', file = ''] = options.positionals
    const dir = options.one('config') ?? 'channel-config'
    if (!(await isFolder(dir))) return misuse(explainCommand, io, `there is no folder ${dir}`)
    const now = options.one('now') === undefined ? Date.now() : Date.parse(options.one('now') ?? '')
    if (Number.isNaN(now)) return misuse(explainCommand, io, '--now takes a moment such as 2026-03-02T08:00:00Z')
    const messages = await readMessages(file).catch(() => null)
    if (messages === null || messages.length === 0) return misuse(explainCommand, io, messages === null ? `${file} cannot be read` : `${file} is empty`)

    const { compiled, issues } = compileFolder(dir, {}, process.env)
    if (compiled === null) {
      if (options.flag('json')) io.out(JSON.stringify({ ok: false, issues }))
      else io.out(`${dir}: ${countFindings(printIssues(issues, io))}; nothing can be explained`)
      return EXIT.findings
    }
    const channel = compiled.channels.get(name)
    if (channel === undefined) {
      const names = [...compiled.channels.keys()]
      const meant = nearest(name, names)
      return misuse(
        explainCommand,
        io,
        `there is no channel “${name}”${meant === undefined ? `; there are ${names.join(', ')}` : `; did you mean “${meant}”?`}`,
      )
    }
    const load = await masterData(options.many('load'), dir, io)
    if (typeof load === 'string') return misuse(explainCommand, io, load)
    if (load === null) return EXIT.findings
    const result = await rehearse({ configuration: compiled.configuration, channel, messages, load, now, send: messages.length > 1 })
    if (options.flag('json')) io.out(JSON.stringify(result))
    else io.out(result.messages.map((message) => explanation(message, channel.definition)).join('\n\n'))
    return result.messages.some(({ state, ack }) => state === 'REJECTED' || ack === 'AR' || ack === 'AE') ? EXIT.findings : EXIT.good
  },
}

/** The files to load; a text says which option is wrong, null that a file is (its problems are printed). */
async function masterData(given: readonly string[], dir: string, io: Io): Promise<readonly MasterDataFile[] | string | null> {
  const wanted: { readonly table: LoadTable; readonly file: string }[] = []
  for (const each of given) {
    const at = each.indexOf('=')
    const table = LOAD_TABLES.find((one) => one === each.slice(0, at))
    if (at < 1 || table === undefined) return `--load takes TABLE=FILE with one of ${LOAD_TABLES.join(', ')}, not “${each}”`
    wanted.push({ table, file: each.slice(at + 1) })
  }
  if (given.length === 0) {
    const samples = LOAD_TABLES.map((table) => ({ table, file: join(dir, ...SAMPLES, `${table}.csv`) }))
    wanted.push(...samples.filter(({ file }) => existsSync(file)))
  }
  const data: MasterDataFile[] = []
  let good = true
  for (const { table, file } of wanted) {
    const text = await readFile(file, 'utf8').catch(() => null)
    if (text === null) return `${file} cannot be read`
    const read = readMasterData(table, file, text)
    if (read.ok) data.push(read.data)
    else {
      good = false
      for (const problem of read.problems) io.err(`${problem.file}(${problem.line}) ${problem.text}`)
    }
  }
  return good ? data : null
}
