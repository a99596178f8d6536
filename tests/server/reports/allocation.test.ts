import test from 'ava'
import { newRow, SCALE } from '../../../channels/contract/index.ts'
import type { BridgeTables, Reader } from '../../../channels/contract/index.ts'
import { allocate, daysBetween } from '../../../server/reports/index.ts'

type Line = BridgeTables['journal_line']

/** Knows only what this report asks: days among, one company. */
function readerOf(lines: readonly Partial<Line>[]): Pick<Reader, 'rows'> {
  const rows = lines.map((line, n) => newRow('journal_line', { document: `D${String(n)}`, line: 1, company: 'H1', currency: 'USD', ...line }))
  return {
    rows: ((query: { readonly where: { readonly posting_day: readonly string[]; readonly company?: string } }) =>
      Promise.resolve({
        items: rows.filter(
          (row) => query.where.posting_day.includes(row.posting_day) && (query.where.company === undefined || row.company === query.where.company),
        ),
        next: null,
      })) as unknown as Reader['rows'],
  }
}

const line = (amount: number, changes: Partial<Line> = {}): Partial<Line> => ({
  posting_day: '2026-03-02',
  cost_centre: 'CC-1',
  service_line: 'ORTHO',
  procedure: '27130',
  amount: amount * SCALE,
  ...changes,
})

test('R25: cost is told by cost centre, service line and procedure, and a reversal is taken off it', async (t) => {
  const reader = readerOf([line(1850), line(-850), line(12.5, { procedure: '44970' }), line(-1012.5, { cost_centre: '', account: '1410' })])
  const query = { from: '2026-03-01', to: '2026-03-31', company: '' }
  t.deepEqual(await allocate(reader, { ...query, by: ['costCentre', 'procedure'] }), [
    { group: { costCentre: 'CC-1', procedure: '27130' }, currency: 'USD', amount: '1000', lines: 2 },
    { group: { costCentre: 'CC-1', procedure: '44970' }, currency: 'USD', amount: '12.5', lines: 1 },
  ])
  t.deepEqual(await allocate(reader, { ...query, by: ['serviceLine'] }), [{ group: { serviceLine: 'ORTHO' }, currency: 'USD', amount: '1012.5', lines: 3 }])
})

test('amounts of two currencies and of other days and companies are not added', async (t) => {
  const reader = readerOf([line(1), line(2, { currency: 'EUR' }), line(4, { posting_day: '2026-04-01' }), line(8, { company: 'H2' })])
  const rows = await allocate(reader, { from: '2026-03-02', to: '2026-03-02', company: 'H1', by: ['costCentre'] })
  t.deepEqual(
    rows.map(({ currency, amount }) => [currency, amount]),
    [
      ['EUR', '2'],
      ['USD', '1'],
    ],
  )
})

test('days are counted over the end of a leap February, and backwards there are none', (t) => {
  t.deepEqual(daysBetween('2028-02-28', '2028-03-01'), ['2028-02-28', '2028-02-29', '2028-03-01'])
  t.deepEqual(daysBetween('2026-03-02', '2026-03-01'), [])
})
