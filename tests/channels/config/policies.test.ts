import { readFileSync } from 'node:fs'
import test from 'ava'
import { formatIssue, loadConfiguration } from '../../../channels/config/index.ts'
import type { Policies } from '../../../channels/contract/index.ts'
import { FILES } from './samples.ts'

const BASE = `company: H1
currency: USD
stock_owner: bridge
reorder_owner: bridge
gl_owner: bridge
accounts: { inventory: '1410', accrued: '2110', clearing: '2190', waste: '5190', expense: { default: '5120' } }
`
const sandbox = 'type: sandbox\nurl: http://127.0.0.1:8090\n'

function load(more: string, { base = BASE, erp = sandbox, others = {} }: { base?: string; erp?: string; others?: Readonly<Record<string, string>> } = {}) {
  return loadConfiguration({ files: { ...FILES, 'destinations/erp.yaml': erp, ...others, 'policies/base.yaml': base, 'policies/more.yaml': more } })
}
function policiesOf(more: string): Policies {
  const { configuration, issues } = load(more)
  if (configuration === null) throw new Error(issues.map(formatIssue).join('\n'))
  return configuration.policies
}
const told = (more: string, options?: Parameters<typeof load>[1]): readonly string[] => load(more, options).issues.map(formatIssue)
const codes = (more: string, options?: Parameters<typeof load>[1]): readonly string[] => load(more, options).issues.map(({ code }) => code)

test('policies that say nothing more have every default, and the accounts they had', (t) => {
  t.deepEqual(policiesOf(''), {
    installation: 'test-house',
    company: 'H1',
    currency: 'USD',
    stockOwner: 'bridge',
    reorderOwner: 'bridge',
    glOwner: 'bridge',
    owners: {},
    orderState: 'draft',
    accounts: { inventory: '1410', accrued: '2110', clearing: '2190', waste: '5190', expense: { default: '5120' } },
    posting: [],
    journalPer: 'event',
    periods: { '*': 'hold' },
    matching: {
      ways: { 'bill-only': 'two-way', '*': 'three-way' },
      tolerances: [
        {
          supplier: '',
          category: 'implant',
          price: { amount: '0', percent: null, cap: null, direction: 'both' },
          quantity: { amount: '0', percent: null, cap: null, direction: 'above' },
          line: { amount: '10', percent: null, cap: null, direction: 'both' },
          total: { amount: '10', percent: null, cap: null, direction: 'both' },
          freight: { amount: '25', percent: null, cap: null, direction: 'above' },
          tax: { amount: '10', percent: null, cap: null, direction: 'both' },
        },
        {
          supplier: '',
          category: '',
          price: { amount: null, percent: '2', cap: '25', direction: 'both' },
          quantity: { amount: '0', percent: null, cap: null, direction: 'above' },
          line: { amount: '10', percent: null, cap: null, direction: 'both' },
          total: { amount: '10', percent: null, cap: null, direction: 'both' },
          freight: { amount: '25', percent: null, cap: null, direction: 'above' },
          tax: { amount: '10', percent: null, cap: null, direction: 'both' },
        },
      ],
      waitMs: 172_800_000,
      varianceAccount: '',
      freightAccount: '',
      taxAccount: '',
    },
    requisitions: { gatherMs: 0, gatherCaseMs: 0, replenishConsigned: false, when: 'at-or-below' },
    late: { approval: null, acknowledgement: null, receipt: null, invoice: null },
    stewards: {},
    bearer: { order: ['line', 'place', 'service', 'performer', 'category'], suspense: '' },
    worklist: { owners: {}, due: { low: 259_200_000, normal: 86_400_000, high: 3_600_000 }, escalation: [] },
    createItems: false,
    billOnly: { require: ['case'] },
    reversalWaitMs: 172_800_000,
    routes: { '*': 'erp' },
  })
})

test('every word of the policies reaches the bridge', (t) => {
  const policies = policiesOf(`owners: { consigned: { gl: erp }, par: { reorder: erp } }
posting:
  - { when: usage, ownership: consigned, category: implant, debit: '5110', credit: '2110' }
  - { when: freight, company: H2, debit: '5190', credit: '2000' }
journal_per: case
periods: { journal: adjust, supplier-invoice: reject }
matching:
  ways: { bill-and-replace: evaluated }
  tolerances:
    - { supplier: V-1, price: { percent: 1.50, cap: 10 }, quantity: { percent: "5", direction: above } }
  wait: 4h
  variance_account: '5130'
  freight_account: '5191'
  tax_account: '5192'
requisitions: { gather: 15m, gather_case: 30m, replenish_consigned: true, when: below }
late: { approval: 2d, receipt: none }
stewards: { item.description: erp, 'item.*': file }
bearer: { order: [place, line], suspense: CC-9999 }
worklist: { owners: { INVOICE_PRICE: ap }, due: { high: 30m }, escalation: [manager, cfo] }
create_items: true
bill_only: { require: [case, performer] }
routes: { 'H2/journal': erp, '*': erp }
`)
  t.like(policies, {
    owners: { consigned: { gl: 'erp' }, par: { reorder: 'erp' } },
    posting: [
      { when: 'usage', ownership: 'consigned', category: 'implant', company: '', debit: '5110', credit: '2110' },
      { when: 'freight', ownership: '', category: '', company: 'H2', debit: '5190', credit: '2000' },
    ],
    journalPer: 'case',
    periods: { journal: 'adjust', 'supplier-invoice': 'reject', '*': 'hold' },
    requisitions: { gatherMs: 900_000, gatherCaseMs: 1_800_000, replenishConsigned: true, when: 'below' },
    late: { approval: 172_800_000, acknowledgement: null, receipt: null, invoice: null },
    stewards: { 'item.description': 'erp', 'item.*': 'file' },
    bearer: { order: ['place', 'line'], suspense: 'CC-9999' },
    worklist: { owners: { INVOICE_PRICE: 'ap' }, due: { low: 259_200_000, normal: 86_400_000, high: 1_800_000 }, escalation: ['manager', 'cfo'] },
    createItems: true,
    billOnly: { require: ['case', 'performer'] },
    routes: { 'H2/journal': 'erp', '*': 'erp' },
  })
  t.like(policies.matching, {
    ways: { 'bill-and-replace': 'evaluated', 'bill-only': 'two-way', '*': 'three-way' },
    waitMs: 14_400_000,
    varianceAccount: '5130',
    freightAccount: '5191',
    taxAccount: '5192',
  })
  t.like(policies.matching?.tolerances[0], {
    supplier: 'V-1',
    price: { amount: null, percent: '1.50', cap: '10', direction: 'both' },
    quantity: { amount: null, percent: '5', cap: null, direction: 'above' },
    total: { amount: '10' },
  })
  t.is(policies.matching?.tolerances.length, 3)
})

test('R28: an ERP that books what it is sent must not get journals of the same flow', (t) => {
  const login = 'database: hospital, user: bridge'
  const tryton = 'type: tryton\nurl: http://127.0.0.1:8000\n'
  const erp = `${tryton}options: { ${login} }\n`
  t.deepEqual(told('', { erp }), [
    'destinations/erp.yaml(1,7) erp books the movements of owned, par, consigned goods itself, and the bridge would send journals too [erp-posts-itself] — set gl: erp for them under owners in policies/base.yaml, or options.books_gl: false here when its stock accounting is off',
  ])
  // Another company's documents may go to an ERP that the hospital's own do not.
  const south = `${tryton}options: { ${login} }\n`
  const routed = (route: string) => codes(`routes: { '*': erp, ${route} }`, { others: { 'destinations/south.yaml': south } })
  t.deepEqual(routed("'SGH/*': south"), ['erp-posts-itself'])
  t.deepEqual(routed("'SGH/goods-issue': south"), ['erp-posts-itself'])
  t.deepEqual(routed("'SGH/requisition': south"), [])
  t.deepEqual(codes('owners: { owned: { gl: erp }, consigned: { gl: erp }, par: { gl: erp } }', { erp }), [])
  t.deepEqual(codes('', { erp: `${tryton}options: { ${login}, books_gl: false }\n` }), [])
  t.regex(told('', { erp: tryton }).join('\n'), /options\.database is missing/)
  t.deepEqual(codes('owners: { owned: { gl: erp } }', { erp: `${sandbox}options: { books_gl: true }\n` }), ['two-gl-owners'])
})

test('stock that the ERP keeps cannot be reordered by the bridge', (t) => {
  const base = BASE.replace('stock_owner: bridge', 'stock_owner: erp')
  t.deepEqual(codes('', { base }), ['reorder-without-stock'])
  t.deepEqual(codes('owners: { owned: { reorder: erp } }', { base }), [])
  t.deepEqual(codes('owners: { owned: { stock: erp } }'), ['reorder-without-stock'])
})

test('a bridge that keeps the ledger needs an account for every occasion, by a rule or by the accounts', (t) => {
  const base = BASE.replace("clearing: '2190', waste: '5190', ", '')
  t.deepEqual(
    load('', { base }).issues.map(({ code, message }) => `${code} ${message}`),
    ['missing-field accounts.clearing is missing: the bridge makes journals', 'missing-field accounts.waste is missing: the bridge makes journals'],
  )
  const rules = ['charge', 'waste', 'count'].map((when) => `  - { when: ${when}, debit: '5', credit: '6' }\n`).join('')
  t.deepEqual(codes(`posting:\n${rules}`, { base }), [])
  t.deepEqual(codes("posting:\n  - { when: charge, company: H1, debit: '5', credit: '6' }\n", { base }), ['missing-field', 'missing-field'])
  const erp = base.replace('gl_owner: bridge', 'gl_owner: erp')
  t.deepEqual(codes('', { base: erp }), [])
  t.deepEqual(codes('owners: { consigned: { gl: bridge } }', { base: erp }), ['missing-field', 'missing-field'])
})

test('a rule that never holds, an ownership that there is not and accounts that are one are told', (t) => {
  t.deepEqual(
    told(`posting:
  - { when: usage, category: implant, debit: '5', credit: '6' }
  - { when: usage, category: implant, ownership: owned, debit: '7', credit: '6' }
  - { when: waste, category: implant, debit: '7', credit: '6' }
  - { when: usage, ownership: consinged, debit: '7', credit: '7' }
`),
    [
      'policies/more.yaml(3,5) rule 1 fits whenever this one does, so this one never holds [unreachable-rule] — put the narrower rule first',
      'policies/more.yaml(5,31) expected one of owned, consigned, bill-only, bill-and-replace, par, got "consinged" [not-an-option] — did you mean consigned?',
      'policies/more.yaml(5,62) debit and credit are the same account: nothing would be booked [bad-value]',
    ],
  )
})

test('tolerances without a sense are told', (t) => {
  t.deepEqual(
    told(`matching:
  tolerances:
    - { supplier: V-1, price: { cap: 5 }, total: {}, quantity: { percent: 200 }, line: { amount: 5, percent: 1, cap: 9 } }
    - { price: { amount: -1 }, tax: { amount: 1 } }
`),
    [
      'policies/more.yaml(3,38) cap limits a percentage, and there is none [bad-value] — add percent, or use amount',
      'policies/more.yaml(3,43) total has neither amount nor percent: everything would pass [bad-value] — give one, or remove it',
      'policies/more.yaml(3,75) 200 % lets more than the double through [bad-value] — give percent as 2 for 2 %',
      'policies/more.yaml(3,118) cap is above amount, which is stricter: it would never hold [bad-value] — remove it, or lower it',
      'policies/more.yaml(4,26) matching.tolerances[2].price.amount: expected a number of zero or more such as 2.5, got "-1" [bad-value]',
    ],
  )
  t.deepEqual(codes('matching: { tolerances: [{ category: a, tax: { amount: 1 } }, { category: a, supplier: V, tax: { amount: 2 } }] }'), ['unreachable-rule'])
})

test('routes by company, and names of kinds, failures and fields, are checked', (t) => {
  t.deepEqual(codes("routes: { 'H2/journal': erp, 'H2/*': erp, '*': erp }"), [])
  t.deepEqual(
    load(`routes: { 'H2/jornal': erp, '*': elsewhere }
periods: { requisition: hold, journal: adjust }
matching: { ways: { bill-onyl: two-way } }
worklist: { owners: { INVOICE_PRIZE: ap } }
stewards: { item.descripton: erp, '*': erp }
`).issues.map(({ code, message, suggestion }) => [code, message, suggestion?.split(':')[0]]),
    [
      ['unknown-field', 'there is no document kind jornal', 'did you mean journal?'],
      ['unknown-destination', 'there is no destination elsewhere', 'add destinations/elsewhere.yaml'],
      ['unknown-field', 'there is no posted document kind requisition', 'posted document kinds'],
      ['unknown-field', 'there is no order kind bill-onyl', 'did you mean bill-only?'],
      ['unknown-field', 'there is no failure INVOICE_PRIZE', 'did you mean INVOICE_PRICE?'],
      ['unknown-field', 'there is no field item.descripton', 'did you mean item.description?'],
    ],
  )
})

const edi = 'type: x12\nurl: file:edi/out\noptions: { sender: { id: NORTHGATE }, receivers: { ACME: { id: ACME } } }\n'

test('a way to suppliers takes orders to suppliers and nothing else', (t) => {
  const others = { 'destinations/edi.yaml': edi }
  t.deepEqual(codes("routes: { supplier-order: edi, 'H2/supplier-order': edi, '*': erp }", { others }), [])
  t.deepEqual(told("routes: { journal: edi, '*': edi, 'H2/*': edi }", { others }), [
    'policies/more.yaml(1,20) edi sends orders to suppliers and takes no journal [bad-value] — route supplier-order to it, and journal to an ERP',
    'policies/more.yaml(1,30) edi sends orders to suppliers and takes no other documents [bad-value] — route supplier-order to it, and * to an ERP',
    'policies/more.yaml(1,43) edi sends orders to suppliers and takes no other documents [bad-value] — route supplier-order to it, and H2/* to an ERP',
  ])
})

test('documents about an order that go to another ERP than the order are warned of, once for each route', (t) => {
  const others = { 'destinations/south.yaml': sandbox }
  const routes = (text: string) => told(`routes: { ${text}, '*': erp }`, { others })
  t.deepEqual(routes("journal: south, 'H2/*': south, 'H2/journal': erp, requisition: erp"), [])
  t.deepEqual(routes('goods-receipt: south'), [
    'policies/more.yaml(1,26) warning: goods-receipt goes to south, its purchase-order to erp, which alone knows the order [order-elsewhere] — route goods-receipt to erp',
  ])
  t.deepEqual(routes("'H2/supplier-invoice': south"), [
    'policies/more.yaml(1,34) warning: supplier-invoice of company H2 goes to south, its purchase-order to erp, which alone knows the order [order-elsewhere] — route H2/supplier-invoice to erp',
  ])
  t.deepEqual(routes('purchase-order: south').length, 1)
  t.deepEqual(routes("'H2/*': south, supplier-invoice: erp"), [
    'policies/more.yaml(1,44) warning: supplier-invoice of company H2 goes to erp, its purchase-order to south, which alone knows the order [order-elsewhere] — route H2/supplier-invoice to south',
  ])
})

test('two ERPs need a route for the rest, also when channels deliver to one of them only', (t) => {
  t.deepEqual(
    load('routes: { journal: south }', { others: { 'destinations/south.yaml': sandbox } }).issues.map(({ code, message }) => [code, message]),
    [['missing-field', 'routes.* is missing: there are 2 ERPs to choose from']],
  )
})

test('what can never happen is refused: a settled bill-only order, a steward that is no ERP, a currency that there is none', (t) => {
  t.deepEqual(told('matching: { ways: { bill-only: evaluated, "*": evaluated } }'), [
    'policies/more.yaml(1,32) a bill-only order expects no receipt, so that none would ever settle it [bad-value] — use two-way',
  ])
  t.deepEqual(codes('stewards: { item.description: erp, "item.*": "erp:erp", supplier.name: file }'), [])
  t.deepEqual(told('stewards: { item.description: "erp:nope", supplier.name: "erp:epr" }'), [
    'policies/more.yaml(1,31) there is no ERP nope: nobody could ever change item.description [unknown-destination] — ERPs: erp',
    'policies/more.yaml(1,58) there is no ERP epr: nobody could ever change supplier.name [unknown-destination] — did you mean erp:erp?',
  ])
  t.deepEqual(told('', { base: BASE.replace('USD', 'USX') }), [
    'policies/base.yaml(2,11) currency: USX is no currency of ISO 4217 [bad-value] — use its code, such as USD or EUR',
  ])
})

test('the policies of the sample folder say every flow’s owner without a finding', (t) => {
  const text = (name: string) => readFileSync(new URL(`../../../../channel-config/policies/${name}`, import.meta.url), 'utf8')
  const files = {
    ...FILES,
    'destinations/erp.yaml': sandbox,
    'policies/accounts.yaml': text('accounts.yaml'),
    'policies/ownership.yaml': text('ownership.yaml'),
  }
  t.deepEqual(loadConfiguration({ files }).issues.map(formatIssue), [])
})
