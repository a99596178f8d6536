import test from 'ava'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parse } from 'yaml'
import { generatedPages, readRepository } from '../docs/generate.ts'

/** The repository: the tests run from its root, compiled into build/. */
const root = process.cwd()

function markdown(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? markdown(path) : entry.name.endsWith('.md') ? [path] : []
  })
}
const texts = [...markdown('docs'), ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'].filter((path) => existsSync(join(root, path)))]

/** Fenced blocks of a language, each with the file it stands in. */
function blocks(language: string): readonly { readonly file: string; readonly code: string }[] {
  return texts.flatMap((file) =>
    [...readRepository(file).matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, name, code = '']) => (name === language ? [{ file, code }] : [])),
  )
}

test('generated pages are as `npm run docs` would write them', async (t) => {
  const stale = (await generatedPages(readRepository)).filter(({ path, text }) => readRepository(path) !== text)
  t.deepEqual(
    stale.map(({ path }) => path),
    [],
    'cure: npm run docs',
  )
})

test('generating twice gives the same text', async (t) => {
  const once = await generatedPages(readRepository)
  const written = new Map(once.map(({ path, text }) => [path, text]))
  t.deepEqual(await generatedPages((path) => written.get(path) ?? readRepository(path)), once)
})

test('the hand-written part of a runbook survives generation', async (t) => {
  const path = 'docs/runbooks/NOT_HL7.md'
  const marked = readRepository(path).replace('## Cure', '## Cure\n\nCall the network team.')
  const pages = await generatedPages((asked) => (asked === path ? marked : readRepository(asked)))
  t.true(pages.find((page) => page.path === path)?.text.includes('Call the network team.'))
})

test('a failure code without a runbook gets a skeleton with its headings', async (t) => {
  const path = 'docs/runbooks/NOT_HL7.md'
  const pages = await generatedPages((asked) => (asked === path ? '' : readRepository(asked)))
  for (const heading of ['What you see', 'What it harms', 'First look', 'Cure', 'Afterwards'])
    t.true(pages.find((page) => page.path === path)?.text.includes(`## ${heading}`), heading)
})

test('no runbook is left to be written', (t) => {
  t.deepEqual(
    markdown('docs/runbooks').filter((path) => readRepository(path).includes('To be written.')),
    [],
  )
})

test('every link between the texts leads somewhere', (t) => {
  const broken = texts.flatMap((file) =>
    [...readRepository(file).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(file), target)))
      .map((target) => `${file}: ${target}`),
  )
  t.deepEqual(broken, [])
})

test('every YAML block in the texts is YAML, without a key twice', (t) => {
  for (const { file, code } of blocks('yaml')) t.notThrows(() => parse(code, { uniqueKeys: true }) as unknown, `${file}:\n${code}`)
})

test('every `aqueduct` command that a text names is one', (t) => {
  const main = readFileSync(join(root, 'server', 'cli', 'main.ts'), 'utf8')
  const commands = [...main.matchAll(/^ {2}(\w+): async \(\) =>/gm)].map(([, name]) => name)
  t.true(commands.length > 5)
  const named = texts.flatMap((file) =>
    [...readRepository(file).matchAll(/(?:`|^|&& )aqueduct ([a-z]+)/gm)].map(([, name = '']) => ({ file: relative(root, join(root, file)), name })),
  )
  t.true(named.length > 20)
  t.deepEqual(
    named.filter(({ name }) => name !== 'help' && !commands.includes(name)),
    [],
  )
})
