/** A channel definition of any format compiled. */
import type { ChannelDefinition, LookupTable } from '../channels/contract/index.ts'
import type { ChannelCompilation } from './fields/index.ts'
import { compileFhirChannel } from './from-fhir/index.ts'
import { compileChannel as compileHl7Channel } from './from-hl7v2/index.ts'
import { compileX12Channel } from './from-x12/index.ts'

/** Compiles the mapping of a channel of any format, once per configuration. Never throws. */
export function compileChannel(
  definition: ChannelDefinition,
  tables: ReadonlyMap<string, LookupTable>,
  limits: { readonly eventsPerMessage: number },
): ChannelCompilation {
  if (definition.format === 'x12') return { channel: compileX12Channel(definition, tables, limits), problems: [] }
  if (definition.format === 'fhir') return compileFhirChannel(definition, tables, limits)
  return compileHl7Channel(definition, tables, limits)
}
