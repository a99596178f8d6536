/** What the format of a channel's messages says about its mapping and its ways in. */
import type { Issue } from '../contract/index.ts'
import type { Source } from './source.ts'
import type { ChannelSpec } from './spec/channel.ts'

export function checkFormat(channel: Source, spec: ChannelSpec): readonly Issue[] {
  const bad = (path: readonly (string | number)[], message: string, suggestion: string): Issue =>
    channel.report(path, { code: 'bad-value', message, suggestion }, 'key')
  const issues: Issue[] = []
  const { format, listen, map } = spec
  if (format === 'x12') {
    for (const key of ['map', 'accept', 'lane'] as const) {
      const said = key === 'map' ? map.length > 0 : spec[key] !== undefined
      if (said) issues.push(bad([key], `${key} has no meaning for format x12`, `remove ${key}`))
    }
  } else if (map.length === 0) issues.push(channel.report(['map'], { code: 'missing-field', message: 'map is missing' }, 'key'))
  if (format !== 'hl7v2' && listen.mllp) {
    const name = format === 'x12' ? 'X12' : 'FHIR'
    issues.push(bad(['listen', 'mllp'], `${name} does not come over MLLP`, format === 'x12' ? 'use http or file' : 'use fhir, http or file'))
  }
  if (format !== 'fhir') {
    for (const way of ['fhir', 'fhir_subscription'] as const)
      if (listen[way]) issues.push(bad(['listen', way], `${way} brings FHIR resources, and the format is ${format}`, 'write format: fhir'))
    map.forEach(({ line }, n) => {
      if (line !== undefined) issues.push(bad(['map', n, 'line'], `line has no meaning for format ${format}`, 'remove line'))
    })
  }
  return issues
}
