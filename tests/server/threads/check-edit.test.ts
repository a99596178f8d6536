import test from 'ava'
import { checkEdit } from '../../../server/threads/check-edit.ts'

const GOOD: readonly (readonly [string, string, unknown])[] = [
  ['SupplyUsed', 'expiry', '2028-02-29'],
  ['SupplyUsed', 'quantity', '2'],
  ['SupplyUsed', 'quantity', '2.5 ML'],
  ['SupplyUsed', 'quantity', { value: '2', unit: 'EA' }],
  ['StockCounted', 'quantity', '0'],
  ['SupplyUsed', 'unitCost', '12.50 USD'],
  ['SupplyUsed', 'unitCost', { amount: '12.50', currency: 'USD' }],
  ['SupplyUsed', 'unitCost.currency', 'EUR'],
  ['SupplyUsed', 'occurredAt', '2026-03-01'],
  ['SupplyUsed', 'occurredAt', '2026-03-01T10:22:33+01:00'],
  ['SupplyUsed', 'item', { code: 'IMP-1' }],
  ['SupplyUsed', 'department', 'OR-MAIN'],
  ['SupplyUsed', 'ownership', 'consigned'],
]
const BAD: readonly (readonly [string, string, unknown])[] = [
  ['SupplyUsed', 'expiry', 'garbage!'],
  ['SupplyUsed', 'expiry', '2026-02-29'],
  ['SupplyUsed', 'expiry', '2026-13-01'],
  ['SupplyUsed', 'quantity', 'garbage!'],
  ['SupplyUsed', 'quantity', '0'],
  ['SupplyUsed', 'quantity', '-1'],
  ['SupplyUsed', 'quantity', { value: 'two', unit: 'EA' }],
  ['SupplyUsed', 'unitCost', '12.50'],
  ['SupplyUsed', 'unitCost', '12.50 XXX'],
  ['SupplyUsed', 'unitCost', { amount: 'garbage!', currency: 'USD' }],
  ['SupplyUsed', 'unitCost.currency', 'dollars'],
  ['SupplyUsed', 'occurredAt', '2026-03'],
  ['SupplyUsed', 'occurredAt', 'garbage!'],
  ['SupplyUsed', 'item', { code: ' ' }],
  ['SupplyUsed', 'ownership', 'garbage!'],
  ['SupplyUsed', 'lot', 'a\nb'],
]
for (const [type, field, value] of GOOD) test(`${JSON.stringify(value)} may stand in ${field} of ${type}`, (t) => t.is(checkEdit(type, field, value), null))
for (const [type, field, value] of BAD)
  test(`${JSON.stringify(value)} may not stand in ${field} of ${type}, and the form is named`, (t) => t.regex(checkEdit(type, field, value) ?? '', /expected/))
