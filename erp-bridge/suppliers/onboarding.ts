/** SupplierRequested: checked for duplicates, approved by accounts payable, made in the ERP (R41). Bank details never pass here. */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, Decision, Need, RowSet } from '../../channels/contract/index.ts'
import { minorUnits } from '../../canonical/index.ts'
import { draft, filled, maybe } from '../documents/index.ts'
import { ownNeed, releasedText, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { advance, ONBOARDING, processOf, versionNeeds } from '../processes/index.ts'
import { NOTICE_AFTER, notices } from '../notices.ts'
import type { Understood, Waits } from '../understood.ts'

type Supplier = Readonly<BridgeTables['supplier']>

export interface RequestPlan {
  readonly request: string
  readonly code: string
  readonly name: string
  readonly approved: string
  readonly destination: string
}

const LOOK_AGAIN_MS = 3_600_000

/** A tax id or postcode without spaces and punctuation, upper case. */
function plain(text: string): string {
  return text.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** A company's name without case, accents, punctuation and its legal form. */
export function plainName(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}\s]/gu, '')
    .split(/\s+/)
    .filter(
      (word) =>
        word !== '' && !['INC', 'LLC', 'LTD', 'GMBH', 'AG', 'CORP', 'CO', 'SA', 'BV', 'PLC', 'LP', 'THE', 'COMPANY', 'CORPORATION', 'LIMITED'].includes(word),
    )
  return words.join('')
}

/** Ways in which people write the same id or postcode. */
function spellings(text: string): readonly string[] {
  return [...new Set([text, text.trim(), text.toUpperCase(), plain(text)])].filter((one) => one !== '')
}

/** Suppliers and open requests that it resembles: same code, same tax id, or same name and postcode. */
function resembles(event: BridgeEvent, lookup: Lookup): readonly string[] {
  const text = (field: string): string => textOf(event.body, field).trim()
  const found = new Map<string, string>()
  const sameCode = lookup.get('supplier', text('code'))
  if (sameCode) found.set(sameCode.supplier, 'code')
  for (const spelling of spellings(text('taxId'))) {
    for (const row of lookup.find('supplier', 'byTaxId', spelling)) found.set(row.supplier, 'tax id')
    for (const row of lookup.find('onboarding', 'byTaxId', spelling)) note(found, event, row, 'tax id')
  }
  for (const row of lookup.find('onboarding', 'bySupplier', text('code'))) note(found, event, row, 'code')
  for (const spelling of spellings(text('postcode'))) {
    const same = (row: Supplier): boolean => plainName(row.name) !== '' && plainName(row.name) === plainName(text('name'))
    for (const row of lookup.find('supplier', 'byPostcode', spelling).filter(same)) if (!found.has(row.supplier)) found.set(row.supplier, 'name and postcode')
  }
  return [...found].map(([supplier, by]) => `${supplier} (${by})`)
}

function note(found: Map<string, string>, event: BridgeEvent, row: Readonly<BridgeTables['onboarding']>, by: string): void {
  const own = row.message === event.message && row.n === event.n
  if (!own && row.state !== 'rejected' && !found.has(row.supplier)) found.set(row.supplier, by)
}

export function understandRequest(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<RequestPlan> | Waits {
  const { body } = event
  const text = (field: string): string => textOf(body, field).trim()
  const [code, name, currency] = [text('code'), text('name'), text('currency')]
  const request = event.id
  const known = lookup.get('onboarding', request)
  const process = processOf(lookup, ONBOARDING, request)
  const alike = resembles(event, lookup)
  const needs: Need[] = [...versionNeeds(process)]
  if (known) return { kind: 'nothing' }
  if (code === '') needs.push(ownNeed(event, 'MISSING_FIELD', 'code', 'The request gives the supplier no code. Give it.'))
  if (name === '') needs.push(ownNeed(event, 'MISSING_FIELD', 'name', 'The request gives the supplier no name. Give it.'))
  if (currency !== '' && minorUnits(currency) === undefined)
    needs.push(ownNeed(event, 'UNKNOWN_CURRENCY', 'currency', 'The currency is no ISO 4217 code. Give it.'))
  if (needs.length > 0) return { kind: 'needs', needs }
  const approved = releasedText(event)
  if (approved === '') {
    const doubt = alike.length === 0 ? 'No supplier resembles it.' : `It resembles ${alike.join(', ')}.`
    const approval: Need = {
      kind: 'SUPPLIER_APPROVAL',
      subject: `supplier:${code}`,
      field: 'released',
      place: 'code',
      text: `${code} is asked for as a new supplier. ${doubt} Check it and its bank details out of band; release it with a reason to create it, or discard the request.`,
      owner: 'ap',
      story: {
        request,
        code,
        name,
        postcode: text('postcode'),
        city: text('city'),
        currency,
        requester: text('requester'),
        hasTaxId: text('taxId') !== '',
        alike,
      },
    }
    return { kind: 'needs', needs: [approval], until: context.now + LOOK_AGAIN_MS }
  }
  // One code is one supplier, whoever releases it.
  if (lookup.get('supplier', code) !== undefined)
    return {
      kind: 'needs',
      needs: [{ ...ownNeed(event, 'SUPPLIER_APPROVAL', 'code', `Supplier ${code} exists. Give another code, or discard the request.`), releasable: false }],
    }
  return { kind: 'plan', plan: { request, code, name, approved, destination: event.destination } }
}

export function applyRequest(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: RequestPlan): Decision {
  const { body } = event
  const text = (field: string): string => textOf(body, field).trim()
  const day = new Date(context.now).toISOString().slice(0, 'YYYY-MM-DD'.length)
  advance(rows, event, context, { definition: ONBOARDING, subject: plan.request, on: ['asked', 'approved'] })
  rows.put(
    'onboarding',
    newRow('onboarding', {
      request: plan.request,
      supplier: plan.code,
      name: plan.name,
      tax_id: plain(text('taxId')),
      postcode: plain(text('postcode')),
      state: 'approved',
      message: event.message,
      n: event.n,
      at: context.now,
    }),
  )
  const document = filled({
    eventId: event.id,
    company: context.policies.company,
    documentDate: day,
    postingDate: day,
    supplier: plan.code,
    name: plan.name,
    taxId: maybe(text('taxId')),
    currency: maybe(text('currency')),
    street: maybe(text('street')),
    city: maybe(text('city')),
    postcode: maybe(text('postcode')),
    email: maybe(text('email')),
    approved: plan.approved,
  })
  const because = `supplier ${plan.code} was asked for and approved`
  return { kind: 'applied', documents: [draft(event, context, 'supplier', document, { because })], cancel: [] }
}

/** Loads the open requests for a supplier that the ERP now tells of. */
export function loadOnboarding(lookup: Lookup, supplier: string): void {
  for (const row of lookup.find('onboarding', 'bySupplier', supplier)) processOf(lookup, ONBOARDING, row.request)
}

/** The ERP has the supplier: its requests are done. */
export function closeOnboarding(event: BridgeEvent, rows: RowSet, context: BridgeContext, supplier: string): void {
  // The change of the master data has told its own notice first.
  const notify = notices(rows, event, context, NOTICE_AFTER.supplier)
  for (const row of rows.find('onboarding', 'bySupplier', supplier)) {
    const { moved } = advance(rows, event, context, { definition: ONBOARDING, subject: row.request, on: ['created'] })
    if (!moved) continue
    rows.put('onboarding', { ...row, state: 'active' })
    notify('supplier.created', supplier, { number: supplier, supplier, status: 'active' })
  }
}
