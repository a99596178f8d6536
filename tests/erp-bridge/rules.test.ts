import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const LAST = 43

/** `tests/` of the sources: the compiled tests lie beside them under `build/`. */
function sourcesOf(): string {
  const here = fileURLToPath(new URL('..', import.meta.url))
  return here.replace(/([/\\])build([/\\]tests[/\\]?)$/, '$2')
}

/** Titles of tests as they stand in the sources: the first text after `test(`, `test.serial(` and the like, on its line or the next. */
function titlesOf(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  return files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/\btest(?:\.\w+)*\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gu)].map(([, , title = '']) => title),
  )
}

/** Rules that a title names before what it says: `R6: …`, `R14, R15: …`, `R13/R40: …`. */
function rulesIn(title: string): readonly number[] {
  const [, list = ''] = /^((?:R\d+(?:, |\/|–| and )?)+):/u.exec(title) ?? []
  return [...list.matchAll(/R(\d+)/gu)].map(([, number]) => Number(number))
}

test('every rule of R1–R43 is the title of a test', (t) => {
  const named = new Set(titlesOf(sourcesOf()).flatMap(rulesIn))
  const missing = Array.from({ length: LAST }, (_, i) => i + 1).filter((rule) => !named.has(rule))
  t.deepEqual(
    missing.map((rule) => `R${String(rule)}`),
    [],
  )
  t.deepEqual(
    [...named].filter((rule) => rule < 1 || rule > LAST),
    [],
    'a rule that is none',
  )
})

test('a rule counts only where a title begins with it', (t) => {
  t.deepEqual(rulesIn('R14, R15: units convert'), [14, 15])
  t.deepEqual(rulesIn('R13/R40: a requisition'), [13, 40])
  t.deepEqual(rulesIn('what is billed (R3)'), [])
})
