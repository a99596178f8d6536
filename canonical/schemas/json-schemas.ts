/** The JSON Schemas (draft 2020-12) that `docs/schemas/` publishes. */
import { z } from 'zod'
import { documentSchemas } from './documents.ts'
import { EVENT_VERSION, eventSchemas } from './events.ts'
import { masterDataSchemas } from './master-data.ts'

/** File name → JSON Schema: `events/SupplyUsed.v1.json`, `documents/journal.json`, `master-data/items.json`. Sorted by name. */
export function jsonSchemas(): Record<string, object> {
  const files: [string, z.ZodType][] = [
    ...Object.entries<z.ZodType>(eventSchemas).map(([name, schema]): [string, z.ZodType] => [`events/${name}.v${String(EVENT_VERSION)}.json`, schema]),
    ...Object.entries<z.ZodType>(documentSchemas).map(([name, schema]): [string, z.ZodType] => [`documents/${name}.json`, schema]),
    ...Object.entries<z.ZodType>(masterDataSchemas).map(([name, schema]): [string, z.ZodType] => [`master-data/${name}.json`, schema]),
  ]
  files.sort(([a], [b]) => (a < b ? -1 : 1))
  // io: what a writer may leave out is not required of him.
  return Object.fromEntries(files.map(([name, schema]) => [name, z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' })]))
}
