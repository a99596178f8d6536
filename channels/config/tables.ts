/** `tables/<name>.csv`: `code,value[,valid_from,valid_to]`, dates as calendar days, bounds inclusive, an empty bound open. */
import { parse } from 'csv-parse/sync'
import type { Issue, LookupTable } from '../contract/index.ts'
import { issue } from './lints.ts'
import type { Finding } from './lints.ts'

interface Row {
  readonly value: string
  readonly from: string
  readonly to: string
  readonly line: number
}

const COLUMNS = ['code', 'value', 'valid_from', 'valid_to']
const OPEN_FROM = '0000-01-01'
const OPEN_TO = '9999-12-31'

/** Reads a table. What is wrong with it are issues; the table holds the rows that are right. */
export function readTable(file: string, text: string): { readonly table: LookupTable; readonly issues: readonly Issue[] } {
  const issues: Issue[] = []
  const report = (line: number, column: number, finding: Finding): void => void issues.push(issue(file, { line, column }, finding))
  const records = readRecords(text, report)
  const codes = new Map<string, Row[]>()
  const header = records[0]
  const names = header?.cells.map((cell) => cell.trim()) ?? []
  const required = names[0] === 'code' && names[1] === 'value'
  const dated = names.length === 4 && names[2] === 'valid_from' && names[3] === 'valid_to'
  if (header && (!required || (names.length !== 2 && !dated))) {
    report(header.line, 1, {
      code: 'bad-table',
      message: `expected the columns ${COLUMNS.slice(0, 2).join(',')} or ${COLUMNS.join(',')}, got ${names.join(',')}`,
    })
  } else if (header === undefined && issues.length === 0) report(1, 1, { code: 'bad-table', message: 'the table is empty; expected the columns code,value' })
  else {
    for (const { cells, line } of records.slice(1)) {
      const [code = '', value = '', from = '', to = ''] = cells
      const bad = (column: number, message: string): void => report(line, columnOf(cells, column), { code: 'bad-table', message })
      if (cells.length !== names.length) bad(0, `expected ${String(names.length)} columns, got ${String(cells.length)}; a text with a comma needs quotes`)
      else if (code === '') bad(0, 'the code is empty')
      else if (code !== code.trim()) bad(0, `the code "${code}" begins or ends with a blank, which no message would match`)
      else if (from !== '' && !isDay(from)) bad(2, `valid_from: expected a date such as 2026-03-01, got "${from}"`)
      else if (to !== '' && !isDay(to)) bad(3, `valid_to: expected a date such as 2026-03-01, got "${to}"`)
      else if (from !== '' && to !== '' && from > to) bad(2, `valid_from ${from} is after valid_to ${to}`)
      else {
        const row = { value, from: from || OPEN_FROM, to: to || OPEN_TO, line }
        const rows = codes.get(code) ?? []
        const clash = rows.find((other) => row.from <= other.to && other.from <= row.to)
        if (clash) {
          const same = from === '' && to === ''
          report(
            line,
            1,
            same
              ? { code: 'duplicate-code', message: `the code "${code}" stands in line ${String(clash.line)} already` }
              : { code: 'overlapping-dates', message: `the code "${code}" has a row in line ${String(clash.line)} that holds on some of the same days` },
          )
        } else codes.set(code, [...rows, row])
      }
    }
  }
  const table: LookupTable = {
    name: file.replace(/^.*\//, '').replace(/\.csv$/i, ''),
    file,
    find: (code, day) => codes.get(code)?.find((row) => row.from <= day && day <= row.to)?.value,
  }
  return { table, issues }
}

interface CsvRow {
  readonly cells: readonly string[]
  readonly line: number
}

function readRecords(text: string, report: (line: number, column: number, finding: Finding) => void): readonly CsvRow[] {
  try {
    const read = parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true, info: true }) as unknown as readonly {
      readonly record: readonly string[]
      readonly info: { readonly lines: number }
    }[]
    // A record is counted where it ends; a quoted cell with line breaks ends further down than it begins.
    return read.map(({ record, info }) => ({ cells: record, line: info.lines - record.join('').split('\n').length + 1 }))
  } catch (error) {
    const found = error as { readonly lines?: number; readonly code?: string }
    report(found.lines ?? 1, 1, {
      code: 'parse-error',
      message: found.code?.includes('QUOTE') ? 'a quote is open or stands in the middle of a cell' : 'this line cannot be read as CSV',
    })
    return []
  }
}

const columnOf = (cells: readonly string[], column: number): number => cells.slice(0, column).reduce((sum, cell) => sum + cell.length + 1, 1)

/** A day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (found === null) return false
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month >= 1 && month <= 12 && day >= 1 && day <= ([31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0)
}
