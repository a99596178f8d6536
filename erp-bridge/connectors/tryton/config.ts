/** `options:` of a destination of type tryton. */
import { AqueductError } from '../../../channels/contract/index.ts'
import type { DestinationDefinition } from '../../../channels/contract/index.ts'

export interface TrytonConfig {
  readonly url: URL
  readonly database: string
  readonly user: string
  readonly password: string
  /** Tryton's own id of the company; null: the user's. */
  readonly company: number | null
  /** Code of the warehouse that receives and orders. */
  readonly warehouse: string
  /** Our unit → Tryton's symbol. A unit that is not named is looked for as it is. */
  readonly units: ReadonlyMap<string, string>
  readonly journals: { readonly general: string; readonly purchases: string }
  /** Code of the location where issued goods go; null: the first lost-and-found. */
  readonly issueTo: string | null
  /** Codes of the analytic axes. */
  readonly axes: { readonly costCentre: string; readonly serviceLine: string }
  /** Accounts by kind of charge, for charges that name none. */
  readonly charges: ReadonlyMap<string, string>
  /** Order types (and `supplier-return`) that the bridge confirms itself. Everything else stops as a quotation for the buyer. */
  readonly confirms: ReadonlySet<string>
  /** Beginnings of the names of warnings that are answered with yes. */
  readonly accepts: readonly string[]
}

function texts(value: unknown): ReadonlyMap<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** @throws AqueductError INTERNAL when something that it cannot do without is missing */
export function readConfig(definition: DestinationDefinition): TrytonConfig {
  const { options, name } = definition
  const text = (field: string, fallback: string | null): string => {
    const value = options[field]
    if (typeof value === 'string' && value !== '') return value
    if (fallback === null) throw new AqueductError('INTERNAL', `destination ${name}: options.${field} is missing`)
    return fallback
  }
  if (!URL.canParse(definition.url)) throw new AqueductError('INTERNAL', `destination ${name} has no usable url`)
  const journals = texts(options['journals'])
  const axes = texts(options['axes'])
  return {
    url: new URL(definition.url),
    database: text('database', null),
    user: text('user', null),
    password: text('password', null),
    company: typeof options['company'] === 'number' ? options['company'] : null,
    warehouse: text('warehouse', 'WH'),
    units: new Map([['EA', 'u'], ...texts(options['units'])]),
    journals: { general: journals.get('general') ?? 'EXP', purchases: journals.get('purchases') ?? 'EXP' },
    issueTo: typeof options['issue_to'] === 'string' ? options['issue_to'] : null,
    axes: { costCentre: axes.get('cost_centre') ?? 'CC', serviceLine: axes.get('service_line') ?? 'SL' },
    charges: texts(options['charges']),
    confirms: new Set(list(options['confirm'])),
    accepts: list(options['accept_warnings']),
  }
}
