import type { TranslationView } from '../../channels/contract/index.ts'
import { columns } from './columns.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'

export const translationsCommand: Command = {
  name: 'translations',
  summary: 'Lists codes that edits on the worklist answer for later messages too, or takes one back.',
  usage: `usage: aqueduct translations [--forget SUBJECT]

  --forget SUBJECT  later messages with this code wait for a person again; what was filled stays
${ENGINE_HELP}

example: aqueduct translations --forget departments:7010`,
  run(args, io) {
    const parsed = parseOptions(args, { options: { ...ENGINE_OPTIONS, forget: 'one' }, positionals: [0, 0] })
    if (!parsed.ok) return Promise.resolve(misuse(translationsCommand, io, parsed.text))
    const { options } = parsed
    const subject = options.one('forget')
    return withEngine(options, io, async (engine) => {
      const answer = await ask<{ readonly items: readonly TranslationView[] }>(engine, 'GET', '/translations')
      if (!answer.ok) return refused(io, answer, options.flag('json'))
      const { items } = answer.body
      if (subject === undefined) {
        if (options.flag('json')) io.out(JSON.stringify(answer.body))
        else if (items.length === 0) io.out('no edit answers a code')
        else
          io.out(
            columns(
              ['KIND', 'SUBJECT', 'VALUE', 'BY', 'AT', 'ITEM'],
              items.map((each) => [each.kind, each.subject, each.value, each.by, each.at, String(each.item)]),
            ),
          )
        return EXIT.good
      }
      const found = items.filter((each) => each.subject === subject)
      for (const { kind } of found) {
        const gone = await ask<unknown>(engine, 'DELETE', `/translations/${encodeURIComponent(kind)}/${encodeURIComponent(subject)}`)
        if (!gone.ok) return refused(io, gone, options.flag('json'))
      }
      if (options.flag('json')) io.out(JSON.stringify({ forgotten: found.length }))
      else if (found.length > 0) io.out(`${subject} is forgotten: later messages with it wait again`)
      if (found.length > 0) return EXIT.good
      io.err(`aqueduct: no edit answers ${subject}`)
      return EXIT.findings
    })
  },
}
