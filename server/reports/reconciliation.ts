/**
 * The daily reconciliation (R43): every usage line of a day was sent, is held, or was excluded; totals of the bridge's journals against the
 * ERP's ledger; what is received and not invoiced, and how long; how long a bill-only case waits for its order.
 */
import { formatMessageId, ID_EPOCH, parseMessageId, receivedAt, SCALE } from '../../channels/contract/index.ts'
import type { BridgeTables, EventView, MessageView, Reader } from '../../channels/contract/index.ts'
import { allRows, rowsAmong } from './rows.ts'

type Source = Pick<Reader, 'rows' | 'messages'>

/** Amounts are decimal text; hours and days whole numbers. No patient, no case. */
export interface Reconciliation {
  readonly day: string
  readonly company: string
  readonly usage: {
    /** total = sent + held + excluded. */
    readonly total: number
    readonly sent: number
    readonly held: number
    readonly excluded: number
    /** Of what is held: waiting for a person or an earlier event; refused by the ERP; on its way. */
    readonly waiting: number
    readonly refused: number
    readonly underWay: number
  }
  /** Messages of the day that gave no usage line, by why. */
  readonly messages: { readonly taken: number; readonly filtered: number; readonly rejected: number; readonly failed: number }
  readonly ledger: {
    /** The periods in which the day's lines were posted, and the day's own; several are joined by a comma. */
    readonly period: string
    /** False: the ERP's totals of a period were not pulled, so nothing is compared there. */
    readonly compared: boolean
    readonly totals: readonly LedgerTotal[]
  }
  readonly receivedNotInvoiced: readonly Ageing[]
  readonly billOnly: { readonly uses: number; readonly ordered: number; readonly late: number; readonly longestHours: number }
  /** What does not agree; empty: the day is reconciled. */
  readonly differences: readonly Difference[]
}
export interface LedgerTotal {
  readonly period: string
  readonly account: string
  readonly costCentre: string
  readonly currency: string
  /** Of journals that the ERP has taken. */
  readonly bridge: string
  /** Of journals that are held or on their way. */
  readonly open: string
  /** '' : the ERP has no total of it. */
  readonly erp: string
}
export interface Ageing {
  readonly days: '0-30' | '31-60' | '61-90' | 'over 90'
  readonly currency: string
  readonly lines: number
  readonly amount: string
}
export interface Difference {
  readonly kind: 'usage' | 'ledger'
  readonly subject: string
  readonly text: string
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** A bill-only case has its order within two days (R43). */
const LATE_HOURS = 48

/** Event types that are usage and cost: each is one line of the count. */
const USAGE_TYPES: ReadonlySet<string> = new Set(['SupplyUsed', 'SupplyWasted', 'SupplyReversed', 'CostIncurred', 'CostReversed'])

/**
 * @param day `YYYY-MM-DD`: the day on which the engine received the lines, UTC, as its content is kept by
 * @param company '' : all
 */
export async function reconcile(
  reader: Source,
  { day, company, now }: { readonly day: string; readonly company: string; readonly now: number },
): Promise<Reconciliation> {
  const messages = await messagesOf(reader, day)
  const lines = messages.flatMap((message) => message.events.filter((event) => USAGE_TYPES.has(event.type)).map((event) => ({ message, event })))
  const counts = { sent: 0, excluded: 0, waiting: 0, refused: 0, underWay: 0 }
  for (const { event } of lines) counts[stateOf(event)] += 1
  const held = counts.waiting + counts.refused + counts.underWay
  const ids = messages.map((message) => parseMessageId(message.id) ?? 0)
  const ledger = await ledgerOf(reader, { day, company }, ids)
  const differences = [...(await unbooked(reader, lines)), ...ledger.differences]
  const count = (state: MessageView['state']) => messages.filter((message) => message.state === state).length
  return {
    day,
    company,
    usage: {
      total: lines.length,
      sent: counts.sent,
      held,
      excluded: counts.excluded,
      waiting: counts.waiting,
      refused: counts.refused,
      underWay: counts.underWay,
    },
    messages: { taken: messages.length, filtered: count('FILTERED'), rejected: count('REJECTED'), failed: count('ERROR') },
    ledger: { period: ledger.period, compared: ledger.compared, totals: ledger.totals },
    receivedNotInvoiced: await notInvoiced(reader, day, company),
    billOnly: await billOnly(reader, day, ids, now),
    differences,
  }
}

/** First millisecond of a UTC day. */
function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`)
}

/** Messages that were received on the day; ids sort by time, so the pages begin at its end. */
async function messagesOf(reader: Source, day: string): Promise<readonly MessageView[]> {
  const start = startOf(day)
  const found: MessageView[] = []
  let after = formatMessageId(Math.max(0, start + DAY_MS - ID_EPOCH) * 4096)
  for (;;) {
    const page = await reader.messages({ after, limit: 500 })
    for (const message of page.items) {
      if (receivedAt(parseMessageId(message.id) ?? 0) < start) return found
      found.push(message)
    }
    if (page.next === null) return found
    after = page.next
  }
}

/** Where a usage line stands: the worst of its documents decides. A line without one was none for the ERP. */
function stateOf(event: EventView): 'sent' | 'excluded' | 'waiting' | 'refused' | 'underWay' {
  if (event.state === 'CANCELLED') return 'excluded'
  if (event.state !== 'APPLIED') return 'waiting'
  const states = event.deliveries.filter((delivery) => delivery.key !== null).map((delivery) => delivery.state)
  if (states.includes('HELD')) return 'refused'
  if (states.some((state) => state === 'QUEUED' || state === 'SENDING' || state === 'UNKNOWN')) return 'underWay'
  return states.includes('SENT') ? 'sent' : 'excluded'
}

/** Lines that made documents and left no usage behind: they could not be reversed, and no total would hold them. */
async function unbooked(reader: Source, lines: readonly { readonly message: MessageView; readonly event: EventView }[]): Promise<readonly Difference[]> {
  const applied = lines.filter(({ event }) => event.state === 'APPLIED' && event.deliveries.some((delivery) => delivery.key !== null))
  const usages = await rowsAmong(
    reader,
    'usage',
    'message',
    applied.map(({ message }) => parseMessageId(message.id) ?? 0),
  )
  const known = new Set(usages.map((usage) => `${String(usage.message)}.${String(usage.n)}`))
  return applied.flatMap(({ message, event }): readonly Difference[] => {
    const n = message.events.indexOf(event) + 1
    if (known.has(`${String(parseMessageId(message.id) ?? 0)}.${String(n)}`)) return []
    return [{ kind: 'usage', subject: event.id, text: 'It has documents and no usage: look at its trace.' }]
  })
}

interface Period {
  readonly period: string
  readonly first: string
  readonly last: string
}

/** The period of the general ledger in which a posting day lies; its month when none is on file. */
function periodOf(rows: readonly BridgeTables['period'][], day: string): Period {
  const row = rows.find((one) => one.kind !== 'adjustment' && one.valid_from <= day && day <= one.valid_to)
  if (row) return { period: row.period, first: row.valid_from, last: row.valid_to }
  const period = day.slice(0, 'YYYY-MM'.length)
  const next = new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 1))
  return { period, first: `${period}-01`, last: new Date(next.getTime() - DAY_MS).toISOString().slice(0, 10) }
}

/** What came in on one day is posted in the period of its use, or in the next when that is closed: each of them is compared. */
async function ledgerOf(reader: Source, { day, company }: { readonly day: string; readonly company: string }, messages: readonly number[]) {
  const ofCompany = company === '' ? {} : { company }
  const rows = await allRows(reader, 'period', { ledger: 'GL', ...(company === '' ? {} : { company: [company, ''] }) })
  const documents = await rowsAmong(reader, 'document', 'message', messages)
  const ofDay = await rowsAmong(
    reader,
    'journal_line',
    'document',
    documents.filter((document) => document.kind === 'journal').map((document) => document.key),
  )
  const days = [day, ...ofDay.filter((line) => company === '' || line.company === company).map((line) => line.posting_day)]
  const periods = new Map(days.map((one) => periodOf(rows, one)).map((period) => [period.period, period]))
  const parts = []
  for (const period of [...periods.values()].toSorted((a, b) => (a.first < b.first ? -1 : 1))) parts.push(await ledgerOfPeriod(reader, period, ofCompany))
  return {
    period: [...periods.keys()].toSorted().join(', '),
    compared: parts.every((part) => part.compared),
    totals: parts.flatMap((part) => part.totals),
    differences: parts.flatMap((part) => part.differences),
  }
}

async function ledgerOfPeriod(reader: Source, { period, first, last }: Period, ofCompany: { readonly company?: string }) {
  const days: string[] = []
  for (let at = startOf(first); at <= startOf(last) && days.length < 400; at += DAY_MS) days.push(new Date(at).toISOString().slice(0, 10))
  const lines = await allRows(reader, 'journal_line', { posting_day: days, ...ofCompany })
  const documents = new Map(
    (
      await rowsAmong(
        reader,
        'document',
        'key',
        lines.map((line) => line.document),
      )
    ).map((document) => [document.key, document.state]),
  )
  const erp = await allRows(reader, 'ledger_total', { period, ...ofCompany })
  const sums = new Map<string, { account: string; costCentre: string; currency: string; bridge: bigint; open: bigint; erp: bigint | null }>()
  const sumOf = (row: { readonly account: string; readonly cost_centre: string; readonly currency: string }) => {
    const key = JSON.stringify([row.account, row.cost_centre, row.currency])
    const found = sums.get(key) ?? { account: row.account, costCentre: row.cost_centre, currency: row.currency, bridge: 0n, open: 0n, erp: null }
    sums.set(key, found)
    return found
  }
  for (const line of lines) {
    const state = documents.get(line.document)
    if (state === undefined || state === 'CANCELLED') continue
    sumOf(line)[state === 'SENT' ? 'bridge' : 'open'] += BigInt(line.amount)
  }
  // What the bridge never books is no affair of this report.
  for (const row of erp) {
    const key = JSON.stringify([row.account, row.cost_centre, row.currency])
    if (sums.has(key)) sumOf(row).erp = (sumOf(row).erp ?? 0n) + BigInt(row.amount)
  }
  const all = [...sums.values()].toSorted((a, b) => (`${a.account} ${a.costCentre} ${a.currency}` < `${b.account} ${b.costCentre} ${b.currency}` ? -1 : 1))
  const compared = erp.length > 0
  const missing: Difference = { kind: 'ledger', subject: period, text: `NOT COMPARED: the ERP’s totals of ${period} are not known, pull ledger-totals.` }
  const differences = all
    .filter((sum) => compared && sum.bridge !== (sum.erp ?? 0n))
    .map((sum): Difference => {
      const subject = [sum.account, sum.costCentre].filter((part) => part !== '').join('/')
      return { kind: 'ledger', subject, text: `The bridge booked ${show(sum.bridge)} ${sum.currency} in ${period}, the ERP has ${show(sum.erp ?? 0n)}.` }
    })
  const totals = all.map(({ bridge, open, erp: theirs, ...rest }): LedgerTotal => ({
    period,
    ...rest,
    bridge: show(bridge),
    open: show(open),
    erp: theirs === null ? '' : show(theirs),
  }))
  // Nothing booked and nothing known agree.
  return { compared: compared || all.length === 0, totals, differences: compared || all.length === 0 ? differences : [missing] }
}

const BUCKETS = [
  { days: '0-30', most: 30 },
  { days: '31-60', most: 60 },
  { days: '61-90', most: 90 },
  { days: 'over 90', most: Infinity },
] as const

/** Received and not invoiced, by the age of the last receipt. */
async function notInvoiced(reader: Source, day: string, company: string): Promise<readonly Ageing[]> {
  const open = (await allRows(reader, 'order_line', { open: 1 })).filter((line) => line.received > line.invoiced)
  const orders = new Map(
    (
      await rowsAmong(
        reader,
        'purchase_order',
        'purchase_order',
        open.map((line) => line.purchase_order),
      )
    ).map((order) => [order.purchase_order, order]),
  )
  const receipts = await rowsAmong(
    reader,
    'receipt_line',
    'purchase_order',
    open.map((line) => line.purchase_order),
  )
  const sums = new Map<string, { days: Ageing['days']; currency: string; lines: number; amount: bigint }>()
  for (const line of open) {
    const order = orders.get(line.purchase_order)
    if (company !== '' && order !== undefined && order.company !== '' && order.company !== company) continue
    const age = Math.max(0, Math.round((startOf(day) - startOf(lastReceipt(receipts, line) || order?.day || day)) / DAY_MS))
    const days = BUCKETS.find((bucket) => age <= bucket.most)?.days ?? 'over 90'
    const currency = line.currency || (order?.currency ?? '')
    const key = `${days} ${currency}`
    const sum = sums.get(key) ?? { days, currency, lines: 0, amount: 0n }
    sum.lines += 1
    sum.amount += (BigInt(line.received - line.invoiced) * BigInt(line.price)) / BigInt(SCALE)
    sums.set(key, sum)
  }
  const place = (one: { readonly days: string; readonly currency: string }) => `${String(BUCKETS.findIndex(({ days }) => days === one.days))} ${one.currency}`
  return [...sums.values()].toSorted((a, b) => (place(a) < place(b) ? -1 : 1)).map((sum) => ({ ...sum, amount: show(sum.amount) }))
}

function lastReceipt(receipts: readonly BridgeTables['receipt_line'][], line: BridgeTables['order_line']): string {
  return receipts
    .filter((receipt) => receipt.purchase_order === line.purchase_order && receipt.order_line === line.line)
    .reduce((latest, receipt) => (receipt.day > latest ? receipt.day : latest), '')
}

/** Days back from the reported one in which a bill-only use that still has no order is looked for. */
const UNORDERED_DAYS = 60

/**
 * Bill-only uses that were received on the day, and those of the days before that still have no order: how many have one, and how long it took
 * or takes (R43).
 */
async function billOnly(reader: Source, day: string, messages: readonly number[], now: number): Promise<Reconciliation['billOnly']> {
  const days = Array.from({ length: UNORDERED_DAYS }, (_, back) => new Date(startOf(day) - back * DAY_MS).toISOString().slice(0, 10))
  const received = new Set(messages)
  const before = await allRows(reader, 'usage', { day: days, ownership: 'bill-only' })
  const known = new Map(
    [...(await rowsAmong(reader, 'usage', 'message', messages)), ...before].map((usage) => [`${String(usage.message)}.${String(usage.n)}`, usage]),
  )
  const end = startOf(day) + DAY_MS
  const open = [...known.values()].filter((usage) => usage.ownership === 'bill-only' && usage.quantity > usage.reversed && receivedAt(usage.message) < end)
  const lines = await rowsAmong(
    reader,
    'order_line',
    'message',
    open.map((usage) => usage.message),
  )
  const uses = open.filter((usage) => received.has(usage.message) || !lines.some((line) => line.message === usage.message && line.n === usage.n))
  const orders = new Map(
    (
      await rowsAmong(
        reader,
        'purchase_order',
        'purchase_order',
        lines.map((line) => line.purchase_order),
      )
    ).map((order) => [order.purchase_order, order]),
  )
  const hours = uses.map((usage) => {
    const line = lines.find((one) => one.message === usage.message && one.n === usage.n)
    const order = line && orders.get(line.purchase_order)
    return { isOrdered: order !== undefined, hours: Math.max(0, Math.floor(((order?.at || now) - receivedAt(usage.message)) / HOUR_MS)) }
  })
  return {
    uses: uses.length,
    ordered: hours.filter((one) => one.isOrdered).length,
    late: hours.filter((one) => one.hours > LATE_HOURS).length,
    longestHours: Math.max(0, ...hours.map((one) => one.hours)),
  }
}

/** A sum scaled by 10⁶ as plain decimal text. */
function show(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(7, '0')
  const text = `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '')
  return value < 0n ? `-${text}` : text
}
