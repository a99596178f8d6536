/** What the system API shows of each table, with what it means. */
import type { Columns } from './fields.ts'

export const ITEM: Columns<'item'> = {
  item: 'Number of the item.',
  description: 'Description.',
  base_uom: 'Base unit: stock is counted in it.',
  category: 'Category, for accounts and tolerances.',
  ownership: 'owned | consigned | bill-only | bill-and-replace | par | charge-only: who owns it until it is used.',
  supplier: 'Supplier that it is bought from.',
  vendor_catalog: 'The supplier’s catalogue number.',
  charge_code: 'Charge code of the clinical system.',
  lot_required: 'flag: A use without a lot number waits for a person.',
  status: 'active | inactive | blocked.',
  substitute: 'Item to take when this one may not be used.',
}
export const IDENTIFIER: Columns<'identifier'> = {
  scheme: 'item | gtin | hibc | vendor | charge.',
  value: 'The identifier.',
  unit: 'Packaging that it names; empty: the base unit.',
}
export const UNIT: Columns<'unit'> = { unit: 'Unit.', numerator: 'int: Base units = quantity × numerator ÷ denominator.', denominator: 'int: See numerator.' }
export const SUPPLIER: Columns<'supplier'> = {
  supplier: 'Code of the supplier.',
  name: 'Name.',
  status: 'active | inactive | blocked.',
  currency: 'Currency that it invoices in (ISO 4217).',
  parent: 'Supplier whose invoice numbers it shares.',
  tax_id: 'Tax id.',
  postcode: 'Postcode.',
  transmission: 'How orders reach it: empty is by the ERP, x12 is by this engine.',
}
export const LOCATION: Columns<'location'> = {
  location: 'Code of the location.',
  name: 'Name.',
  department: 'Department that it belongs to.',
  status: 'active | inactive | blocked.',
  parent: 'Location that it is in.',
  kind: 'warehouse | storage | point-of-use | par | consignment.',
  company: 'Company.',
}
export const ORDER: Columns<'purchase_order'> = {
  purchase_order: 'Our key, or erp:NUMBER for an order that was made in the ERP.',
  number: 'Number in the ERP.',
  destination: 'The ERP that has it.',
  company: 'Company.',
  supplier: 'Supplier.',
  currency: 'Currency of all its amounts.',
  kind: 'stock | bill-only | bill-and-replace | consigned.',
  receipt_expected: 'flag: False: matched without a receipt.',
  state: 'State, as far as it is known.',
  day: 'Date of the order.',
  case_id: 'Case that it is for; nothing else of a patient.',
  requisitions: 'list: Keys of the requisitions that it came from.',
  acknowledged: 'How the supplier answered.',
  at: 'at: When this was last changed.',
}
export const ORDER_LINE: Columns<'order_line'> = {
  line: 'int: Number of the line.',
  item: 'Item.',
  description: 'Description.',
  quantity: 'decimal: Ordered, in the line’s unit.',
  unit: 'Unit.',
  price: 'decimal: Price of one unit.',
  currency: 'Currency.',
  received: 'decimal: Received so far.',
  invoiced: 'decimal: Invoiced so far.',
  invoiced_amount: 'decimal: Amount invoiced so far.',
  location: 'Where it goes.',
  cost_centre: 'Cost centre.',
  service_line: 'Service line.',
  account: 'GL account.',
  open: 'flag: Not yet received and invoiced in full.',
}
export const RECEIPT_LINE: Columns<'receipt_line'> = {
  receipt: 'Our key, or erp:NUMBER for a receipt that was made in the ERP.',
  line: 'int: Number of the line.',
  number: 'Number in the ERP or of the packing slip.',
  purchase_order: 'Order.',
  order_line: 'int: Line of the order.',
  item: 'Item.',
  quantity: 'decimal: Received; below zero for a return.',
  unit: 'Unit.',
  lot: 'Lot.',
  serial: 'Serial number.',
  day: 'Day of receipt.',
}
export const INVOICE: Columns<'invoice'> = {
  invoice: 'Key: supplier and normalised number.',
  number: 'The supplier’s number.',
  supplier: 'Supplier.',
  company: 'Company.',
  currency: 'Currency of all its amounts.',
  day: 'The supplier’s date.',
  purchase_order: 'Order, once it is known.',
  order_number: 'Number of the order, as the invoice states it.',
  kind: 'invoice | credit | debit.',
  total: 'decimal: Total.',
  variance: 'decimal: Difference to what was ordered and received.',
  state: 'Where its matching stands.',
  reason: 'Why it is held or was rejected.',
  document: 'Key of the document in the ERP.',
  released_by: 'Who released it, and why.',
  at: 'at: When this was last changed.',
}
export const INVOICE_LINE: Columns<'invoice_line'> = {
  line: 'int: Number of the line.',
  purchase_order: 'Order.',
  order_line: 'int: Line of the order.',
  item: 'Item.',
  quantity: 'decimal: Invoiced quantity.',
  unit: 'Unit.',
  price: 'decimal: Price of one unit.',
  amount: 'decimal: Amount.',
  variance: 'decimal: Difference to the order.',
}
export const STOCK: Columns<'stock'> = {
  location: 'Location.',
  item: 'Item.',
  on_hand: 'decimal: The hospital’s own on hand, in the base unit.',
  min: 'decimal: Reorder point.',
  max: 'decimal: Filled up to.',
  on_order: 'decimal: Ordered and not yet received.',
  demand: 'decimal: Expected to be used.',
  multiple: 'decimal: Ordered in multiples of it; 0: any.',
  par: 'decimal: Level that a count is filled up to.',
  min_order: 'decimal: Least that is ordered at once.',
}
export const BALANCE: Columns<'balance'> = {
  lot: 'Lot.',
  serial: 'Serial number.',
  owner: 'Supplier that consigned it; empty: the hospital’s own.',
  on_hand: 'decimal: On hand, in the base unit.',
}
export const REQUISITION: Columns<'requisition'> = {
  requisition: 'Our key, or erp:NUMBER.',
  number: 'Number in the ERP.',
  destination: 'The ERP that has it.',
  supplier: 'Supplier.',
  state: 'State, as far as it is known.',
  orders: 'list: Orders that it became.',
  at: 'at: When this was last changed.',
}
export const PRICE: Columns<'price'> = {
  item: 'Item.',
  supplier: 'Supplier.',
  unit: 'Unit that the price is for.',
  valid_from: 'First day; empty: always.',
  valid_to: 'Last day; empty: no end.',
  price: 'decimal: Price of one unit.',
  currency: 'Currency.',
  contract: 'Contract that it is from.',
}
export const CONTRACT: Columns<'contract'> = {
  contract: 'Number of the contract.',
  supplier: 'Supplier.',
  name: 'Name.',
  valid_from: 'First day.',
  valid_to: 'Last day.',
  status: 'active | inactive | blocked.',
}
export const PERIOD: Columns<'period'> = {
  company: 'Company.',
  ledger: 'AP | INV | GL.',
  period: 'Period.',
  valid_from: 'First day.',
  valid_to: 'Last day.',
  kind: 'standard | adjustment.',
  status: 'open | closed | future.',
}
export const CHANGE: Columns<'change'> = {
  table_name: 'Table that was changed.',
  row_key: 'Key of the row.',
  field: 'Field.',
  at: 'at: When.',
  before: 'Value before.',
  after: 'Value after.',
  source: 'Where it came from: an ERP, a file, a person.',
}
export const COST_CENTRE: Columns<'cost_centre'> = {
  cost_centre: 'Cost centre.',
  name: 'Name.',
  status: 'active | inactive | blocked.',
  company: 'Company.',
  valid_from: 'First day.',
  valid_to: 'Last day.',
}
