import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isFolder } from './check.ts'
import { EXIT } from './command.ts'
import type { Command, Io } from './command.ts'
import { playDemo } from './demo/index.ts'
import type { PlayedDemo } from './demo/index.ts'
import { misuse, parseOptions } from './options.ts'

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Plays the sample messages through a real engine into a sandbox ERP and tells what became of each.',
  usage: `usage: aqueduct demo [--keep] [--config DIR]

Starts the engine and the sandbox ERP as processes of their own, with data in a temporary folder and free ports.

  --keep            keep them running at the end, to look around and try things
  --config DIR      the configuration folder (default channel-config)

Exit code 0 only when every account is complete.`,
  async run(args, io) {
    const parsed = parseOptions(args, { options: { keep: 'flag', config: 'one' }, positionals: [0, 0] })
    if (!parsed.ok) return misuse(demoCommand, io, parsed.text)
    const config = parsed.options.one('config') ?? 'channel-config'
    if (!(await isFolder(config))) return misuse(demoCommand, io, `there is no folder ${config}`)
    const folder = await mkdtemp(join(tmpdir(), 'aqueduct-demo-'))
    const started = performance.now()
    try {
      const played = await playDemo({ config, folder, io })
      try {
        const seconds = ((performance.now() - started) / 1000).toFixed(1)
        io.out(played.complete ? `All accounts are complete (${seconds} s).` : `Something is missing: see the lines with ✗ (${seconds} s).`)
        if (parsed.options.flag('keep')) await keep(played, config, io)
        else io.out('Keep it running with: npm run demo -- --keep')
      } finally {
        await played.stop()
      }
      return played.complete ? EXIT.good : EXIT.findings
    } catch (error) {
      io.err(`aqueduct demo: ${error instanceof Error ? error.message : 'it failed'}`)
      return EXIT.findings
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** Says what can be tried, and waits for the end. */
async function keep({ engine, dataDir, listeners, erp }: PlayedDemo, config: string, io: Io): Promise<void> {
  const aqueduct = 'node bin/aqueduct.js'
  const usage = listeners['or-supply-usage'] ?? ''
  const samples = join(config, 'channels', 'or-supply-usage', 'messages')
  io.out(`
It keeps running until Ctrl-C.
  console     ${engine.api}/    token ${engine.token}
  ERP         ${erp}/sandbox/v1/documents

Try, in another terminal:
  ${aqueduct} messages --data ${dataDir}
  ${aqueduct} trace CASE-26-0302-03 --data ${dataDir}
  ${aqueduct} trace MC48-2207 --data ${dataDir}
  ${aqueduct} send ${join(samples, 'sutures.hl7')} --to ${usage}
  ${aqueduct} worklist --data ${dataDir}
  ${aqueduct} explain or-supply-usage ${join(samples, 'hip-implant.hl7')}`)
  if (io.signal.aborted) return
  const hold = setInterval(() => undefined, 1 << 30)
  await new Promise<void>((resolve) => io.signal.addEventListener('abort', () => resolve(), { once: true }))
  clearInterval(hold)
}
