/** `npm run docs`: writes every generated page. What a person wrote between the markers of a page stays as it is. */
import { mkdirSync, readFileSync, existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import type { Options } from 'prettier'
import { architecturePage } from './pages/architecture.ts'
import { failuresPage, runbookPages } from './pages/failures.ts'
import { glossaryPage } from './pages/glossary.ts'
import { processesPage } from './pages/processes.ts'
import { roomPages } from './pages/rooms.ts'
import { statesPage } from './pages/states.ts'
import type { Page } from './pages/page.ts'

/** The repository's root, seen from build/docs. */
const root = join(import.meta.dirname, '..', '..')

/** What was formatted already, by path and text: the tests generate all pages several times, and formatting is nearly all of what it costs. */
const formatted = new Map<string, Promise<string>>()

function formatOnce(text: string, options: Options & { readonly filepath: string }): Promise<string> {
  const key = `${options.filepath}\n${text}`
  const known = formatted.get(key) ?? format(text, options)
  formatted.set(key, known)
  return known
}

/** Every generated file with the text it should have, formatted. `read` gives the file as it is now, or '' when there is none. */
export async function generatedPages(read: (path: string) => string): Promise<readonly Page[]> {
  const pages: Page[] = [
    await architecturePage(root, read),
    statesPage(read),
    processesPage(),
    glossaryPage(),
    failuresPage(),
    ...runbookPages(read),
    ...roomPages(root),
  ]
  const style = await resolveConfig(join(root, 'docs', 'generate.ts'))
  return Promise.all(pages.map(async ({ path, text }) => ({ path, text: await formatOnce(text, { ...style, filepath: path }) })))
}

/** A file of the repository as it is, '' when it does not exist. */
export function readRepository(path: string): string {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

if (process.argv[1] === import.meta.filename) {
  let written = 0
  for (const { path, text } of await generatedPages(readRepository)) {
    if (readRepository(path) === text) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    process.stdout.write(`wrote ${path}\n`)
    written++
  }
  if (written === 0) process.stdout.write('docs are fresh\n')
}
