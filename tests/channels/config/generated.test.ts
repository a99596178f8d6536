import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { EVENT_FIELDS } from '../../../canonical/index.ts'
import { jsonSchemas, LINTS, readConfigurationFolder, referencePages, writeSchemas } from '../../../channels/config/index.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly additionalProperties?: Schema | boolean
  readonly description?: string
}

function undescribed(schema: Schema, path: string): readonly string[] {
  const inner = [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, one]) => [
      ...(one.description === undefined ? [`${path}.${key}`] : []),
      ...undescribed(one, `${path}.${key}`),
    ]),
    ...(schema.items ? undescribed(schema.items, `${path}[]`) : []),
    ...(schema.anyOf ?? []).flatMap((one) => undescribed(one, path)),
  ]
  return typeof schema.additionalProperties === 'object' ? [...inner, ...undescribed(schema.additionalProperties, `${path}.*`)] : inner
}

test('every key of every file says what it is for', (t) => {
  for (const [name, schema] of Object.entries(jsonSchemas())) t.deepEqual(undescribed(schema as Schema, name), [])
})

test('an editor is told units, options and the shorthand of a field, and refuses unknown keys', (t) => {
  const schema = jsonSchemas()['channel.schema.json']
  t.like(schema, { additionalProperties: false, required: ['channel', 'listen'] })
  const text = JSON.stringify(schema)
  t.true(text.includes('(ms|s|m|h|d)'))
  t.true(text.includes('"enum":["when-stored","when-mapped","when-delivered"]'))
  t.regex(text, /"anyOf":\[\{"type":"string"\},\{"type":"object","properties":\{"from"/)
  t.false(text.includes('shorthand'))
})

test('the schemas are written as files that end in a line break', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-schemas-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  writeSchemas(join(dir, 'schemas'))
  t.deepEqual(readdirSync(join(dir, 'schemas')).sort(), Object.keys(jsonSchemas()).sort())
})

test('the reference names every lint, every event with its fields, and every default', (t) => {
  const pages = referencePages()
  for (const code of Object.keys(LINTS)) t.true(pages['lints.md']?.includes(`\`${code}\``), code)
  for (const [type, fields] of Object.entries(EVENT_FIELDS)) {
    t.true(pages['events.md']?.includes(`## ${type}\n`), type)
    for (const field of Object.keys(fields)) t.true(pages['events.md']?.includes(`| \`${field}\` |`), field)
  }
  t.true(pages['channel.md']?.includes('| `listen.mllp.idle_timeout` | duration or `none` | `10m` |'))
})

test('the folder is read by relative path, messages only when they are asked for', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-config-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, 'channels/demo/messages'), { recursive: true })
  mkdirSync(join(dir, '.git'))
  for (const file of ['engine.yaml', 'channels/demo/channel.yaml', 'channels/demo/items.csv', 'channels/demo/messages/a.hl7', '.git/x.yaml', 'README.md'])
    writeFileSync(join(dir, file), '\uFEFFx')
  t.deepEqual(readConfigurationFolder(dir).files, { 'channels/demo/channel.yaml': 'x', 'channels/demo/items.csv': 'x', 'engine.yaml': 'x' })
  t.is(readConfigurationFolder(dir, { messages: true }).files['channels/demo/messages/a.hl7'], 'x')
  t.throws(() => readConfigurationFolder(join(dir, 'nowhere')), { code: 'INTERNAL' })
})
