/** Which accounts something is booked on: the posting rules, first fit wins, else the table of R27 over the policies' accounts (R26). */
import type { Need, Policies, PostingOccasion, PostingRule } from '../../channels/contract/index.ts'
import type { Lookup } from '../lookup.ts'

export interface PostingFacts {
  /** owned | consigned | bill-only | bill-and-replace | par | charge. */
  readonly ownership: string
  readonly category: string
  readonly company: string
}
export interface Posting {
  readonly debit: string
  readonly credit: string
}

/** Account of an expense by item category, else the policy's `*` or `default` (R26), else undefined. */
export function expenseAccount(policies: Policies, category: string): string | undefined {
  const accounts = policies.accounts.expense
  return [category, '*', 'default']
    .map((name) => (Object.hasOwn(accounts, name) ? accounts[name] : undefined))
    .find((account) => account !== undefined && account !== '')
}

function fits(rule: PostingRule, occasion: PostingOccasion, facts: PostingFacts): boolean {
  return (
    rule.when === occasion &&
    (rule.ownership === '' || rule.ownership === facts.ownership) &&
    (rule.category === '' || rule.category === facts.category) &&
    (rule.company === '' || rule.company === facts.company)
  )
}

const LATER_BILLED: readonly string[] = ['consigned', 'bill-only', 'bill-and-replace']

/**
 * The table of R27 where no rule fits; null where the bridge books nothing. Invoices and their charges credit accounts payable, which
 * only a rule can name: without one the ERP's own subledger books them from the invoice document.
 */
function byTable(occasion: PostingOccasion, facts: PostingFacts, policies: Policies): Posting | null {
  const { inventory, accrued, clearing, waste } = policies.accounts
  const expense = expenseAccount(policies, facts.category) ?? ''
  const payable = policies.posting?.find((rule) => fits(rule, 'invoice', facts))?.credit
  const { varianceAccount = '', freightAccount = '', taxAccount = '' } = policies.matching ?? {}
  const stocked = facts.ownership === 'owned' || facts.ownership === ''
  switch (occasion) {
    case 'usage':
      return { debit: expense, credit: stocked ? inventory : accrued }
    case 'waste':
      return { debit: waste, credit: stocked ? inventory : accrued }
    case 'charge':
      return { debit: expense, credit: clearing }
    case 'receipt':
      // What was used before it was received is accrued already; consigned goods have no value yet (R7).
      return LATER_BILLED.includes(facts.ownership) ? null : { debit: stocked ? inventory : expense, credit: accrued }
    case 'count':
      return { debit: waste, credit: inventory }
    case 'used-not-billed':
      return { debit: expense, credit: accrued }
    case 'received-not-invoiced':
      return { debit: stocked ? inventory : expense, credit: accrued }
    case 'invoice':
      return null
    case 'variance':
      return payable === undefined ? null : { debit: varianceAccount || expense, credit: payable }
    case 'freight':
      return payable === undefined ? null : { debit: freightAccount || expense, credit: payable }
    case 'tax':
      return payable === undefined ? null : { debit: taxAccount || expense, credit: payable }
  }
}

/**
 * The accounts of an occasion, checked against the chart of accounts as far as one is known: an account that is blocked, or is not in it,
 * is refused before anything is sent (R26).
 * @returns null when the bridge books nothing here; the first need otherwise
 */
export function postings(occasion: PostingOccasion, facts: PostingFacts, policies: Policies, lookup: Lookup): Posting | Need | null {
  const rule = policies.posting?.find((one) => fits(one, occasion, facts))
  const posting = rule ?? byTable(occasion, facts, policies)
  if (posting === null) return null
  const { debit, credit } = posting
  if (debit === '' || credit === '') return noRule(occasion, facts)
  return accountNeed(lookup, debit, facts.company) ?? accountNeed(lookup, credit, facts.company) ?? { debit, credit }
}

/** {@link postings}, where something has to be booked: without accounts it is a need. */
export function requiredPosting(occasion: PostingOccasion, facts: PostingFacts, policies: Policies, lookup: Lookup): Posting | Need {
  return postings(occasion, facts, policies, lookup) ?? noRule(occasion, facts)
}

function noRule(occasion: PostingOccasion, { ownership, category, company }: PostingFacts): Need {
  const of = [
    category === '' ? 'no category' : `category ${category}`,
    ...(ownership === '' ? [] : [ownership]),
    ...(company === '' ? [] : [`company ${company}`]),
  ]
  return {
    kind: 'ACCOUNT_BLOCKED',
    subject: `posting:${occasion}:${company}:${ownership}:${category}`,
    field: '',
    place: '',
    text: `The policies give no account for ${occasion} (${of.join(', ')}). Add it to \`accounts\` or \`posting\`, reload, retry.`,
    owner: 'finance',
  }
}

/** What is missing when an account may not be posted to; null when it may, or when no chart of accounts is known (R26). */
export function accountNeed(lookup: Lookup, account: string, company: string): Need | null {
  const row = lookup.get('gl_account', account)
  const need = (text: string): Need => ({ kind: 'ACCOUNT_BLOCKED', subject: `account:${account}`, field: '', place: '', text, owner: 'finance' })
  if (row !== undefined && (row.company === '' || row.company === company)) {
    if (row.status === '' || row.status === 'active') return null
    return need(`Account ${account} is ${row.status} for posting. Open it in the ERP and pull or load it again, or change the posting rules, reload, retry.`)
  }
  const charted = lookup.find('gl_account', 'byCompany', company).length > 0 || lookup.find('gl_account', 'byCompany', '').length > 0
  if (!charted) return null
  return need(`Account ${account} is not in the chart of accounts of company ${company}. Load it with \`aqueduct load accounts\`, or mend the posting rules.`)
}
