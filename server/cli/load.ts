import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { LOAD_TABLES } from '../../channels/contract/index.ts'
import type { LoadAnswer, LoadTable } from '../../channels/contract/index.ts'
import { columnsText, readMasterData, utf8Of } from '../master-data.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { nearest } from './nearest.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'

export const loadCommand: Command = {
  name: 'load',
  summary: 'Loads master data from a CSV file; what waited for it goes on.',
  usage: `usage: aqueduct load TABLE FILE.csv

TABLE and the first line of its file:
${LOAD_TABLES.map((table) => `  ${table.padEnd(15)}${columnsText(table)}`).join('\n')}
A column in brackets may be left out: what is known stays.

${ENGINE_HELP}`,
  async run(args, io) {
    const parsed = parseOptions(args, { options: ENGINE_OPTIONS, positionals: [2, 2] })
    if (!parsed.ok) return misuse(loadCommand, io, parsed.text)
    const { options } = parsed
    const [table = '', file = ''] = options.positionals
    if (!isTable(table)) {
      const meant = nearest(table, LOAD_TABLES)
      return misuse(loadCommand, io, `there is no table “${table}”${meant === undefined ? '' : `; did you mean “${meant}”?`}`)
    }
    const bytes = await readFile(file).catch(() => null)
    if (bytes === null) return misuse(loadCommand, io, `${file} cannot be read`)
    const text = utf8Of(bytes)
    if (text === null) {
      io.err(`aqueduct: ${file} is not UTF-8: save it as “CSV UTF-8”; nothing was loaded`)
      return EXIT.findings
    }
    const read = readMasterData(table, file, text)
    if (!read.ok) {
      if (options.flag('json')) io.out(JSON.stringify({ problems: read.problems }))
      else for (const problem of read.problems.slice(0, TOLD)) io.err(`${problem.file}(${problem.line}) ${problem.text}`)
      if (!options.flag('json')) io.err(`${count(read.problems.length)}; nothing was loaded`)
      return EXIT.findings
    }
    return withEngine(options, io, async (engine) => {
      const answer = await ask<LoadAnswer>(engine, 'POST', `/load/${table}`, { rows: read.data.rows, source: basename(file) })
      if (!answer.ok) return refused(io, answer, options.flag('json'))
      const { loaded, closed, resumed } = answer.body
      io.out(
        options.flag('json')
          ? JSON.stringify(answer.body)
          : `${table}: ${loaded} loaded; ${closed} worklist ${closed === 1 ? 'item' : 'items'} closed, ${resumed} ${resumed === 1 ? 'event' : 'events'} went on`,
      )
      return EXIT.good
    })
  },
}

const TOLD = 20

function count(problems: number): string {
  return problems === 1 ? '1 problem' : `${problems} problems${problems > TOLD ? `, the first ${TOLD} shown` : ''}`
}

function isTable(text: string): text is LoadTable {
  return (LOAD_TABLES as readonly string[]).includes(text)
}
