import test from 'ava'
import { formatIssue } from '../../../channels/config/index.ts'
import { readTable } from '../../../channels/config/tables.ts'

const told = (text: string): readonly string[] => readTable('tables/t.csv', text).issues.map(formatIssue)

test('a table finds the value that holds on a day, bounds included', (t) => {
  const { table, issues } = readTable(
    'tables/departments.csv',
    'code,value,valid_from,valid_to\n7010,OR-MAIN,,2026-02-28\n7010,OR-NORTH,2026-03-01,\n0123,ICU,,\n',
  )
  t.deepEqual(issues, [])
  t.is(table.name, 'departments')
  t.is(table.find('7010', '2026-02-28'), 'OR-MAIN')
  t.is(table.find('7010', '2026-03-01'), 'OR-NORTH')
  t.is(table.find('0123', '2026-03-01'), 'ICU')
  t.is(table.find('123', '2026-03-01'), undefined)
})

test('a code that stands twice, and dates that overlap, are told with both lines', (t) => {
  t.deepEqual(told('code,value\nA,1\nB,2\nA,3\n'), ['tables/t.csv(4,1) the code "A" stands in line 2 already [duplicate-code]'])
  t.deepEqual(told('code,value,valid_from,valid_to\nA,1,,2026-03-01\nA,2,2026-03-01,\n'), [
    'tables/t.csv(3,1) the code "A" has a row in line 2 that holds on some of the same days [overlapping-dates]',
  ])
})

test('columns, empty codes, days that do not exist and short rows are told at their line', (t) => {
  t.deepEqual(told('from,to\nA,1\n'), ['tables/t.csv(1,1) expected the columns code,value or code,value,valid_from,valid_to, got from,to [bad-table]'])
  t.deepEqual(told(''), ['tables/t.csv(1,1) the table is empty; expected the columns code,value [bad-table]'])
  t.deepEqual(told('code,value,valid_from,valid_to\n,1,,\nA,1,2026-02-29,\nB,1\nC,1,2026-03-02,2026-03-01\n'), [
    'tables/t.csv(2,1) the code is empty [bad-table]',
    'tables/t.csv(3,5) valid_from: expected a date such as 2026-03-01, got "2026-02-29" [bad-table]',
    'tables/t.csv(4,1) expected 4 columns, got 2; a text with a comma needs quotes [bad-table]',
    'tables/t.csv(5,5) valid_from 2026-03-02 is after valid_to 2026-03-01 [bad-table]',
  ])
})

test('an open quote is told at its line, and nothing is thrown', (t) => {
  t.is(told('code,value\nA,"1\nB,2\n').length, 1)
})

test('a table saved by a spreadsheet, with a byte order mark and CRLF, is read', (t) => {
  const { table, issues } = readTable('tables/t.csv', '\uFEFFcode,value\r\nA,"Room 1, north"\r\n')
  t.deepEqual(issues, [])
  t.is(table.find('A', '2026-01-01'), 'Room 1, north')
})
