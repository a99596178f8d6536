import type { Issue } from '../../channels/contract/index.ts'
import { loadChannelTests, readConfigurationFolder } from '../../channels/config/index.ts'
import { compileConfiguration } from '../configuration.ts'
import { runChannelTest } from '../rehearsal/index.ts'
import type { TestOutcome } from '../rehearsal/index.ts'
import { isFolder } from './check.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { countFindings, printIssues } from './findings.ts'
import { nearest } from './nearest.ts'
import { misuse, parseOptions } from './options.ts'

export const testCommand: Command = {
  name: 'test',
  summary: 'Runs the channels’ own tests through the real pipeline, without sockets, time standing still.',
  usage: `usage: aqueduct test [DIR] [--channel NAME …] [--json]

DIR is the configuration folder (default channel-config); each channel’s tests are in its channel.test.yaml.

  --channel NAME    only this channel’s; may be repeated
  --json            print the outcomes as JSON only

A failure names field, expected, actual, path and rule. Exit code 1 when a test fails or the configuration has errors.`,
  async run(args, io) {
    const parsed = parseOptions(args, { options: { channel: 'many', json: 'flag' }, positionals: [0, 1] })
    if (!parsed.ok) return misuse(testCommand, io, parsed.text)
    const { options } = parsed
    const json = options.flag('json')
    const dir = options.positionals[0] ?? 'channel-config'
    if (!(await isFolder(dir))) return misuse(testCommand, io, `there is no folder ${dir}`)
    const { files } = readConfigurationFolder(dir, { messages: true })
    const { compiled, issues } = compileConfiguration({ files, overrides: {}, env: process.env })
    if (compiled === null) {
      if (json) io.out(JSON.stringify({ ok: false, issues, tests: [] }))
      else io.out(`${dir}: ${countFindings(printIssues(issues, io))}; no test was run`)
      return EXIT.findings
    }
    const { configuration, channels } = compiled
    const names = configuration.channels.map((channel) => channel.name)
    const foreign = options.many('channel').find((name) => !names.includes(name))
    if (foreign !== undefined) {
      const meant = nearest(foreign, names)
      return misuse(
        testCommand,
        io,
        `there is no channel “${foreign}”${meant === undefined ? `; there are ${names.join(', ')}` : `; did you mean “${meant}”?`}`,
      )
    }
    const outcomes: TestOutcome[] = []
    const started = performance.now()
    const broken: Issue[] = []
    for (const name of options.many('channel').length > 0 ? options.many('channel') : names) {
      const channel = channels.get(name)
      const found = loadChannelTests(files, name)
      broken.push(...found.issues)
      if (channel === undefined) continue
      for (const test of found.tests) {
        const outcome = await runChannelTest(configuration, channel, test)
        outcomes.push(outcome)
        if (!json) io.out(written(outcome))
      }
    }
    const failed = outcomes.filter((outcome) => outcome.failures.length > 0).length
    const bad = failed > 0 || broken.some((issue) => issue.level === 'error')
    if (json) io.out(JSON.stringify({ ok: !bad, issues: broken, tests: outcomes }))
    else {
      printIssues(broken, io)
      io.out(`${outcomes.length - failed} passed, ${failed} failed (${((performance.now() - started) / 1000).toFixed(1)} s)`)
    }
    return bad ? EXIT.findings : EXIT.good
  },
}

function written(outcome: TestOutcome): string {
  if (outcome.failures.length === 0) return `ok    ${outcome.channel}: ${outcome.name}`
  return [
    `FAIL  ${outcome.channel}: ${outcome.name}`,
    ...outcome.failures.map(({ file, line, column, text }) => `  ${file}(${line},${column}) ${outcome.name}: ${text}`),
  ].join('\n')
}
