/** The operations API as the console uses it. The token lives in this tab only. */
import type { ChannelStatus, DestinationStatus, FailureCode, MessageView, Page, TraceView, WorklistView } from '../../channels/contract/index.ts'

export type { ChannelStatus, DestinationStatus, FailureCode, MessageView, TraceView, WorklistView }

const KEY = 'aqueduct-token'
const USER = 'aqueduct-user'

/** Takes `#token=…` out of the address, so that it stays in no history. */
export function adoptToken(): void {
  const match = /^#token=([\w.~+/-]+=*)$/.exec(location.hash)
  if (!match?.[1]) return
  sessionStorage.setItem(KEY, match[1])
  history.replaceState(null, '', location.pathname)
}

export const token = (): string => sessionStorage.getItem(KEY) ?? ''
export const user = (): string => sessionStorage.getItem(USER) ?? ''

export function signIn(given: string, name: string): void {
  sessionStorage.setItem(KEY, given.trim())
  sessionStorage.setItem(USER, name.trim())
}

export function signOut(): void {
  sessionStorage.removeItem(KEY)
}

/** What the engine said no with. `status` 0: it did not answer. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}

interface ProblemBody {
  readonly detail?: string
  readonly cure?: string
}

/** A row of the process API: names in camel case, decimals as text. */
export type ProcessRow = Readonly<Record<string, unknown>>

interface OrderState {
  readonly order: ProcessRow
  readonly lines: readonly ProcessRow[]
  readonly requisitions: readonly ProcessRow[]
  readonly receipts: readonly ProcessRow[]
  readonly invoices: readonly ProcessRow[]
  readonly processes: readonly ProcessRow[]
}

const OPS = '/api/ops/v1'
const PROCESS = '/api/process/v1'

async function ask<Body>(method: 'GET' | 'POST', path: string, body?: unknown, base = OPS): Promise<Body> {
  let response: Response
  try {
    response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${token()}`,
        ...(user() === '' ? {} : { 'x-aqueduct-user': user() }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch {
    throw new Refused(0, 'The engine does not answer.')
  }
  if (response.ok) return (await response.json()) as Body
  const problem = (await response.json().catch(() => ({}))) as ProblemBody
  throw new Refused(response.status, [problem.detail ?? `The engine answered ${String(response.status)}.`, problem.cure].filter(Boolean).join(' '))
}

const query = (values: Readonly<Record<string, string>>): string => {
  const given = Object.entries(values).filter(([, value]) => value !== '')
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

export const api = {
  messages: (values: { controlId: string; channel: string; state: string; after: string }) =>
    ask<Page<MessageView>>('GET', `/messages${query({ ...values, limit: '50' })}`),
  message: (id: string) => ask<MessageView>('GET', `/messages/${encodeURIComponent(id)}`),
  replay: (id: string) => ask<{ readonly events: number }>('POST', `/messages/${encodeURIComponent(id)}/replay`, {}),
  trace: (id: string) => ask<TraceView>('GET', `/trace${query({ id })}`),
  worklist: (values: { state: 'open' | 'closed'; after: string; owner: string; severity: string }) =>
    ask<Page<WorklistView>>('GET', `/worklist${query({ ...values, limit: '100' })}`),
  worklistItem: (id: number) => ask<WorklistView>('GET', `/worklist/${String(id)}`),
  comment: (id: number, body: { text: string; assignee: string | null }) => ask<WorklistView>('POST', `/worklist/${String(id)}/comment`, body),
  processRows: (path: string, after: string) => ask<Page<ProcessRow>>('GET', path + query({ after, limit: '50' }), undefined, PROCESS),
  order: (id: string) => ask<OrderState>('GET', `/procure-to-pay/orders/${encodeURIComponent(id)}`, undefined, PROCESS),
  resolve: (item: number, body: { action: string; reason: string; value: string | null; erpRef: string | null }) =>
    ask<{ readonly resumed: number; readonly rerun: readonly string[] }>('POST', `/worklist/${String(item)}/resolve`, body),
  channels: () => ask<{ readonly items: readonly ChannelStatus[]; readonly configuration: string }>('GET', '/channels'),
  destinations: () => ask<{ readonly items: readonly DestinationStatus[] }>('GET', '/destinations'),
  setChannel: (name: string, action: string) => ask<ChannelStatus>('POST', `/channels/${encodeURIComponent(name)}/${action}`, {}),
}
