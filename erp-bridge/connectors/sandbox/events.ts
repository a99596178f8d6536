/** What the sandbox ERP says has changed, as canonical events. Pure. */
import type { InjectedEvent, PulledPage, PullKind } from '../../../channels/contract/index.ts'

type Fields = Readonly<Record<string, unknown>>

/** What it can be asked for, and how a row of each is told. */
const TOLD = {
  items: 'ItemChanged',
  suppliers: 'SupplierChanged',
  prices: 'MasterDataChanged',
  locations: 'LocationChanged',
  'cost-centres': 'MasterDataChanged',
  'service-lines': 'MasterDataChanged',
  accounts: 'MasterDataChanged',
  periods: 'MasterDataChanged',
  stock: 'MasterDataChanged',
  requisitions: 'requisition',
  orders: 'order',
  receipts: 'receipt',
  invoices: 'invoice',
  'ledger-totals': 'MasterDataChanged',
} as const satisfies Readonly<Record<PullKind, string>>
export const PULLS = Object.keys(TOLD) as readonly PullKind[]

/** The ERP's states in the words of the events; the others are the same word in both. A part of it is told by its lines. */
const STATES: Readonly<Record<string, string>> = { 'part-received': 'ordered', active: 'posted', reversed: 'cancelled' }

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
function textIn(from: Fields, name: string): string {
  const value = from[name]
  return typeof value === 'string' ? value : ''
}
/** Only what is known: an empty text says nothing. */
function known(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''))
}
function rowsIn(from: Fields, name: string): readonly Fields[] {
  const value = from[name]
  return Array.isArray(value) ? value.filter(isFields) : []
}

function lineOf(line: Fields, progress: Fields | undefined): Fields {
  return known({
    line: String(line['line']),
    orderLine: line['orderLine'] === undefined ? '' : String(line['orderLine']),
    item: textIn(line, 'item') === '' ? undefined : { code: textIn(line, 'item'), system: 'item' },
    description: textIn(line, 'description'),
    quantity: { value: textIn(line, 'quantity'), unit: textIn(line, 'unit') },
    unitPrice: textIn(line, 'unitPrice'),
    amount: textIn(line, 'amount'),
    received: progress ? textIn(progress, 'received') : '',
    invoiced: progress ? textIn(progress, 'invoiced') : '',
    date: textIn(line, 'needed'),
    lot: textIn(line, 'lot'),
    serial: textIn(line, 'serial'),
    expiry: textIn(line, 'expiry'),
    location: textIn(line, 'location'),
    costCentre: textIn(line, 'costCentre'),
    serviceLine: textIn(line, 'serviceLine'),
    account: textIn(line, 'account'),
  })
}

function documentEvent(what: string, at: string, row: Fields): InjectedEvent | null {
  const document = row['document']
  const [number, key, state, kind] = [textIn(row, 'number'), textIn(row, 'key'), textIn(row, 'state'), textIn(row, 'kind')]
  if (!isFields(document) || number === '') return null
  const order = what === 'order' ? number : textIn(row, 'order')
  const progress = rowsIn(row, 'progress')
  const lines = rowsIn(document, 'lines').map((line) =>
    lineOf(
      line,
      progress.find((one) => one['line'] === line['line']),
    ),
  )
  const isInvoice = what === 'invoice'
  const common = {
    occurredAt: at,
    order,
    // Everybody knows an invoice by the supplier's number; the ERP's own is its reference.
    number: isInvoice ? textIn(document, 'number') : number,
    key,
    supplier: textIn(document, 'supplier'),
    company: textIn(document, 'company'),
    currency: textIn(document, 'currency'),
    date: isInvoice ? textIn(document, 'invoiceDate') : textIn(document, 'postingDate'),
    lines,
    amount: isInvoice ? textIn(document, 'total') : '',
    reference: isInvoice ? number : '',
    documentKind: isInvoice
      ? document['credit'] === true
        ? 'credit'
        : 'invoice'
      : what === 'receipt'
        ? kind === 'supplier-return'
          ? 'return'
          : 'receipt'
        : '',
  }
  // One that was taken back in the ERP is a status, not goods that came.
  const made = key === '' && what === 'receipt' && state === 'posted'
  const origins = document['origins']
  return {
    type: made ? 'GoodsReceived' : 'DocumentStatusChanged',
    businessKey: '',
    caseKey: order === '' ? '' : `order:${order}`,
    body: known({ ...common, ...(made ? {} : { document: what, status: STATES[state] ?? state, origins: Array.isArray(origins) ? origins : undefined }) }),
    keys: [],
  }
}

function rowEvent(kind: PullKind, type: string, at: string, code: string, columns: Fields): InjectedEvent {
  const attributes = Object.fromEntries(Object.entries(columns).filter(([, value]) => typeof value === 'string'))
  const [description, status] = [textIn(columns, 'description') || textIn(columns, 'name'), textIn(columns, 'status')]
  return {
    type,
    businessKey: '',
    caseKey: '',
    body: known({ occurredAt: at, code, description, status, table: type === 'MasterDataChanged' ? kind : '', attributes }),
    keys: [],
  }
}

/** The page that an answer of `GET /sandbox/v1/changes` is, or null when it is none. */
export function pageOf(kind: PullKind, answer: unknown): PulledPage | null {
  if (!isFields(answer) || typeof answer['next'] !== 'string' || !Array.isArray(answer['items'])) return null
  const told = TOLD[kind]
  const events = rowsIn(answer, 'items').flatMap((item): readonly InjectedEvent[] => {
    const [at, subject] = [textIn(item, 'at'), textIn(item, 'subject')]
    if (isFields(item['columns'])) return [rowEvent(kind, told, at, subject, item['columns'])]
    const event = isFields(item['document']) ? documentEvent(told, at, item['document']) : null
    return event ? [event] : []
  })
  return { events, next: answer['next'], more: answer['more'] === true }
}
