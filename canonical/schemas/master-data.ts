/** Master data as `aqueduct load` takes it (DESIGN §12): one row of each CSV, values still as text. */
import { z } from 'zod'
import { OWNERSHIPS } from '../ownership.ts'
import { currency, date, notNegativeDecimal, text } from './values.ts'

const optional = z.string().default('')
/** A column that may be left out: what is known stays. */
const kept = z.string().optional()
const status = z.enum(['active', 'inactive', 'blocked']).default('active')
const amount = z.union([z.literal(''), notNegativeDecimal]).default('')
const keptAmount = z.union([z.literal(''), notNegativeDecimal]).optional()
const factor = z
  .string()
  .regex(/^(?=[^/]*[1-9])\d+(\.\d+)?(\/(?=.*[1-9])\d+(\.\d+)?)?$/)
  .meta({ description: 'How many base units one holds.', examples: ['12', '0.5', '1/12'] })
const day = z.union([z.literal(''), date]).default('')

/** Schemas by load table. Unknown columns are errors. */
export const masterDataSchemas = {
  items: z.strictObject({
    item: text,
    description: optional,
    base_uom: text,
    category: optional,
    ownership: z.enum(OWNERSHIPS).default('owned'),
    supplier: optional,
    gtin: z
      .string()
      .regex(/^(\d{8}|\d{12,14})?$/)
      .default(''),
    vendor_catalog: optional,
    charge_code: optional,
    lot_required: z.enum(['', '0', '1', 'no', 'yes', 'false', 'true']).default(''),
    status,
    substitute: kept.meta({ description: 'Item to take when this one may not be used.' }),
  }),
  stock: z.strictObject({
    location: text,
    item: text,
    on_hand: notNegativeDecimal,
    min: amount,
    max: amount,
    multiple: keptAmount.meta({ description: 'What is ordered is a multiple of it.' }),
    par: keptAmount.meta({ description: 'Level that a count is filled up to (R9).' }),
    min_order: keptAmount.meta({ description: 'Least that is ordered at once.' }),
  }),
  suppliers: z.strictObject({
    supplier: text,
    name: optional,
    status,
    currency: z.union([z.literal(''), currency]).default(''),
    parent: kept.meta({ description: 'Supplier whose invoice numbers it shares (R24).' }),
    tax_id: kept,
    postcode: kept,
    transmission: z.enum(['', 'x12']).optional().meta({ description: 'How orders reach it: empty when the ERP sends them.' }),
  }),
  locations: z.strictObject({
    location: text,
    name: optional,
    department: optional,
    status,
    parent: kept.meta({ description: 'The location it is in.' }),
    kind: z.enum(['', 'warehouse', 'storage', 'point-of-use', 'par', 'consignment']).optional(),
    company: kept,
  }),
  departments: z.strictObject({ department: text, name: optional, cost_centre: optional, service_line: optional, company: kept }),
  'cost-centres': z.strictObject({ cost_centre: text, name: optional, status, company: kept, valid_from: day.optional(), valid_to: day.optional() }),
  units: z.strictObject({ item: optional.meta({ description: 'Empty: for all items.' }), unit: text, factor }),
  prices: z.strictObject({ item: text, supplier: optional, unit: text, price: notNegativeDecimal, currency, valid_from: day, valid_to: day, contract: kept }),
  contracts: z.strictObject({ contract: text, supplier: text, name: optional, valid_from: day, valid_to: day, status }),
  'service-lines': z.strictObject({ service_line: text, name: optional, status }),
  accounts: z.strictObject({
    account: text,
    name: optional,
    status,
    kind: optional.meta({ description: 'asset, liability, expense …, as the ERP says.' }),
    company: optional,
  }),
  'cost-rules': z.strictObject({
    basis: z.enum(['service', 'performer', 'category']).default('service'),
    value: text,
    cost_centre: text,
    service_line: optional,
    valid_from: day,
    valid_to: day,
  }),
  'cost-splits': z.strictObject({
    cost_centre: text,
    target: text.meta({ description: 'Cost centre that bears this share.' }),
    service_line: optional,
    share: notNegativeDecimal.meta({ description: 'Percent; the shares of one cost centre and start total 100 (R25).', examples: ['60'] }),
    valid_from: day,
    valid_to: day,
  }),
  lots: z.strictObject({ item: text, lot: text, expiry: day, status: z.enum(['', 'recalled', 'quarantined']).default(''), reason: optional }),
  periods: z.strictObject({
    company: optional,
    ledger: z.enum(['GL', 'AP', 'INV']).default('GL'),
    period: text,
    valid_from: date,
    valid_to: date,
    kind: z.enum(['standard', 'adjustment']).default('standard'),
    status: z.enum(['open', 'closed', 'future']).default('open'),
  }),
} as const

export type MasterDataTable = keyof typeof masterDataSchemas
export type MasterData<Table extends MasterDataTable> = z.infer<(typeof masterDataSchemas)[Table]>
