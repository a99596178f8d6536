/** Configuration from a folder to something that runs: parse and lint (channels/config), compile the mappings, join the findings. */
import { issueAt, loadConfiguration, readConfigurationFolder } from '../channels/config/index.ts'
import type { Issue } from '../channels/contract/index.ts'
import { channelRuntime } from '../channels/engine/index.ts'
import type { ChannelRuntime, CompiledConfiguration } from '../channels/engine/index.ts'
import { hl7v2Format } from '../mappers/hl7v2/index.ts'
import { compileChannel } from '../mappers/index.ts'

export interface ConfigurationSource {
  readonly files: Readonly<Record<string, string>>
  readonly overrides: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Every finding at once; `compiled` is null when one of them is an error, so a broken file never replaces what runs. */
export function compileConfiguration(source: ConfigurationSource): { readonly compiled: CompiledConfiguration | null; readonly issues: readonly Issue[] } {
  const { configuration, issues, locate } = loadConfiguration(source)
  if (!configuration) return { compiled: null, issues }
  const found = [...issues]
  const channels = new Map<string, ChannelRuntime>()
  for (const definition of configuration.channels) {
    const { channel, problems } = compileChannel(definition, configuration.tables, configuration.engine.limits)
    for (const problem of problems) found.push(issueAt(locate, definition.file, problem.path, problem))
    if (channel) channels.set(definition.name, channelRuntime(configuration, definition, channel, hl7v2Format))
  }
  const broken = found.some((issue) => issue.level === 'error')
  return { compiled: broken ? null : { configuration, channels }, issues: found }
}

/** Reads a folder and compiles it. */
export function compileFolder(dir: string, overrides: Readonly<Record<string, string>>, env: Readonly<Record<string, string | undefined>>) {
  const { files } = readConfigurationFolder(dir)
  return compileConfiguration({ files, overrides, env })
}

