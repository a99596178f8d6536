/** Configuration from a folder to something that runs: parse and lint (channels/config), compile the mappings, join the findings. */
import { issueAt, loadChannelTests, loadConfiguration, readConfigurationFolder } from '../channels/config/index.ts'
import type { Issue } from '../channels/contract/index.ts'
import { channelRuntime } from '../channels/engine/index.ts'
import type { ChannelRuntime, CompiledConfiguration } from '../channels/engine/index.ts'
import { fhirFormat } from '../mappers/from-fhir/index.ts'
import { hl7v2Format } from '../mappers/hl7v2/index.ts'
import { compileChannel } from '../mappers/index.ts'
import { x12Format } from '../mappers/x12/index.ts'

const FORMATS = { hl7v2: hl7v2Format, x12: x12Format, fhir: fhirFormat } as const

export interface ConfigurationSource {
  readonly files: Readonly<Record<string, string>>
  readonly overrides: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** An override of a channel or destination that is not there is a warning: right where the folder may have changed since the start. */
  readonly lenientOverrides?: boolean
}

export interface Compilation {
  /** Null when a finding is an error, so that a broken file never replaces what runs. */
  readonly compiled: CompiledConfiguration | null
  readonly issues: readonly Issue[]
}

/** Limits that a folder without a sound engine.yaml is looked through with. */
const LIMITS = { eventsPerMessage: 10_000 }

/** What both the parser and the compiler of mappings look for: said once, by the parser, which knows the place best. */
const SAID_BY_PARSER: ReadonlySet<string> = new Set(['unknown-field', 'missing-field', 'unknown-event', 'unknown-table', 'no-reversal'])

/** Every finding at once: mistakes in paths and conditions are looked for also where the files have others. */
export function compileConfiguration(source: ConfigurationSource): Compilation {
  const { configuration, drafts, issues, locate, tables } = loadConfiguration(source)
  const found = [...issues]
  const channels = new Map<string, ChannelRuntime>()
  for (const definition of drafts) {
    const { channel, problems } = compileChannel(definition, tables, configuration?.engine.limits ?? LIMITS)
    for (const problem of problems) {
      // A configuration means that the parser found nothing; what the compiler finds must then never be dropped.
      if (configuration === null && SAID_BY_PARSER.has(problem.code)) continue
      const issue = issueAt(locate, definition.file, problem.path, problem)
      const known = issues.some((other) => other.file === issue.file && other.line === issue.line && other.column === issue.column)
      if (!known) found.push(issue)
    }
    if (channel && configuration) channels.set(definition.name, channelRuntime(configuration, definition, channel, FORMATS[definition.format]))
  }
  found.sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1))
  const broken = configuration === null || found.some((issue) => issue.level === 'error')
  return { compiled: broken ? null : { configuration, channels }, issues: found }
}

/**
 * Reads a folder and compiles it.
 *
 * @param lenientOverrides see {@link ConfigurationSource}: for a reload, never for a start
 */
export function compileFolder(
  dir: string,
  overrides: ConfigurationSource['overrides'],
  env: ConfigurationSource['env'],
  lenientOverrides = false,
): Compilation {
  return compileConfiguration({ files: readConfigurationFolder(dir).files, overrides, env, lenientOverrides })
}

/** What `check` reports: the folder, and the channels' tests, which nothing that runs depends on. */
export function checkFolder(dir: string, overrides: ConfigurationSource['overrides'], env: ConfigurationSource['env']): Compilation {
  const { compiled, issues } = compileFolder(dir, overrides, env)
  const { files } = readConfigurationFolder(dir, { messages: true })
  const names = new Set(Object.keys(files).flatMap((file) => /^channels\/([^/]+)\/channel\.test\.ya?ml$/.exec(file)?.[1] ?? []))
  return { compiled, issues: [...issues, ...[...names].flatMap((name) => loadChannelTests(files, name).issues)] }
}

/**
 * Compiles an archived configuration to run messages under it again. It sends nothing, so secrets that are no longer set do not
 * stop it.
 */
export function compileArchived(files: ConfigurationSource['files'], overrides: ConfigurationSource['overrides']): CompiledConfiguration | null {
  const env = new Proxy<Record<string, string>>({}, { get: () => 'not-set', has: () => true })
  return compileConfiguration({ files, overrides, env, lenientOverrides: true }).compiled
}
