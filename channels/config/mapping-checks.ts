/** What a channel's rules say about events and tables, held against the canonical model. Works on files that have mistakes. */
import { DOCUMENT_LINE, EVENT_FIELDS, REVERSALS } from '../../canonical/index.ts'
import type { EventType, Field } from '../../canonical/index.ts'
import type { Issue } from '../contract/index.ts'
import type { Finding } from './lints.ts'
import { nearest } from './nearest.ts'
import type { Source } from './source.ts'
import { entries, items, part } from './yaml-file.ts'
import type { Path } from './yaml-file.ts'

const didYouMean = (word: string | undefined): string | undefined => (word === undefined ? undefined : `did you mean ${word}?`)

function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENT_FIELDS, type)
}

/** Rule ids, event types, fields, tables, `minus` and currencies of one channel. */
export function checkMapping(source: Source, tables: ReadonlySet<string>): readonly Issue[] {
  const issues: Issue[] = []
  const ids = new Map<string, number>()
  items(part(source.plain, ['map'])).forEach((rule, n) => {
    const id = part(rule, ['id'])
    if (typeof id === 'string') {
      const before = ids.get(id)
      if (before === undefined) ids.set(id, n)
      else
        issues.push(source.report(['map', n, 'id'], { code: 'duplicate-name', message: `rule ${String(before + 1)} of this channel has the id ${id} already` }))
    }
    checkTables(source, ['map', n], rule, tables, issues)
    const to = part(rule, ['to'])
    if (typeof to !== 'string' || to === '') return
    if (!isEventType(to)) {
      const meant = nearest(to, Object.keys(EVENT_FIELDS))
      issues.push(
        source.report(['map', n, 'to'], {
          code: 'unknown-event',
          message: `there is no event ${to}`,
          suggestion: didYouMean(meant) ?? `events: ${Object.keys(EVENT_FIELDS).join(', ')}`,
        }),
      )
    } else checkFields(source, n, rule, to, issues)
  })
  return issues
}

function checkFields(source: Source, n: number, rule: unknown, to: EventType, issues: Issue[]): void {
  const fields: Readonly<Record<string, Field>> = EVENT_FIELDS[to]
  const set = entries(part(rule, ['set']))
  const report = (field: string, key: string | null, finding: Finding): void => {
    const path = ['map', n, 'set', field]
    issues.push(key === null ? source.report(path, finding, 'key') : source.report([...path, key], finding))
  }
  for (const [field, how] of set) {
    const known = fields[field]
    if (known === undefined) {
      const meant = nearest(field, Object.keys(fields))
      report(field, null, {
        code: 'unknown-event-field',
        message: `${to} has no field ${field}`,
        suggestion: didYouMean(meant) ?? `its fields: ${Object.keys(fields).join(', ')}`,
      })
      continue
    }
    if (part(how, ['minus']) !== undefined && REVERSALS[to] === undefined)
      report(field, 'minus', { code: 'no-reversal', message: `${to} has no reversal, so minus has no meaning here` })
    if ((known.kind === 'money' || part(how, ['as']) === 'money') && part(how, ['currency']) === undefined) {
      report(field, null, {
        code: 'money-without-currency',
        message: `${field} takes its currency from the message alone`,
        suggestion: 'say currency: USD (or whatever it is), if the sender does not',
      })
    }
    if (known.kind === 'lines') issues.push(...checkLine(source, ['map', n, 'set', field, 'set'], part(how, ['set'])))
  }
  if (part(rule, ['set']) === undefined) return
  const unset = Object.entries(fields).filter(
    ([field, { required }]) => required === true && !set.some(([name]) => name === field || nearest(name, [field]) === field),
  )
  for (const [field] of unset)
    issues.push(
      source.report(
        ['map', n, 'set'],
        { code: 'missing-event-field', message: `${to} needs ${field}, and this rule does not set it`, suggestion: `add ${field}: PATH to set` },
        'key',
      ),
    )
}

/** Fields that a line of a document does not have. */
function checkLine(source: Source, path: Path, set: unknown): readonly Issue[] {
  const unknown = entries(set).filter(([field]) => !Object.hasOwn(DOCUMENT_LINE, field))
  return unknown.map(([field]) => {
    const fields = Object.keys(DOCUMENT_LINE)
    const suggestion = didYouMean(nearest(field, fields)) ?? `its fields: ${fields.join(', ')}`
    return source.report([...path, field], { code: 'unknown-event-field', message: `a line has no field ${field}`, suggestion }, 'key')
  })
}

function checkTables(source: Source, at: Path, rule: unknown, tables: ReadonlySet<string>, issues: Issue[]): void {
  for (const [field, how] of entries(part(rule, ['set']))) {
    const path = [...at, 'set', field]
    if (part(how, ['set']) !== undefined) checkTables(source, path, how, tables, issues)
    const table = part(how, ['table'])
    if (typeof table !== 'string' || table === '' || tables.has(table)) continue
    const meant = nearest(table, tables)
    issues.push(
      source.report([...path, 'table'], {
        code: 'unknown-table',
        message: `there is no table ${table}`,
        suggestion: didYouMean(meant) ?? `add tables/${table}.csv`,
      }),
    )
  }
}
