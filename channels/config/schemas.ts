/** JSON Schemas for editors (draft-07), from the same specs. `# yaml-language-server: $schema=…` in a file's first line names one. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { channelSpec } from './spec/channel.ts'
import { destinationSpec } from './spec/destination.ts'
import { engineSpec } from './spec/engine.ts'
import { policiesSpec } from './spec/policies.ts'
import { testsSpec } from './spec/tests.ts'

const SPECS = {
  'channel.schema.json': channelSpec,
  'destination.schema.json': destinationSpec,
  'engine.schema.json': engineSpec,
  'policies.schema.json': policiesSpec,
  'channel.test.schema.json': testsSpec,
} as const
export type SchemaName = keyof typeof SPECS

/** Schemas by file name. */
export function jsonSchemas(): Readonly<Record<SchemaName, Readonly<Record<string, unknown>>>> {
  return Object.fromEntries(Object.entries(SPECS).map(([name, spec]) => [name, schemaOf(spec)])) as Record<SchemaName, Record<string, unknown>>
}

function schemaOf(spec: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(spec, {
    target: 'draft-07',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const schema = jsonSchema as Record<string, unknown>
      // Examples of what is read into something else are dropped on the way, though ours are written as input.
      const examples = examplesOf(zodSchema)
      if (examples !== undefined) schema['examples'] = examples
      if (schema['propertyNames'] !== undefined) delete schema['propertyNames']
      if (schema['shorthand'] === true) wrap(schema, 'shorthand', (block) => [{ type: 'string' }, block])
      if (schema['single'] === true) wrap(schema, 'single', (list) => [...alternatives(list['items']), list])
    },
  })
}

function examplesOf(schema: unknown): unknown {
  const inner = (schema as z.ZodType<unknown>).def as { readonly innerType?: unknown }
  return z.globalRegistry.get(schema as z.ZodType)?.['examples'] ?? (inner.innerType === undefined ? undefined : examplesOf(inner.innerType))
}

/** Turns a schema into a choice of several, keeping what is said about it. */
function wrap(schema: Record<string, unknown>, mark: string, choices: (block: Record<string, unknown>) => readonly unknown[]): void {
  const { description, examples, [mark]: _mark, ...block } = schema
  for (const key of Object.keys(schema)) delete schema[key]
  Object.assign(schema, { anyOf: choices(block) }, description === undefined ? {} : { description }, examples === undefined ? {} : { examples })
}

function alternatives(schema: unknown): readonly unknown[] {
  const anyOf = (schema as { readonly anyOf?: readonly unknown[] } | undefined)?.anyOf
  return anyOf ?? [schema]
}

/** Writes every schema into a folder. */
export function writeSchemas(dir: string): readonly SchemaName[] {
  mkdirSync(dir, { recursive: true })
  const schemas = jsonSchemas()
  const names = Object.keys(schemas) as SchemaName[]
  for (const name of names) writeFileSync(join(dir, name), `${JSON.stringify(schemas[name], null, 2)}\n`)
  return names
}
