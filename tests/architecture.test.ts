import test from 'ava'
import type { ExecutionContext } from 'ava'
import { ESLint } from 'eslint'
import type { Linter } from 'eslint'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FAILURES } from '../channels/contract/index.ts'

/** The repository: the tests run from its root, compiled into build/. */
const root = process.cwd()

interface Layers {
  readonly layers: Readonly<Record<string, { readonly folder: string; readonly may: readonly string[] }>>
  readonly rooms: readonly string[]
}
const { createConfig } = (await import(pathToFileURL(resolve(root, 'eslint.config.js')).href)) as { createConfig: (root: string) => Linter.Config[] }
const { layers, rooms } = (await import(pathToFileURL(resolve(root, 'eslint.layers.js')).href)) as Layers

const BYSTANDERS = {
  'channels/contract/index.ts': `export { one } from './one.ts'\n`,
  'channels/contract/one.ts': `export const one = 1\n`,
  'channels/engine/index.ts': `export { engine } from './engine.ts'\n`,
  'channels/engine/engine.ts': `import { one } from '../contract/index.ts'\nexport const engine = one\n`,
  'store/index.ts': `export const store = 1\n`,
  'mappers/hl7v2/index.ts': `export const grammar = 1\n`,
  'mappers/language/index.ts': `export const language = 1\n`,
  'erp-bridge/index.ts': `export const bridge = 1\n`,
  'erp-bridge/connectors/sandbox/erp/index.ts': `export const sandbox = 1\n`,
  'server/index.ts': `export const server = 1\n`,
  'tsconfig.json': JSON.stringify({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { rootDir: '.', noEmit: true, incremental: false, tsBuildInfoFile: null },
    include: ['**/*.ts'],
    exclude: [],
  }),
}

/** Lints a small house with `planted` files in it under the real configuration; gives `rule in file` for each finding. */
async function lint(t: ExecutionContext, planted: Readonly<Record<string, string>>): Promise<readonly string[]> {
  mkdirSync(join(root, 'build'), { recursive: true })
  const house = mkdtempSync(join(root, 'build', 'planted-'))
  t.teardown(() => rmSync(house, { recursive: true, force: true }))
  for (const [path, text] of Object.entries({ ...BYSTANDERS, ...planted })) {
    mkdirSync(dirname(join(house, path)), { recursive: true })
    writeFileSync(join(house, path), text)
  }
  const eslint = new ESLint({ cwd: house, overrideConfigFile: true, overrideConfig: createConfig(house) })
  const results = await eslint.lintFiles(['**/*.ts'])
  return results.flatMap((result) => result.messages.map((message) => `${message.ruleId ?? message.message} in ${relative(house, result.filePath)}`)).sort()
}

const caught = test.macro({
  async exec(t, planted: Readonly<Record<string, string>>, expected: readonly string[]) {
    t.deepEqual(await lint(t, planted), [...expected].sort())
  },
  title: (given = '', _planted: Readonly<Record<string, string>>, _expected: readonly string[]) => given,
})

test('a house without violations has no findings', caught, {}, [])
test(
  'an engine that imports the store is caught',
  caught,
  { 'channels/engine/bad.ts': `import { store } from '../../store/index.ts'\nexport const bad = store\n` },
  ['boundaries/dependencies in channels/engine/bad.ts'],
)
test(
  'a zone inside another keeps its own permissions: the grammar may not import the mappers around it',
  caught,
  { 'mappers/hl7v2/bad.ts': `import { language } from '../language/index.ts'\nexport const bad = language\n` },
  ['boundaries/dependencies in mappers/hl7v2/bad.ts'],
)
test(
  'mappers may import the grammar and the contract',
  caught,
  {
    'mappers/language/good.ts': `import { one } from '../../channels/contract/index.ts'\nimport { grammar } from '../hl7v2/index.ts'\nexport const good = one + grammar\n`,
  },
  [],
)
test(
  'a folder that is called like a zone is not that zone: the door of destinations may import fhir/ of its own, and that not the house’s',
  caught,
  {
    'fhir/index.ts': `export const face = 1\n`,
    'channels/destinations/fhir/index.ts': `export const own = 1\n`,
    'channels/destinations/index.ts': `export { own } from './fhir/index.ts'\n`,
    'channels/destinations/fhir/bad.ts': `import { face } from '../../../fhir/index.ts'\nexport const bad = face\n`,
  },
  ['boundaries/dependencies in channels/destinations/fhir/bad.ts'],
)
test('nobody imports the server', caught, { 'erp-bridge/bad.ts': `import { server } from '../server/index.ts'\nexport const bad = server\n` }, [
  'boundaries/dependencies in erp-bridge/bad.ts',
])
test(
  'a folder entered by another file than its index.ts is caught, also where the zone is allowed',
  caught,
  { 'channels/engine/bad.ts': `import { one } from '../contract/one.ts'\nexport const bad = one\n` },
  ['aqueduct/door in channels/engine/bad.ts'],
)
test(
  'inside a room of modules each folder has its own door; inside a zone that is one module there is none',
  caught,
  {
    'mappers/language/path.ts': `export const path = 1\n`,
    'mappers/udi/bad.ts': `import { path } from '../language/path.ts'\nexport const bad = path\n`,
    'store/sql/statement.ts': `export const statement = 1\n`,
    'store/ledger/good.ts': `import { statement } from '../sql/statement.ts'\nexport const good = statement\n`,
  },
  ['aqueduct/door in mappers/udi/bad.ts'],
)
test(
  'a cycle is caught',
  caught,
  {
    'store/a.ts': `import { b } from './b.ts'\nexport const a = (): number => b()\n`,
    'store/b.ts': `import { a } from './a.ts'\nexport const b = (): number => a()\n`,
  },
  ['import-x/no-cycle in store/a.ts', 'import-x/no-cycle in store/b.ts'],
)
test(
  'a package used outside the zones that own it is caught',
  caught,
  {
    'channels/engine/bad.ts': `import pg from 'pg'\nexport const bad = pg\n`,
    'erp-bridge/bad.ts': `import { fetch } from 'undici'\nexport const bad = fetch\n`,
    'erp-bridge/connectors/http.ts': `import { fetch } from 'undici'\nexport const good = fetch\n`,
    'erp-bridge/connectors/sandbox/erp/good.ts': `import Database from 'better-sqlite3'\nexport const good = Database\n`,
    'erp-bridge/connectors/bad.ts': `import Database from 'better-sqlite3'\nexport const bad = Database\n`,
  },
  ['no-restricted-imports in channels/engine/bad.ts', 'no-restricted-imports in erp-bridge/bad.ts', 'no-restricted-imports in erp-bridge/connectors/bad.ts'],
)
test(
  'the machine’s clock read in the pure middle is caught, at the edge it is not',
  caught,
  {
    'channels/engine/bad.ts': `export const bad = (): number => Date.now()\n`,
    'store/bad.ts': `export const bad = (): void => void setTimeout(() => undefined, 1)\n`,
    'server/good.ts': `export const good = (): number => Date.now()\n`,
  },
  ['no-restricted-syntax in channels/engine/bad.ts', 'no-restricted-syntax in store/bad.ts'],
)
test(
  'a floating promise, a forgotten case, a type imported as a value, a console line and a door that exports everything are caught',
  caught,
  {
    'store/bad.ts': [
      `import { Kind } from './kind.ts'`,
      `export async function wait(): Promise<void> {}`,
      `wait()`,
      `export function name(kind: Kind): string {`,
      `  switch (kind) {`,
      `    case 'a':`,
      `      console.log('a')`,
      `      return 'a'`,
      `  }`,
      `  return ''`,
      `}`,
      ``,
    ].join('\n'),
    'store/kind.ts': `export type Kind = 'a' | 'b'\n`,
    'store/all.ts': `export * from './kind.ts'\n`,
  },
  [
    '@typescript-eslint/no-floating-promises in store/bad.ts',
    '@typescript-eslint/switch-exhaustiveness-check in store/bad.ts',
    '@typescript-eslint/consistent-type-imports in store/bad.ts',
    'no-console in store/bad.ts',
    'no-restricted-syntax in store/all.ts',
  ],
)
test('a file of 401 lines is caught', caught, { 'store/long.ts': Array.from({ length: 401 }, (_, n) => `export const line${n} = ${n}\n`).join('') }, [
  'max-lines in store/long.ts',
])

/** Files below `folder` whose name ends in `.ts`, without what is generated or installed. */
function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || ['node_modules', 'build', 'coverage', 'dist', 'data'].includes(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? sources(path) : /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

test('no TypeScript file is longer than 400 lines', (t) => {
  const long = sources(root).filter((file) => readFileSync(file, 'utf8').trimEnd().split('\n').length > 400)
  t.deepEqual(
    long.map((file) => relative(root, file)),
    [],
  )
})

test('the top level has the rooms of the house and no others', (t) => {
  const folders = readdirSync(root).filter((name) => !name.startsWith('.') && statSync(join(root, name)).isDirectory())
  const built = ['node_modules', 'build', 'coverage', 'data', 'bin']
  t.deepEqual(
    folders.filter((name) => !built.includes(name) && !rooms.includes(name)),
    [],
  )
})

test('every source file belongs to a zone of the table', (t) => {
  const free = ['tests', 'bench', 'docs', 'console']
  const stray = sources(root)
    .map((file) => relative(root, file))
    .filter((file) => !free.some((room) => file.startsWith(`${room}/`)) && !Object.values(layers).some(({ folder }) => file.startsWith(`${folder}/`)))
  t.deepEqual(stray, [])
})

test('every failure code has a runbook, and every runbook a failure code', (t) => {
  const folder = join(root, 'docs', 'runbooks')
  const books = existsSync(folder) ? readdirSync(folder).map((name) => name.replace(/\.md$/, '')) : []
  t.deepEqual(books.sort(), Object.keys(FAILURES).sort())
})
