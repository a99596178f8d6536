/** Turns a canonical document into a draft for the ledger. */
import type { BridgeContext, BridgeEvent, DocumentDraft, Policies } from '../../channels/contract/index.ts'
import type { CanonicalDocument, CanonicalDocumentKind } from '../../canonical/schemas/index.ts'
import { identifierOf, textOf, udiOf } from '../facts.ts'
import type { Place } from '../master-data/index.ts'

/** Values that are '' or undefined are left out: a document says nothing rather than an empty text. */
type Filled<T> = { readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } & {
  readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K]
}
export function filled<T extends Readonly<Record<string, unknown>>>(fields: T): Filled<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')) as unknown as Filled<T>
}

/** '' as undefined, for {@link filled}. */
export function maybe(text: string): string | undefined {
  return text === '' ? undefined : text
}

/** Where documents of a kind go: the policy's route by `COMPANY/kind`, then `kind`, `COMPANY/*` and `*`, else the destination that the channel names. */
export function routeOf(policies: Policies, kind: string, event: BridgeEvent, company: string = policies.company): string {
  const names = [`${company}/${kind}`, kind, `${company}/*`, '*']
  return names.map((name) => (Object.hasOwn(policies.routes, name) ? policies.routes[name] : undefined)).find((to) => to !== undefined) ?? event.destination
}

/** Company and days of posting of an event's documents, by kind, as the periods give them (R35): {@link postingDays} of finance. */
export interface Posted {
  readonly company: string
  readonly days: Readonly<Record<string, { readonly day: string }>>
}

/** What every document of an event begins with. The clinical date never moves; the posting date is that of the kind in `posted` (R35). */
export function headerOf(event: BridgeEvent, context: BridgeContext, day: string, posted?: Posted, kind = '') {
  return filled({
    eventId: event.id,
    company: posted?.company ?? context.policies.company,
    case: maybe(textOf(event.body, 'case') || event.caseKey),
    documentDate: day,
    postingDate: posted?.days[kind]?.day ?? day,
  })
}

/** Who bears it, as documents say it. */
export function bearerOf(place: Place) {
  return filled({ department: maybe(place.department), costCentre: maybe(place.costCentre), serviceLine: maybe(place.serviceLine) })
}

/** Lot, serial, expiry and carrier of what was used: the line's own fields, else those of the UDI. */
export function lotOf(event: Pick<BridgeEvent, 'body'>) {
  const body = event.body
  const expiry = textOf(body, 'expiry') || udiOf(body, 'expiry')
  return filled({
    lot: maybe(textOf(body, 'lot') || udiOf(body, 'lot')),
    serial: maybe(textOf(body, 'serial') || udiOf(body, 'serial')),
    expiry: maybe(expiry),
    udi: maybe(udiOf(body, 'carrier') || textOf(body, 'udi')),
  })
}

export function performerOf(event: BridgeEvent): string | undefined {
  return maybe(identifierOf(event.body, 'performer'))
}

interface DraftOptions {
  readonly because: string
  /** Default: the event's own chain. */
  readonly chain?: string
  readonly destination?: string
  readonly mirrorOf?: string
  /** Tells documents of one kind and event apart, from the second on. */
  readonly nth?: number
}

/** The draft's id is the event id and the kind, so deciding twice makes no second document (R29). */
export function draft<Kind extends CanonicalDocumentKind>(
  event: BridgeEvent,
  context: BridgeContext,
  kind: Kind,
  body: CanonicalDocument<Kind>,
  options: DraftOptions,
): DocumentDraft {
  const nth = options.nth ?? 1
  return {
    id: `${event.id}.${kind}${nth > 1 ? `.${String(nth)}` : ''}`,
    kind,
    chain: options.chain ?? event.id,
    destination: options.destination ?? routeOf(context.policies, kind, event, body.company),
    body: body as unknown as Readonly<Record<string, unknown>>,
    because: options.because,
    ...(options.mirrorOf === undefined ? {} : { mirrorOf: options.mirrorOf }),
  }
}
