/** What the routes of the policies say that cannot be right: unknown names, suppliers as ERPs, receipts beside their order. */
import { DOCUMENT_KINDS } from '../contract/index.ts'
import type { Issue } from '../contract/index.ts'
import { nearest } from './nearest.ts'
import type { Source } from './source.ts'
import { entries, part } from './yaml-file.ts'

interface RouteCheck {
  readonly policies: Source
  readonly destinations: readonly Source[]
}

/** A key that should name one of `names`. */
export function unknown(policies: Source, path: readonly (string | number)[], what: string, name: string, names: readonly string[]): Issue {
  const meant = nearest(name, names)
  const all = names.length > 20 ? undefined : `${what}s: ${names.join(', ')}`
  return policies.report(
    path,
    { code: 'unknown-field', message: `there is no ${what} ${name}`, suggestion: meant === undefined ? all : `did you mean ${meant}?` },
    'key',
  )
}

export function checkRoutes({ policies, destinations }: RouteCheck): readonly Issue[] {
  const issues: Issue[] = []
  const kinds: readonly string[] = ['*', ...DOCUMENT_KINDS]
  const names = destinations.map((destination) => destination.name)
  const toSuppliers = destinations.filter((destination) => part(destination.plain, ['type']) === 'x12').map((destination) => destination.name)
  for (const [key, to] of entries(part(policies.plain, ['routes']))) {
    const kind = key.slice(key.lastIndexOf('/') + 1)
    if (!kinds.includes(kind)) issues.push(unknown(policies, ['routes', key], 'document kind', kind, kinds))
    else if (typeof to === 'string' && toSuppliers.includes(to) && kind !== TO_SUPPLIERS)
      issues.push(
        policies.report(['routes', key], {
          code: 'bad-value',
          message: `${to} sends orders to suppliers and takes no ${kind === '*' ? 'other documents' : kind}`,
          suggestion: `route ${TO_SUPPLIERS} to it, and ${key} to an ERP`,
        }),
      )
    if (typeof to !== 'string' || names.includes(to)) continue
    const meant = nearest(to, names)
    issues.push(
      policies.report(['routes', key], {
        code: 'unknown-destination',
        message: `there is no destination ${to}`,
        suggestion: meant === undefined ? `add destinations/${to}.yaml` : `did you mean ${meant}?`,
      }),
    )
  }
  return [...issues, ...checkOrders(policies)]
}

/** The only kind of document that an x12 destination takes. */
const TO_SUPPLIERS = 'supplier-order'
/** They name the order by the number that its ERP gave it. */
const ABOUT_ORDERS = ['order-cancellation', 'goods-receipt', 'supplier-return', 'supplier-invoice'] as const

/** Documents about an order that another ERP than that of the order would get. */
function checkOrders(policies: Source): readonly Issue[] {
  const routes = new Map(entries(part(policies.plain, ['routes'])))
  const companies = new Set(['', ...[...routes.keys()].filter((key) => key.includes('/')).map((key) => key.slice(0, key.lastIndexOf('/')))])
  const found = new Map<string, Issue>()
  for (const company of companies) {
    const routeOf = (kind: string): { readonly key: string; readonly to: unknown } | undefined => {
      const key = [...(company === '' ? [] : [`${company}/${kind}`]), kind, ...(company === '' ? [] : [`${company}/*`]), '*'].find((one) => routes.has(one))
      return key === undefined ? undefined : { key, to: routes.get(key) }
    }
    const order = routeOf('purchase-order')
    for (const kind of ABOUT_ORDERS) {
      const about = routeOf(kind)
      if (order === undefined || about === undefined || about.to === order.to) continue
      // The narrower of the two routes is the one that parts them.
      const key = about.key.endsWith('*') ? order.key : about.key
      const of = company === '' ? '' : ` of company ${company}`
      found.set(
        `${key} ${about.key}`,
        found.get(`${key} ${about.key}`) ??
          policies.report(['routes', key], {
            code: 'order-elsewhere',
            message: `${kind}${of} goes to ${String(about.to)}, its purchase-order to ${String(order.to)}, which alone knows the order`,
            suggestion: `route ${company === '' ? '' : `${company}/`}${kind} to ${String(order.to)}`,
          }),
      )
    }
  }
  return [...found.values()]
}
