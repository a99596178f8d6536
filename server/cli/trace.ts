import type { TraceView } from '../../channels/contract/index.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'
import { traceTree } from './trace-tree.ts'

export const traceCommand: Command = {
  name: 'trace',
  summary: 'Shows the whole chain of a message, event, case, document, ERP number, lot or serial.',
  usage: `usage: aqueduct trace ID

ID is a control id, a message, event or delivery id, a case number, a document key, an ERP reference, a lot or a serial number.
The chain is printed from messages to documents; what ID itself names is marked with *.

${ENGINE_HELP}

example: aqueduct trace LOT-88213`,
  run(args, io) {
    const parsed = parseOptions(args, { options: ENGINE_OPTIONS, positionals: [1, 1] })
    if (!parsed.ok) return Promise.resolve(misuse(traceCommand, io, parsed.text))
    const { options } = parsed
    const id = (options.positionals[0] ?? '').trim()
    if (id === '') return Promise.resolve(misuse(traceCommand, io, 'ID is empty'))
    return withEngine(options, io, async (engine) => {
      const answer = await ask<TraceView>(engine, 'GET', `/trace/${encodeURIComponent(id)}`)
      if (!answer.ok && answer.status !== 404) return refused(io, answer, options.flag('json'))
      const view = answer.ok ? answer.body : { nodes: [], edges: [] }
      if (options.flag('json')) io.out(JSON.stringify(view))
      else if (view.nodes.length > 0) io.out(traceTree(view, id))
      if (view.nodes.length > 0) return EXIT.good
      io.err(`aqueduct: nothing is known by the name ${id}`)
      return EXIT.findings
    })
  },
}
