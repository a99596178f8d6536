/** Reference pages in Markdown, from the same specs: every key with type, default, meaning and example; lints; events. */
import { DOCUMENT_LINE, EVENT_FIELDS, REVERSALS } from '../../canonical/index.ts'
import type { Field } from '../../canonical/index.ts'
import { LINTS } from './lints.ts'
import { jsonSchemas } from './schemas.ts'
import type { SchemaName } from './schemas.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly title?: string
}

const PAGES: Readonly<Record<string, { readonly schema: SchemaName; readonly where: string }>> = {
  'channel.md': { schema: 'channel.schema.json', where: 'channels/<name>/channel.yaml' },
  'channel-tests.md': { schema: 'channel.test.schema.json', where: 'channels/<name>/channel.test.yaml' },
  'destination.md': { schema: 'destination.schema.json', where: 'destinations/<name>.yaml' },
  'policies.md': { schema: 'policies.schema.json', where: 'policies/*.yaml' },
  'engine.md': { schema: 'engine.schema.json', where: 'engine.yaml' },
}

/** Page name → Markdown. */
export function referencePages(): Readonly<Record<string, string>> {
  const schemas = jsonSchemas()
  const pages = Object.entries(PAGES).map(([page, { schema, where }]) => [page, specPage(schemas[schema] as Schema, where, schema)])
  return { ...Object.fromEntries(pages), 'tables.md': TABLES_PAGE, 'lints.md': lintsPage(), 'events.md': eventsPage(), 'index.md': indexPage() }
}

function specPage(schema: Schema, where: string, schemaFile: string): string {
  const rows: string[] = []
  collect(schema, '', rows)
  return [
    `# ${schema.title ?? where}`,
    '',
    `\`${where}\`. ${schema.description ?? ''}`,
    '',
    `Durations are written \`500ms\`, \`30s\`, \`5m\`, \`12h\`, \`2d\`; sizes \`512KB\`, \`16MB\` (powers of 1024). \`\${NAME}\` stands for a variable of the environment. Unknown keys are errors. Editors complete it with \`# yaml-language-server: $schema=…/schemas/${schemaFile}\` in the first line.`,
    '',
    table(['key', 'type', 'default', 'meaning', 'example'], rows),
    '',
  ].join('\n')
}

function collect(schema: Schema, prefix: string, rows: string[]): void {
  for (const [key, raw] of Object.entries(schema.properties ?? {})) {
    const path = prefix === '' ? key : `${prefix}.${key}`
    const block = blockOf(raw)
    const required = schema.required?.includes(key) === true
    const fallback = raw.default === undefined ? undefined : JSON.stringify(raw.default)
    const shown = required ? '**required**' : fallback === undefined || fallback === '{}' ? '' : code(typeof raw.default === 'string' ? raw.default : fallback)
    const example = raw.examples?.[0]
    rows.push(
      row([code(path), typeOf(raw), shown, raw.description ?? '', example === undefined ? '' : code(typeof example === 'string' ? example : flow(example))]),
    )
    if (block.properties) collect(block, path, rows)
    const item = block.items === undefined ? undefined : blockOf(block.items)
    if (item?.properties) collect(item, `${path}[]`, rows)
    const value = typeof block.additionalProperties === 'object' ? blockOf(block.additionalProperties) : undefined
    if (value?.properties) collect(value, `${path}.<name>`, rows)
  }
}

/** The fullest form of a schema with several: a list, or the block behind a shorthand. */
function blockOf(schema: Schema): Schema {
  const choice = schema.anyOf?.find((one) => one.type === 'array') ?? schema.anyOf?.find((one) => one.properties !== undefined)
  return choice ?? schema
}

function typeOf(schema: Schema): string {
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' or ')
  if (schema.enum) return schema.enum.length > 8 ? 'one of several' : schema.enum.map(code).join(', ')
  if (schema.items) return `list of ${typeOf(schema.items)}`
  if (schema.type === 'object') return schema.properties ? 'block' : 'names and values'
  if (schema.pattern?.includes('(ms|s|m|h|d)') === true) return schema.pattern.endsWith('none$') ? 'duration or `none`' : 'duration'
  if (schema.pattern?.includes('(B|KB|MB|GB)') === true) return 'size'
  if (typeof schema.type === 'object') return schema.type.map(word).join(' or ')
  return word(schema.type ?? 'anything')
}

const word = (type: string): string => ({ string: 'text', integer: 'whole number', boolean: '`true` or `false`', null: '`null`' })[type] ?? type

/** YAML flow form of an example. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key === '*' ? "'*'" : key}: ${flow(inner)}`)
      .join(', ')} }`
  if (typeof value !== 'string') return String(value)
  return value === '' || /^[\d*&!%@`]|[:#,[\]{}]/.test(value) ? `'${value}'` : value
}

const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``)
const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
const table = (head: readonly string[], rows: readonly string[]): string => [row(head), row(head.map(() => '---')), ...rows].join('\n')

function lintsPage(): string {
  const rows = Object.entries(LINTS).map(([name, { level, meaning, cure }]) => row([code(name), level, meaning, cure]))
  return [
    '# What `aqueduct check` finds',
    '',
    'Every problem is told at once, as `file(line,col) message [code]` and a suggestion. An error keeps a configuration from being applied; what runs goes on. Codes of paths and conditions come from the mapping language and are on its page.',
    '',
    table(['code', 'level', 'meaning', 'cure'], rows),
    '',
  ].join('\n')
}

function eventsPage(): string {
  const tableOf = (fields: Readonly<Record<string, Field>>): string => {
    const rows = Object.entries(fields).map(([name, { kind, required, about }]) => row([code(name), kind, required === true ? '**required**' : '', about]))
    return table(['field', 'kind', '', 'meaning'], rows)
  }
  const sections = Object.entries(EVENT_FIELDS).map(([type, fields]: readonly [string, Readonly<Record<string, Field>>]) => {
    const reversal = (REVERSALS as Readonly<Record<string, string>>)[type]
    return [`## ${type}`, '', ...(reversal === undefined ? [] : [`\`minus\` turns it into ${reversal}.`, '']), tableOf(fields), ''].join('\n')
  })
  return [
    '# Events and their fields',
    '',
    '`map[].to` names an event, `map[].set` its fields. Kinds: text; code (code, system, text); decimal; quantity (value, unit); money (amount, currency); moment (as precise as it was sent); date; udi; identifier (value, system, type).',
    '',
    ...sections,
    '## Lines',
    '',
    'A line of an order, acknowledgement, shipment, receipt or invoice. Over FHIR `for_each` and `set` in the place of a field of kind lines make them.',
    '',
    tableOf(DOCUMENT_LINE),
    '',
  ].join('\n')
}

const TABLES_PAGE = `# Tables

\`tables/<name>.csv\`, UTF-8, with the header \`code,value\` or \`code,value,valid_from,valid_to\`. Dates are calendar days
(\`2026-03-01\`), both included; an empty one is open. A code may stand several times as long as no two rows hold on the same
day. Codes are texts: leading zeros and case count.

\`\`\`csv
code,value,valid_from,valid_to
7010,OR-MAIN,,2026-02-28
7010,OR-NORTH,2026-03-01,
\`\`\`
`

function indexPage(): string {
  const rows = [
    ...Object.entries(PAGES).map(([page, { where }]) => row([code(where), `[${page}](${page})`])),
    row(['`tables/*.csv`', '[tables.md](tables.md)']),
  ]
  return [
    '# The configuration folder',
    '',
    table(['file', 'page'], rows),
    '',
    'What a rule can set: [events.md](events.md). What `aqueduct check` finds: [lints.md](lints.md).',
    '',
  ].join('\n')
}
