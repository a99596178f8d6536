import type { Issue } from '../../channels/contract/index.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { printIssues } from './findings.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'

interface Reloaded {
  readonly applied: boolean
  readonly id: string
  readonly issues: readonly Issue[]
}

export const reloadCommand: Command = {
  name: 'reload',
  summary: 'Has the engine read its configuration again; a folder with errors changes nothing.',
  usage: `usage: aqueduct reload

${ENGINE_HELP}`,
  run(args, io) {
    const parsed = parseOptions(args, { options: ENGINE_OPTIONS, positionals: [0, 0] })
    if (!parsed.ok) return Promise.resolve(misuse(reloadCommand, io, parsed.text))
    const { options } = parsed
    return withEngine(options, io, async (engine) => {
      const answer = await ask<Reloaded>(engine, 'POST', '/reload')
      const result = answer.ok ? answer.body : refusedReload(answer.body)
      if (result === null) return answer.ok ? EXIT.findings : refused(io, answer, options.flag('json'))
      if (options.flag('json')) io.out(JSON.stringify(result))
      else {
        printIssues(result.issues, io)
        io.out(result.applied ? `configuration ${result.id} is active` : `refused: configuration ${result.id} stays active`)
      }
      return result.applied ? EXIT.good : EXIT.findings
    })
  },
}

/** A refusal may come with an error status and still say which issues it has. */
function refusedReload(body: unknown): Reloaded | null {
  return typeof body === 'object' && body !== null && 'issues' in body && 'applied' in body ? (body as Reloaded) : null
}
