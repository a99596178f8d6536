/** One case of a channel.test.yaml through the rehearsal, and what differs from what it expects, in the analyst's terms. */
import type { ChannelTest, Configuration, EventView } from '../../channels/contract/index.ts'
import { LOAD_TABLES } from '../../channels/contract/index.ts'
import type { ChannelRuntime } from '../../channels/engine/index.ts'
import { differences, show, writePath } from './contained.ts'
import type { Difference } from './contained.ts'
import { editJson } from './edit-json.ts'
import { editMessage } from './edit-message.ts'
import { readMasterData } from '../master-data.ts'
import type { MasterDataFile } from '../master-data.ts'
import { rehearse } from './rehearse.ts'
import type { RehearsalResult, RehearsedMessage } from './rehearse.ts'

export interface TestFailure {
  readonly file: string
  readonly line: number
  readonly column: number
  /** `events[0].quantity.value: expected "2", got "1" — from FT1-10 by or-supply-usage/usage/quantity` */
  readonly text: string
}

export interface TestOutcome {
  readonly channel: string
  readonly name: string
  readonly failures: readonly TestFailure[]
}

/**
 * Runs one case. `ack`, `state`, `events` and `documents` are those of the last message sent; `failure` and `at` are of its fault
 * or of a worklist item it waits for; `worklist` is everything that is open at the end.
 */
export async function runChannelTest(configuration: Configuration, channel: ChannelRuntime, test: ChannelTest): Promise<TestOutcome> {
  const outcome = (failures: readonly TestFailure[]): TestOutcome => ({ channel: channel.definition.name, name: test.name, failures })
  const fail = (path: readonly (string | number)[], text: string): TestFailure => ({ file: test.file, ...test.locate(path), text })

  const load: MasterDataFile[] = []
  for (const table of LOAD_TABLES) {
    const given = test.load[table]
    if (given === undefined) continue
    const read = readMasterData(table, given.file, given.text)
    if (!read.ok) return outcome(read.problems.map((problem) => fail(['load', table], `${problem.file}(${problem.line}) ${problem.text}`)))
    load.push(read.data)
  }
  const messages: { name: string; bytes: Uint8Array }[] = []
  for (const [i, sending] of test.send.entries()) {
    const edited =
      Object.keys(sending.set).length === 0
        ? ({ ok: true, text: sending.text } as const)
        : channel.definition.format === 'fhir'
          ? editJson(sending.text, sending.set)
          : editMessage(sending.text, sending.set)
    if (!edited.ok) return outcome([fail(['send', i, 'set'], `send[${i}].set: ${edited.text}`)])
    messages.push({ name: sending.file, bytes: Buffer.from(edited.text, 'utf8') })
  }
  const result = await rehearse({ configuration, channel, messages, load, now: test.now, send: true })
  return outcome(judge(test, result).map(({ path, text }) => fail(path, text)))
}

interface Judgement {
  readonly path: readonly (string | number)[]
  readonly text: string
}

function judge(test: ChannelTest, result: RehearsalResult): readonly Judgement[] {
  const last = result.messages.at(-1)
  if (last === undefined) return []
  const said = (name: 'ack' | 'state', expected: string | undefined): Judgement[] =>
    expected === undefined || expected === last[name]
      ? []
      : [{ path: [name], text: `${name}: expected ${show(expected)}, got ${show(last[name])}${why(last)}` }]
  return [
    ...said('ack', test.ack),
    ...said('state', test.state),
    ...failureOf(test, last),
    ...list('events', test.events, last.events.map(eventFacts), last.events),
    ...list(
      'documents',
      test.documents,
      last.documents.map(({ body, ...facts }) => ({ ...body, ...facts })),
      [],
    ),
    ...list(
      'worklist',
      test.worklist,
      result.worklist.map((item) => ({ ...item })),
      [],
    ),
  ]
}

function failureOf(test: ChannelTest, last: RehearsedMessage): readonly Judgement[] {
  const faults = [
    ...(last.fault === null ? [] : [last.fault]),
    ...last.worklist.map((item) => ({ code: item.kind, place: undefined, text: `${item.subject} ${item.text}` })),
  ]
  const found: Judgement[] = []
  if (test.failure !== undefined && !faults.some((fault) => fault.code === test.failure)) {
    found.push({
      path: ['failure'],
      text: `failure: expected ${test.failure}, got ${faults.length === 0 ? 'none' : faults.map((fault) => fault.code).join(', ')}`,
    })
  }
  const { at } = test
  if (at !== undefined && !faults.some((fault) => fault.place === at || (fault.place === undefined && mentions(fault.text, at)))) {
    const places = faults.map((fault) => fault.place ?? fault.text)
    found.push({ path: ['at'], text: `at: expected ${at}, got ${places.length === 0 ? 'no failure' : places.join('; ')}` })
  }
  return found
}

/** Whether a text names this place as a whole, not as the beginning of another (`FT1-1` in `FT1-10`). */
function mentions(text: string, place: string): boolean {
  const at = text.indexOf(place)
  return at >= 0 && !/[\w.[(]/.test(text.charAt(at + place.length).replace(/\.$/, '')) && !/\w/.test(text.charAt(at - 1))
}

function list(
  name: 'events' | 'documents' | 'worklist',
  expected: readonly unknown[] | undefined,
  actual: readonly Readonly<Record<string, unknown>>[],
  events: readonly EventView[],
): readonly Judgement[] {
  if (expected === undefined) return []
  return differences(expected, actual, [name]).map((difference) => ({ path: difference.path, text: describe(difference, events) }))
}

function describe({ path, expected, actual }: Difference, events: readonly EventView[]): string {
  const place = writePath(path)
  if (path.length === 2 && expected === undefined) return `${place}: not expected, got ${brief(actual)}`
  if (path.length === 2 && actual === undefined) return `${place}: expected ${brief(expected)}, got nothing`
  return `${place}: expected ${show(expected)}, got ${show(actual)}${origin(path, events)}`
}

/** What a whole event, document or item is, in a few words. */
function brief(value: unknown): string {
  if (typeof value !== 'object' || value === null) return show(value)
  const { type, kind, subject, because } = value as Record<string, unknown>
  const words = [type, kind, subject, because].filter((word) => typeof word === 'string')
  return words.length === 0 ? show(value) : words.join(' ')
}

/** Where the differing field came from, when it is a mapped one. */
function origin(path: readonly (string | number)[], events: readonly EventView[]): string {
  const [, index, ...field] = path
  const origins = typeof index === 'number' ? events[index]?.origin : undefined
  for (let n = field.length; origins !== undefined && n > 0; n--) {
    const found = origins[field.slice(0, n).join('.')]
    if (typeof found !== 'object' || found === null || !('path' in found) || !('rule' in found)) continue
    const table = 'table' in found ? ` with table ${String(found.table)}` : ''
    return ` — from ${String(found.path)} by ${String(found.rule)}${table}`
  }
  return ''
}

function eventFacts(event: EventView): Readonly<Record<string, unknown>> {
  return { ...event.body, id: event.id, type: event.type, state: event.state, businessKey: event.businessKey }
}

function why(last: RehearsedMessage): string {
  const faults =
    last.fault === null ? last.worklist.map((item) => `${item.kind} ${item.subject}`) : [`${last.fault.code} ${last.fault.place ?? ''} ${last.fault.text}`]
  return faults.length === 0 ? '' : ` (${faults.join('; ')})`
}
