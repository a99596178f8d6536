/** What the policies say that cannot be right: two owners of one flow, accounts that are missing, rules that never hold. */
import { BRIDGE_COLUMNS, FAILURES, POSTING_OCCASIONS } from '../contract/index.ts'
import type { Issue, PostingOccasion } from '../contract/index.ts'
import { OWNERSHIPS } from '../../canonical/index.ts'
import { nearest } from './nearest.ts'
import { checkRoutes, unknown } from './route-checks.ts'
import type { Source } from './source.ts'
import { ERP_TYPES } from './spec/destination.ts'
import { entries, items, part } from './yaml-file.ts'

export interface PolicyCheck {
  readonly policies: Source
  readonly destinations: readonly Source[]
  /** The ERP destinations that channels deliver to. */
  readonly erps: readonly Source[]
}

const OWNERS = [
  { key: 'gl_owner', flow: 'gl', option: 'books_gl', code: 'two-gl-owners', what: 'books the general ledger' },
  { key: 'stock_owner', flow: 'stock', option: 'moves_stock', code: 'two-stock-owners', what: 'moves stock' },
  { key: 'reorder_owner', flow: 'reorder', option: 'reorders', code: 'two-reorder-owners', what: 'reorders' },
] as const

const FLOWS = ['owned', 'consigned', 'bill-only', 'bill-and-replace', 'par', 'charge'] as const
type Flow = (typeof FLOWS)[number]

/** Documents that an ERP books itself, unless the policies name the bridge. */
const BOOK_THEMSELVES = ['receipt', 'invoice'] as const
type Booked = Flow | (typeof BOOK_THEMSELVES)[number]

/** Does the bridge book the receipts, or the invoices? */
function booksOwn(policies: Source, flow: (typeof BOOK_THEMSELVES)[number]): boolean {
  return part(policies.plain, ['owners', flow, 'gl']) === 'bridge'
}

/** Which owner a flow has: its own, else that of all flows. */
function ownerOf(policies: Source, flow: Booked, owner: (typeof OWNERS)[number]): unknown {
  if (flow === 'receipt' || flow === 'invoice') return owner.flow === 'gl' && booksOwn(policies, flow) ? 'bridge' : 'erp'
  return part(policies.plain, ['owners', flow, owner.flow]) ?? part(policies.plain, [owner.key]) ?? 'bridge'
}

export function checkPolicies(check: PolicyCheck): readonly Issue[] {
  if (check.policies.broken) return []
  return [
    ...checkNeeded(check),
    ...checkOwners(check),
    ...checkSelfPosting(check),
    ...checkReorder(check),
    ...checkRoutes(check),
    ...checkPostingRules(check.policies),
    ...checkTolerances(check.policies),
    ...checkNames(check),
  ]
}

function erpsOf(destinations: readonly Source[]): readonly Source[] {
  return destinations.filter((destination) => ERP_TYPES.includes(String(part(destination.plain, ['type']))))
}

/** Occasions that take an account of the policies where no posting rule fits (table of R27). */
const TAKES: Readonly<Record<'inventory' | 'accrued' | 'clearing' | 'waste' | 'expense', readonly PostingOccasion[]>> = {
  inventory: ['usage', 'waste', 'receipt', 'count'],
  accrued: ['usage', 'waste', 'receipt', 'used-not-billed', 'received-not-invoiced'],
  clearing: ['charge'],
  waste: ['waste', 'count'],
  expense: ['usage', 'charge', 'receipt', 'used-not-billed'],
}

function checkNeeded({ policies, destinations, erps }: PolicyCheck): readonly Issue[] {
  const issues: Issue[] = []
  const needed = (path: readonly string[], why: string): void => {
    if (part(policies.plain, path) === undefined)
      issues.push(
        policies.report(
          path.slice(0, -1),
          { code: 'missing-field', message: `${path.join('.')} is missing: ${why}`, suggestion: `add it to ${policies.file}` },
          'key',
        ),
      )
  }
  const [first] = erps
  if (first === undefined) return issues
  for (const key of ['company', 'currency']) needed([key], `${first.name} gets documents`)
  for (const { key, what } of OWNERS) needed([key], `it says who ${what}, the bridge or the ERP`)
  const [gl] = OWNERS
  const says = part(policies.plain, [gl.key])
  if (says === 'bridge' || booksOwn(policies, 'receipt') || FLOWS.some((flow) => part(policies.plain, ['owners', flow, 'gl']) === 'bridge')) {
    const ruled = new Set(
      items(part(policies.plain, ['posting']))
        .filter((rule) => ['ownership', 'category', 'company'].every((key) => part(rule, [key]) === undefined))
        .map((rule) => part(rule, ['when'])),
    )
    for (const [account, occasions] of Object.entries(TAKES)) {
      const open = occasions.filter((occasion) => !ruled.has(occasion))
      if (open.length > 0) needed(account === 'expense' ? ['accounts', 'expense', 'default'] : ['accounts', account], 'the bridge makes journals')
    }
  }
  if (booksOwn(policies, 'invoice')) {
    const rules = items(part(policies.plain, ['posting'])).map((rule) => part(rule, ['when']))
    if (!rules.includes('invoice'))
      issues.push(
        policies.report(
          ['owners', 'invoice'],
          {
            code: 'missing-field',
            message: 'the bridge is to book supplier invoices, and no posting rule says on which account they are owed',
            suggestion: `add { when: invoice, debit: …, credit: … } to posting in ${policies.file}`,
          },
          'key',
        ),
      )
    for (const [charge, account] of Object.entries({ variance: 'variance_account', freight: 'freight_account', tax: 'tax_account' }))
      if (!rules.includes(charge) && part(policies.plain, ['matching', account]) === undefined)
        needed(['accounts', 'expense', 'default'], `the bridge books the ${charge} of invoices`)
  }
  const all = erpsOf(destinations).length
  if (all > 1) needed(['routes', '*'], `there are ${String(all)} ERPs to choose from`)
  return issues
}

/** An ERP that says of itself that it does what the bridge is to do. */
function checkOwners({ policies, destinations }: PolicyCheck): readonly Issue[] {
  const issues: Issue[] = []
  for (const owner of OWNERS) {
    const { key, option, code, what } = owner
    const flows = [...FLOWS, ...BOOK_THEMSELVES].filter((flow) => ownerOf(policies, flow, owner) === 'bridge')
    if (flows.length === 0) continue
    for (const destination of destinations) {
      const says = part(destination.plain, ['options', option])
      if (says !== true && says !== 'true') continue
      const of = FLOWS.every((flow) => flows.includes(flow)) ? '' : ` for ${flows.join(', ')}`
      issues.push(
        destination.report(['options', option], {
          code,
          message: `${destination.name} ${what} itself, and ${key} is bridge${of}: it would happen twice`,
          suggestion: `set ${key}: erp in ${policies.file}`,
        }),
      )
    }
  }
  return issues
}

/** Kinds of document from which a type of ERP makes its own ledger entries, and the flows whose journals would double them. */
const POSTS_ITSELF: Readonly<Record<string, readonly { readonly kind: string; readonly flows: readonly Booked[] }[]>> = {
  tryton: [
    // Its stock accounting values what leaves to lost-and-found, as it values receipts.
    { kind: 'goods-issue', flows: ['owned'] },
    { kind: 'goods-receipt', flows: ['par', 'receipt'] },
    { kind: 'supplier-invoice', flows: ['invoice'] },
    // The move of a consigned piece makes a line of the supplier's invoice, and that is booked.
    { kind: 'goods-issue', flows: ['consigned'] },
  ],
}

function checkSelfPosting({ policies, destinations, erps }: PolicyCheck): readonly Issue[] {
  const named = entries(part(policies.plain, ['routes'])).flatMap(([key]) => (key.includes('/') ? [key.slice(0, key.lastIndexOf('/'))] : []))
  const companies = [...new Set([String(part(policies.plain, ['company'])), ...named])]
  const route = (company: string, kind: string): string => {
    for (const name of [`${company}/${kind}`, kind, `${company}/*`, '*']) {
      const to = part(policies.plain, ['routes', name])
      if (typeof to === 'string') return to
    }
    return erps.length === 1 ? (erps[0]?.name ?? '') : ''
  }
  const found = new Map<Source, Set<Booked>>()
  for (const destination of destinations) {
    if (String(part(destination.plain, ['options', 'books_gl'])) === 'false') continue
    for (const { kind, flows } of POSTS_ITSELF[String(part(destination.plain, ['type']))] ?? []) {
      if (companies.every((company) => route(company, kind) !== destination.name)) continue
      for (const flow of flows) if (ownerOf(policies, flow, OWNERS[0]) === 'bridge') found.set(destination, (found.get(destination) ?? new Set()).add(flow))
    }
  }
  // What a destination says of itself is reported as that.
  return [...found]
    .filter(([destination]) => part(destination.plain, ['options', 'books_gl']) === undefined)
    .map(([destination, flows]) =>
      destination.report(['type'], {
        code: 'erp-posts-itself',
        message: `${destination.name} books the movements of ${[...flows].join(', ')} goods itself, and the bridge would send journals too`,
        suggestion: `set gl: erp for them under owners in ${policies.file}, or options.books_gl: false here when its stock accounting is off`,
      }),
    )
}

/** Only the bridge's own stock says when something is low. */
function checkReorder({ policies, erps }: PolicyCheck): readonly Issue[] {
  const [, stock, reorder] = OWNERS
  if (erps.length === 0) return []
  return (['owned'] as const)
    .filter((flow) => ownerOf(policies, flow, reorder) === 'bridge' && ownerOf(policies, flow, stock) === 'erp')
    .map(() =>
      policies.report(
        part(policies.plain, ['owners', 'owned', 'reorder']) === undefined ? ['reorder_owner'] : ['owners', 'owned', 'reorder'],
        {
          code: 'reorder-without-stock',
          message: 'the bridge is to reorder stock that the ERP keeps: it would never see it fall',
          suggestion: 'set stock_owner: bridge, or reorder_owner: erp',
        },
        'key',
      ),
    )
}

const CONDITIONS = ['ownership', 'category', 'company'] as const

function checkPostingRules(policies: Source): readonly Issue[] {
  const rules = items(part(policies.plain, ['posting']))
  const condition = (rule: unknown, key: string): unknown => part(rule, [key]) ?? ''
  const issues: Issue[] = []
  rules.forEach((rule, n) => {
    const when = part(rule, ['when'])
    const ownership = part(rule, ['ownership'])
    const known: readonly string[] = when === 'charge' ? ['charge'] : OWNERSHIPS.filter((one) => one !== 'charge-only')
    if (typeof ownership === 'string' && !known.includes(ownership)) {
      const meant = nearest(ownership, known)
      issues.push(
        policies.report(['posting', n, 'ownership'], {
          code: 'not-an-option',
          message: `expected one of ${known.join(', ')}, got "${ownership}"`,
          suggestion: meant === undefined ? undefined : `did you mean ${meant}?`,
        }),
      )
    }
    if (!(POSTING_OCCASIONS as readonly unknown[]).includes(when)) return
    const before = rules.findIndex(
      (other, i) => i < n && part(other, ['when']) === when && CONDITIONS.every((key) => [condition(rule, key), ''].includes(condition(other, key))),
    )
    if (before >= 0)
      issues.push(
        policies.report(['posting', n], {
          code: 'unreachable-rule',
          message: `rule ${String(before + 1)} fits whenever this one does, so this one never holds`,
          suggestion: 'put the narrower rule first',
        }),
      )
    if (part(rule, ['debit']) !== undefined && part(rule, ['debit']) === part(rule, ['credit']))
      issues.push(policies.report(['posting', n, 'credit'], { code: 'bad-value', message: 'debit and credit are the same account: nothing would be booked' }))
  })
  return issues
}

const BOUNDS = ['price', 'quantity', 'line', 'total', 'freight', 'tax'] as const

function checkTolerances(policies: Source): readonly Issue[] {
  const issues: Issue[] = []
  const rules = items(part(policies.plain, ['matching', 'tolerances']))
  rules.forEach((rule, n) => {
    for (const bound of BOUNDS) {
      const path = ['matching', 'tolerances', n, bound]
      const [amount, percent, cap] = ['amount', 'percent', 'cap'].map((key) => part(rule, [bound, key]))
      if (part(rule, [bound]) === undefined) continue
      if (cap !== undefined && percent === undefined)
        issues.push(
          policies.report([...path, 'cap'], {
            code: 'bad-value',
            message: 'cap limits a percentage, and there is none',
            suggestion: 'add percent, or use amount',
          }),
        )
      if (Number(percent) > 100)
        issues.push(
          policies.report([...path, 'percent'], {
            code: 'bad-value',
            message: `${String(percent)} % lets more than the double through`,
            suggestion: 'give percent as 2 for 2 %',
          }),
        )
      if (amount === undefined && percent === undefined && cap === undefined)
        issues.push(
          policies.report(
            path,
            { code: 'bad-value', message: `${bound} has neither amount nor percent: everything would pass`, suggestion: 'give one, or remove it' },
            'key',
          ),
        )
      if (amount !== undefined && cap !== undefined && Number(cap) > Number(amount))
        issues.push(
          policies.report([...path, 'cap'], {
            code: 'bad-value',
            message: 'cap is above amount, which is stricter: it would never hold',
            suggestion: 'remove it, or lower it',
          }),
        )
    }
    const before = rules.findIndex(
      (other, i) => i < n && ['supplier', 'category'].every((key) => [part(rule, [key]) ?? '', ''].includes((part(other, [key]) ?? '') as string)),
    )
    if (before >= 0)
      issues.push(
        policies.report(['matching', 'tolerances', n], {
          code: 'unreachable-rule',
          message: `rule ${String(before + 1)} fits whenever this one does, so this one never holds`,
          suggestion: 'put the narrower rule first',
        }),
      )
  })
  return issues
}

const POSTED_KINDS = [
  'journal',
  'supplier-invoice',
  'goods-issue',
  'goods-return',
  'goods-receipt',
  'supplier-return',
  'stock-transfer',
  'stock-adjustment',
  '*',
]
const ORDER_KINDS = ['stock', 'bill-only', 'bill-and-replace', 'consigned', 'requested', '*']

/** What names something: document kinds, order kinds, failure codes, columns, the ERP that may change them. */
function checkNames({ policies, destinations }: PolicyCheck): readonly Issue[] {
  const issues: Issue[] = []
  const named = (path: readonly string[], what: string, names: readonly string[]): void => {
    for (const [key] of entries(part(policies.plain, path))) if (!names.includes(key)) issues.push(unknown(policies, [...path, key], what, key, names))
  }
  named(['periods'], 'posted document kind', POSTED_KINDS)
  named(['matching', 'ways'], 'order kind', ORDER_KINDS)
  named(['worklist', 'owners'], 'failure', Object.keys(FAILURES))
  const columns = Object.entries(BRIDGE_COLUMNS).flatMap(([table, fields]) => [`${table}.*`, ...Object.keys(fields).map((field) => `${table}.${field}`)])
  named(['stewards'], 'field', ['*', ...columns])
  const erps = erpsOf(destinations).map((destination) => destination.name)
  for (const [field, source] of entries(part(policies.plain, ['stewards']))) {
    const name = typeof source === 'string' && source.startsWith('erp:') ? source.slice('erp:'.length) : undefined
    if (name === undefined || erps.includes(name)) continue
    const meant = nearest(name, erps)
    issues.push(
      policies.report(['stewards', field], {
        code: 'unknown-destination',
        message: `there is no ERP ${name}: nobody could ever change ${field}`,
        suggestion: meant === undefined ? `ERPs: ${erps.join(', ') || 'none'}` : `did you mean erp:${meant}?`,
      }),
    )
  }
  // Only an order that expects a receipt can be settled by one.
  if (part(policies.plain, ['matching', 'ways', 'bill-only']) === 'evaluated')
    issues.push(
      policies.report(['matching', 'ways', 'bill-only'], {
        code: 'bad-value',
        message: 'a bill-only order expects no receipt, so that none would ever settle it',
        suggestion: 'use two-way',
      }),
    )
  return issues
}
