import test from 'ava'
import fc from 'fast-check'
import { SCALE } from '../../channels/contract/index.ts'
import type { Decision, Policies } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { minorUnits } from '../../canonical/index.ts'
import { balanceOf, bookingLines, split } from '../../erp-bridge/finance/index.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

type Line = { readonly account: string; readonly side: string; readonly amount: string; readonly costCentre?: string; readonly serviceLine?: string }
const linesOf = (decision: Decision): Line[] => bodyOf(decision, 'journal').lines as unknown as Line[]
const accountsOf = (decision: Decision): string[] => linesOf(decision).map(({ side, account }) => `${side} ${account}`)
const charge = (body: Record<string, unknown> = {}) =>
  event('CostIncurred', { item: undefined, charge: { code: 'C-1' }, amount: { amount: '100.00', currency: 'USD' }, ...body })

function splits(world: World, rows: readonly (readonly [string, number, string?])[], dates: { valid_from?: string; valid_to?: string } = {}): void {
  rows.forEach(([target, share, service_line = ''], i) => {
    world.put('cost_centre', { cost_centre: target, status: 'active' })
    world.put('cost_split', { cost_centre: 'CC-7010', line: i + 1, target, share: share * SCALE, service_line, ...dates })
  })
}

test('R26: the first posting rule that fits by ownership, category and company wins, and the accounts are what holds else', (t) => {
  const posting: Policies['posting'] = [
    { when: 'usage', ownership: 'bill-only', category: '', company: 'H2', debit: 'X', credit: 'X2' },
    { when: 'usage', ownership: 'bill-only', category: 'implant', company: '', debit: '5111', credit: '2111' },
    { when: 'usage', ownership: 'owned', category: '', company: 'H1', debit: '5121', credit: '1411' },
  ]
  const decide = (item: string, policies: Partial<Policies>) => createWorld().decide(event('SupplyUsed', { item: { code: item }, lot: 'L1' }), { policies })
  t.deepEqual(accountsOf(decide('HIP-1', { posting })), ['debit 5111', 'credit 2111'])
  t.deepEqual(accountsOf(decide('SUT-1', { posting })), ['debit 5121', 'credit 1411'])
  t.deepEqual(accountsOf(decide('CON-1', { posting })), ['debit 5110', 'credit 2110'])
})

test('R26: an account that is blocked, or that a known chart of accounts does not have, is refused before anything is made', (t) => {
  const world = createWorld()
  t.deepEqual(kindsOf(world.decide(event('SupplyUsed'))), ['goods-issue', 'journal'])
  world.put('gl_account', { account: '5120', status: 'active', company: 'H1' })
  t.deepEqual(needsOf(world.decide(event('SupplyUsed'))), ['ACCOUNT_BLOCKED account:1410'])
  world.put('gl_account', { account: '1410', status: 'blocked', company: 'H1' })
  t.deepEqual(needsOf(world.decide(event('SupplyUsed'))), ['ACCOUNT_BLOCKED account:1410'])
  world.put('gl_account', { account: '1410', status: 'active', company: 'H2' })
  t.deepEqual(needsOf(world.decide(event('SupplyUsed'))), ['ACCOUNT_BLOCKED account:1410'])
  world.put('gl_account', { account: '1410', status: '', company: '' })
  t.deepEqual(kindsOf(world.decide(event('SupplyUsed'))), ['goods-issue', 'journal'])
  t.is(world.all('journal_line').length, 4)
})

test('R26: a category without an account waits, named by occasion and category', (t) => {
  const accounts = { inventory: '1410', accrued: '2110', clearing: '2190', expense: { implant: '5110' }, waste: '5190' }
  t.deepEqual(needsOf(createWorld().decide(event('SupplyUsed'), { policies: { accounts } })), ['ACCOUNT_BLOCKED posting:usage:H1:owned:supply'])
})

test('R27: the table of postings for usage, waste and charges', (t) => {
  const use = (type: string, item: string) => accountsOf(createWorld().decide(event(type, { item: { code: item }, lot: 'L1' })))
  t.deepEqual(use('SupplyUsed', 'SUT-1'), ['debit 5120', 'credit 1410'])
  t.deepEqual(use('SupplyUsed', 'CON-1'), ['debit 5110', 'credit 2110'])
  t.deepEqual(use('SupplyUsed', 'HIP-1'), ['debit 5110', 'credit 2110'])
  t.deepEqual(use('SupplyUsed', 'REP-1'), ['debit 5110', 'credit 2110'])
  t.deepEqual(use('SupplyWasted', 'SUT-1'), ['debit 5190', 'credit 1410'])
  t.deepEqual(use('SupplyWasted', 'CON-1'), ['debit 5190', 'credit 2110'])
  t.deepEqual(accountsOf(createWorld().decide(charge())), ['debit 5120', 'credit 2190'])
})

test('R28: a flow whose ledger the ERP keeps gets no journal, the others do', (t) => {
  const policies = { owners: { consigned: { gl: 'erp' } } } as const
  const use = (item: string) => kindsOf(createWorld().decide(event('SupplyUsed', { item: { code: item } }), { policies }))
  t.deepEqual(use('CON-1'), ['goods-issue'])
  t.deepEqual(use('SUT-1'), ['goods-issue', 'journal'])
  const reversed = { glOwner: 'erp', owners: { consigned: { gl: 'bridge' } } } as const
  const other = (item: string) => kindsOf(createWorld().decide(event('SupplyUsed', { item: { code: item } }), { policies: reversed }))
  t.deepEqual(other('CON-1'), ['goods-issue', 'journal'])
  t.deepEqual(other('SUT-1'), ['goods-issue'])
})

test('R25: a cost centre’s costs are shared out by shares and service lines, the remaining cent on the largest', (t) => {
  const world = createWorld()
  splits(world, [
    ['CC-A', 0.3],
    ['CC-B', 0.4, 'CARD'],
    ['CC-C', 0.3],
  ])
  const decision = world.decide(charge({ amount: { amount: '0.05', currency: 'USD' } }))
  t.deepEqual(linesOf(decision), [
    { line: 1, account: '5120', side: 'debit', amount: '0.01', department: '7010', costCentre: 'CC-A', serviceLine: 'ORTHO' },
    { line: 2, account: '5120', side: 'debit', amount: '0.03', department: '7010', costCentre: 'CC-B', serviceLine: 'CARD' },
    { line: 3, account: '5120', side: 'debit', amount: '0.01', department: '7010', costCentre: 'CC-C', serviceLine: 'ORTHO' },
    { line: 4, account: '2190', side: 'credit', amount: '0.05' },
  ] as never)
  documentSchemas.journal.parse(bodyOf(decision, 'journal'))
})

test('R25: shares hold on their days, a newer allocation replaces the older one whole', (t) => {
  const world = createWorld()
  splits(
    world,
    [
      ['CC-OLD-A', 0.5],
      ['CC-OLD-B', 0.5],
    ],
    { valid_from: '2025-01-01', valid_to: '2026-02-28' },
  )
  t.deepEqual(
    linesOf(world.decide(charge())).map((line) => line.costCentre),
    ['CC-7010', undefined],
  )
  splits(world, [['CC-A', 1]], { valid_from: '2026-01-15' })
  t.deepEqual(
    linesOf(world.decide(charge({ occurredAt: '2026-02-01' }))).map((line) => line.costCentre),
    ['CC-A', undefined],
  )
})

test('R25: shares that are not the whole, or that go to a closed cost centre, wait', (t) => {
  const world = createWorld()
  splits(world, [
    ['CC-A', 0.5],
    ['CC-B', 0.4],
  ])
  t.deepEqual(needsOf(world.decide(charge())), ['UNKNOWN_COST_CENTRE cost-split:CC-7010'])
  splits(world, [
    ['CC-A', 0.5],
    ['CC-B', 0.5],
  ])
  world.put('cost_centre', { cost_centre: 'CC-B', status: 'inactive' })
  t.deepEqual(needsOf(world.decide(charge())), ['UNKNOWN_COST_CENTRE cost-centre:CC-B'])
  world.put('cost_centre', { cost_centre: 'CC-B', status: 'active' })
  t.deepEqual(kindsOf(world.decide(charge())), ['journal'])
})

test('R27: the company is that of the location, then of the department; routes may differ by company', (t) => {
  const world = createWorld()
  world.put('department', { ...world.all('department')[0]!, company: 'H2' })
  const routes = { 'H2/journal': 'legacy', '*': 'erp' }
  const decision = world.decide(charge(), { policies: { routes } })
  t.is(bodyOf(decision, 'journal')['company'], 'H2')
  t.deepEqual(decision.kind === 'applied' && decision.documents.map((document) => document.destination), ['legacy'])
  world.put('location', { ...world.all('location')[0]!, company: 'H3' })
  t.is(bodyOf(world.decide(charge()), 'journal')['company'], 'H3')
  t.deepEqual([...new Set(world.all('journal_line').map((line) => line.company))], ['H2', 'H3'])
})

test('R43: each line of each journal is kept with place, procedure and bearer, debit above zero', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { quantity: { value: '1', unit: 'EA' }, procedure: { code: '27130' } }))
  t.like(world.all('journal_line'), [
    { line: 1, account: '5120', cost_centre: 'CC-7010', service_line: 'ORTHO', location: 'OR-1', procedure: '27130', amount: 12.35 * SCALE, day: '2026-03-01' },
    { line: 2, account: '1410', cost_centre: '', amount: -12.35 * SCALE, currency: 'USD', posting_day: '2026-03-01' },
  ])
})

test('R38: a journal is in the currency of its cost; rates and exchange differences are the ERP’s', (t) => {
  const decision = createWorld().decide(charge({ amount: { amount: '1000', currency: 'JPY' } }))
  t.is(bodyOf(decision, 'journal')['currency'], 'JPY')
  t.is(linesOf(decision)[0]?.amount, '1000')
})

const sumOf = (world: World): Map<string, number> => {
  const sums = new Map<string, number>()
  for (const { account, cost_centre, currency, amount } of world.all('journal_line')) {
    const key = `${account}/${cost_centre}/${currency}`
    sums.set(key, (sums.get(key) ?? 0) + amount)
  }
  return sums
}
const balances = (decision: Decision): boolean =>
  decision.kind !== 'applied' ||
  decision.documents
    .filter((document) => document.kind === 'journal')
    .every(({ body }) => balanceOf((body as { lines: Line[] }).lines as never, (body as { currency: string }).currency) === 0n)

test('R25, R37: the parts of a split add up to the amount to the last minor unit, in any currency, and none is below zero', (t) => {
  const arbitrary = fc.record({
    currency: fc.constantFrom('USD', 'JPY', 'KWD', 'EUR', 'BHD'),
    minor: fc.bigInt(0n, 10n ** 12n),
    cuts: fc.uniqueArray(fc.integer({ min: 1, max: SCALE - 1 }), { maxLength: 8 }),
  })
  fc.assert(
    fc.property(arbitrary, ({ currency, minor, cuts }) => {
      const decimals = minorUnits(currency)!
      const digits = minor.toString().padStart(decimals + 1, '0')
      const amount = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
      const edges = [0, ...cuts.toSorted((a, b) => a - b), SCALE]
      const parts = split(
        amount,
        currency,
        edges.slice(1).map((edge, i) => edge - edges[i]!),
      )
      const total = parts.reduce((sum, part) => sum + BigInt(part.replace('.', '')), 0n)
      return total === minor && parts.every((part) => !part.startsWith('-') && (part.split('.')[1]?.length ?? 0) === decimals)
    }),
  )
  t.pass()
})

test('R27: every booking balances and has no line of zero, whatever the amount, currency and shares', (t) => {
  const bearer = { department: '', costCentre: 'CC', serviceLine: '' }
  const arbitrary = fc.record({ over: fc.bigInt(-(10n ** 15n), 10n ** 15n), under: fc.bigInt(1n, 10n ** 6n), currency: fc.constantFrom('USD', 'JPY', 'KWD') })
  fc.assert(
    fc.property(arbitrary, fc.boolean(), ({ over, under, currency }, isShared) => {
      const shares = isShared ? [333_333, 333_333, 333_334].map((share, i) => ({ costCentre: `CC-${String(i)}`, serviceLine: '', share })) : []
      const lines = bookingLines({ debit: 'D', credit: 'C', amount: { over, under }, currency, bearer, shares, item: '' })
      return balanceOf(lines, currency) === 0n && lines.every((line) => /[1-9]/.test(line.amount) && !line.amount.startsWith('-'))
    }),
  )
  t.pass()
})

test('R27, R33, R34: a use and its reversal in any parts leave nothing in the totals, sent or not, shared out or not', (t) => {
  const arbitrary = fc.record({
    isSent: fc.boolean(),
    isShared: fc.boolean(),
    quantity: fc.integer({ min: 1, max: 9 }),
    cost: fc.record({ minor: fc.integer({ min: 0, max: 99_999 }), currency: fc.constantFrom('USD', 'JPY', 'KWD') }),
    parts: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
  })
  fc.assert(
    fc.property(arbitrary, ({ isSent, isShared, quantity, cost, parts }) => {
      const world = createWorld()
      if (isShared)
        splits(world, [
          ['CC-A', 0.333333],
          ['CC-B', 0.333333],
          ['CC-C', 0.333334],
        ])
      const unitCost = { amount: `${String(cost.minor)}.5`, currency: cost.currency }
      const used = world.decide(event('SupplyUsed', { quantity: { value: String(quantity), unit: 'EA' }, unitCost }))
      if (!balances(used)) return false
      if (isSent) world.settle('SENT')
      let left = quantity
      for (const part of [...parts, quantity]) {
        const taken = Math.min(left, part)
        if (taken === 0) break
        left -= taken
        const reversed = world.decide(event('SupplyReversed', { quantity: { value: String(taken), unit: 'EA' } }))
        if (reversed.kind !== 'applied' || !balances(reversed)) return false
        for (const document of reversed.documents) documentSchemas[document.kind].parse(document.body)
      }
      return left === 0 && [...sumOf(world).values()].every((sum) => sum === 0)
    }),
    { numRuns: 60 },
  )
  t.pass()
})

test('R27: what a count finds less is a cost out of inventory, what it finds more takes one back, and the ERP’s ledger is left alone', (t) => {
  const count = (value: string) => event('StockCounted', { quantity: { value, unit: 'EA' }, case: undefined, occurredAt: '2026-03-05' }, { caseKey: '' })
  const world = createWorld()
  t.deepEqual(
    linesOf(world.decide(count('98'))).map(({ side, account, amount, costCentre }) => [side, account, amount, costCentre]),
    [
      ['debit', '5190', '24.69', 'CC-7010'],
      ['credit', '1410', '24.69', undefined],
    ],
  )
  t.deepEqual(accountsOf(world.decide(count('99'))), ['credit 5190', 'debit 1410'])
  t.deepEqual(kindsOf(createWorld().decide(count('100'))), [])
  t.deepEqual(kindsOf(createWorld().decide(count('98'), { policies: { owners: { owned: { gl: 'erp' } } } })), ['stock-adjustment'])
})
