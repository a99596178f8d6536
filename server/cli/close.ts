import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'

interface Accepted {
  readonly message: string
}

export const closeCommand: Command = {
  name: 'close',
  summary: 'Ends a period of a company: accrues what was used or received and is not billed.',
  usage: `usage: aqueduct close --company CODE --period PERIOD [--run NAME] [--erp DESTINATION]

  --company CODE    company, as the periods know it
  --period PERIOD   period, as the periods know it: 2026-03
  --run NAME        tells runs of one period apart (default: the time); the same run again does nothing new
  --erp NAME        destination of the ERP that decides, where there are several

What was accrued before is not accrued again: a later run posts what came since. The accruals are taken back on the first day of the next
period. “aqueduct trace MESSAGE” shows the journals.

${ENGINE_HELP}

example: aqueduct close --company NGH --period 2026-03`,
  run(args, io) {
    const parsed = parseOptions(args, { options: { ...ENGINE_OPTIONS, company: 'one', period: 'one', run: 'one', erp: 'one' }, positionals: [0, 0] })
    if (!parsed.ok) return Promise.resolve(misuse(closeCommand, io, parsed.text))
    const { options } = parsed
    const company = options.one('company')
    const period = options.one('period')
    if (company === undefined || period === undefined) return Promise.resolve(misuse(closeCommand, io, 'say what to close: --company CODE --period PERIOD'))
    const run = options.one('run') ?? new Date().toISOString()
    if (!/^[\w.:-]{1,40}$/.test(run)) return Promise.resolve(misuse(closeCommand, io, '--run takes up to 40 letters, digits, dots, dashes and colons'))
    return withEngine(options, io, async (engine) => {
      const erp = options.one('erp')
      const path = `/api/process/v1/allocation/period-ends${erp === undefined ? '' : `?${new URLSearchParams({ erp }).toString()}`}`
      const key = `close-${company}-${period}-${run}`.replace(/[^\w.:-]/g, '_').slice(0, 100)
      const answer = await ask<Accepted>(engine, 'POST', path, { company, period }, undefined, key)
      if (!answer.ok) return refused(io, answer, options.flag('json'))
      io.out(
        options.flag('json')
          ? JSON.stringify(answer.body)
          : `${company} ${period}: taken as ${answer.body.message}; see “aqueduct trace ${answer.body.message}”`,
      )
      return EXIT.good
    })
  },
}
