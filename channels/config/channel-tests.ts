/** `channels/<name>/channel.test.yaml` with the files it names, read from the texts of the folder. Pure. */
import { z } from 'zod'
import type { ChannelTest, Issue } from '../contract/index.ts'
import { inOrder, issue } from './lints.ts'
import { nearest } from './nearest.ts'
import { testSpec } from './spec/tests.ts'
import type { TestSpec } from './spec/tests.ts'
import { isDay } from './tables.ts'
import { validate } from './validate.ts'
import type { Places } from './validate.ts'
import { AlteredNumber, entries, isRecord, items, part, readYaml } from './yaml-file.ts'
import type { Path, YamlFile } from './yaml-file.ts'

const outerSpec = z.strictObject({ tests: z.array(z.any()) })

/**
 * The tests of a channel that can be run, and every problem of the file. `files` must have been read with `messages: true`.
 * A channel without a test file has no tests and no issue here.
 */
export function loadChannelTests(
  files: Readonly<Record<string, string>>,
  channel: string,
): { readonly tests: readonly ChannelTest[]; readonly issues: readonly Issue[] } {
  const folder = `channels/${channel}`
  const file = `${folder}/channel.test.yaml`
  const text = files[file]
  if (text === undefined) return { tests: [], issues: [] }
  const yaml = readYaml(file, text)
  const issues = [...yaml.issues]
  if (yaml.broken) return { tests: [], issues: inOrder(issues) }
  issues.push(...validate(outerSpec, yaml.plain, placesOf(yaml, [])).issues)
  const names = new Map<string, number>()
  const tests = items(part(yaml.plain, ['tests'])).flatMap((raw, n): readonly ChannelTest[] => {
    const at = ['tests', n]
    const name = part(raw, ['name'])
    const before = typeof name === 'string' ? names.get(name) : undefined
    if (before !== undefined)
      issues.push(issue(file, yaml.locate([...at, 'name']), { code: 'duplicate-test', message: `test ${String(before + 1)} has the same name` }))
    else if (typeof name === 'string') names.set(name, n)
    const validated = validate(testSpec, withSendList(raw), placesOf(yaml, at))
    const found = [...validated.issues, ...alteredNumbers(raw, at, yaml)]
    if (validated.value) found.push(...missingFiles(validated.value, files, folder, at, yaml))
    issues.push(...found)
    const now = validated.value ? momentOf(validated.value.now) : undefined
    if (validated.value && now === undefined)
      found.push(pushed(issues, issue(file, yaml.locate([...at, 'now']), { code: 'bad-value', message: 'now: this day or time is in no calendar' })))
    return validated.value && now !== undefined && found.length === 0 ? [testOf(validated.value, now, files, folder, at, yaml)] : []
  })
  return { tests, issues: inOrder(issues) }
}

function pushed(issues: Issue[], one: Issue): Issue {
  issues.push(one)
  return one
}

function testOf(spec: TestSpec, now: number, files: Readonly<Record<string, string>>, folder: string, at: Path, yaml: YamlFile): ChannelTest {
  const read = (name: string): { readonly file: string; readonly text: string } => ({ file: name, text: files[pathIn(folder, name)] ?? '' })
  return {
    name: spec.name,
    send: spec.send.map(({ from, set }) => ({ ...read(from), set })),
    now,
    load: Object.fromEntries(Object.entries(spec.load).flatMap(([table, name]) => (name === undefined ? [] : [[table, read(name)]]))),
    ack: spec.ack,
    state: spec.state,
    failure: spec.failure,
    at: spec.at,
    events: spec.events,
    documents: spec.documents,
    worklist: spec.worklist,
    file: yaml.file,
    locate: (path) => yaml.locate([...at, ...path]),
  }
}

function placesOf(yaml: YamlFile, at: Path): Places {
  // A single message stands without a list, so its place has no index.
  const full = (path: Path): Path => {
    const single = path[0] === 'send' && path[1] === 0 && !Array.isArray(part(yaml.plain, [...at, 'send']))
    return [...at, ...(single ? ['send', ...path.slice(2)] : path)]
  }
  return {
    at: (path) => ({ file: yaml.file, place: yaml.locate(full(path)) }),
    atKey: (path) => ({ file: yaml.file, place: yaml.locateKey(full(path)) }),
  }
}

/** `send: a.hl7` and `send: { from: a.hl7 }` are lists of one; a text in the list is `from`. */
function withSendList(raw: unknown): unknown {
  if (!isRecord(raw) || raw['send'] === undefined) return raw
  const list = Array.isArray(raw['send']) ? (raw['send'] as readonly unknown[]) : [raw['send']]
  return { ...raw, send: list.map((one) => (typeof one === 'string' ? { from: one } : one)) }
}

/** Expectations are free in form, so a number that YAML alters would silently never match. */
function alteredNumbers(raw: unknown, at: Path, yaml: YamlFile): readonly Issue[] {
  const issues: Issue[] = []
  const walk = (value: unknown, path: Path): void => {
    if (value instanceof AlteredNumber) {
      issues.push(
        issue(yaml.file, yaml.locate(path), {
          code: 'unquoted-code',
          message: `${value.source} is read as the number ${String(value.value)}`,
          suggestion: `quote it: "${value.source}"`,
        }),
      )
    } else if (Array.isArray(value)) value.forEach((inner, n) => walk(inner, [...path, n]))
    else for (const [key, inner] of entries(value)) walk(inner, [...path, key])
  }
  for (const key of ['events', 'documents', 'worklist']) walk(part(raw, [key]), [...at, key])
  return issues
}

function missingFiles(spec: TestSpec, files: Readonly<Record<string, string>>, folder: string, at: Path, yaml: YamlFile): readonly Issue[] {
  const places = placesOf(yaml, at)
  const here = Object.keys(files).flatMap((path) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : []))
  const check = (name: string, path: Path): readonly Issue[] => {
    if (files[pathIn(folder, name)] !== undefined) return []
    const meant = nearest(name, here)
    return [
      issue(yaml.file, places.at(path).place, {
        code: 'missing-file',
        message: `there is no file ${name} in ${folder}`,
        suggestion: meant === undefined ? undefined : `did you mean ${meant}?`,
      }),
    ]
  }
  return [
    ...spec.send.flatMap(({ from }, n) => check(from, ['send', n, 'from'])),
    ...Object.entries(spec.load).flatMap(([table, name]) => (name === undefined ? [] : check(name, ['load', table]))),
  ]
}

/** `messages/a.hl7` and `../shared/items.csv` in the configuration folder. */
function pathIn(folder: string, name: string): string {
  const steps: string[] = folder.split('/')
  for (const step of name.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '.' && step !== '') steps.push(step)
  }
  return steps.join('/')
}

/** Milliseconds of a moment whose day and time exist. */
function momentOf(text: string): number | undefined {
  const ms = Date.parse(text)
  return isDay(text.slice(0, 10)) && !Number.isNaN(ms) ? ms : undefined
}
