/** Master data as `aqueduct load` takes it (DESIGN §12): one row of each CSV, values still as text. */
import { z } from 'zod'
import { OWNERSHIPS } from '../ownership.ts'
import { currency, date, notNegativeDecimal, text } from './values.ts'

const optional = z.string().default('')
const status = z.enum(['active', 'inactive', 'blocked']).default('active')
const amount = z.union([z.literal(''), notNegativeDecimal]).default('')
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
  }),
  stock: z.strictObject({ location: text, item: text, on_hand: notNegativeDecimal, min: amount, max: amount }),
  suppliers: z.strictObject({ supplier: text, name: optional, status, currency: z.union([z.literal(''), currency]).default('') }),
  locations: z.strictObject({ location: text, name: optional, department: optional, status }),
  departments: z.strictObject({ department: text, name: optional, cost_centre: optional, service_line: optional }),
  'cost-centres': z.strictObject({ cost_centre: text, name: optional, status }),
  units: z.strictObject({ item: optional.meta({ description: 'Empty: for all items.' }), unit: text, factor }),
  prices: z.strictObject({ item: text, supplier: optional, unit: text, price: notNegativeDecimal, currency, valid_from: day, valid_to: day }),
} as const

export type MasterDataTable = keyof typeof masterDataSchemas
export type MasterData<Table extends MasterDataTable> = z.infer<(typeof masterDataSchemas)[Table]>
