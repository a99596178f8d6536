/** A strict engine behind a real API: answers only what it was told to, and writes down what it was asked. */
import type { ExecutionContext } from 'ava'
import { formatDeliveryId, formatEventId, formatMessageId, systemClock } from '../../../channels/contract/index.ts'
import type { ChannelStatus, EngineControl, MessageView, Reader, ResolveAnswer, WorklistView } from '../../../channels/contract/index.ts'
import { startApi } from '../../../server/api/index.ts'
import type { ApiOptions, Registry } from '../../../server/api/index.ts'

export const TOKEN = 'a-token-for-tests'
export const MESSAGE = 4096 * 1_000_000
export const ID = formatMessageId(MESSAGE)
export const EVENT = formatEventId(MESSAGE, 'usage', 'FT1[1]')
export const RAW = Buffer.from('MSH|^~\\&|OR|HOSP|||20260301102233||DFT^P03|C-1|P|2.5\rPID|1||P-77\r', 'latin1')

export const view: MessageView = {
  id: ID,
  channel: 'or-supply-usage',
  controlId: 'C-1',
  type: 'DFT^P03',
  lane: 'ACC-1',
  state: 'SENT',
  ack: { code: 'AA', at: '2026-03-01T09:22:33.000Z' },
  acceptedConfig: 'aaaaaaaaaaaa',
  runConfig: 'aaaaaaaaaaaa',
  receivedAt: '2026-03-01T09:22:33.000Z',
  bytes: RAW.length,
  fault: null,
  events: [
    {
      id: EVENT,
      type: 'SupplyUsed',
      state: 'APPLIED',
      businessKey: 'ACC-1/1',
      case: 'ACC-1',
      body: {
        occurredAt: '2026-03-01T10:22:33+01:00',
        item: { code: 'IMP-1', system: 'L' },
        quantity: { value: '2', unit: 'EA' },
        patient: { value: 'P-77', system: 'HOSP', type: 'MR' },
        udi: { carrier: '(01)00844588003288(17)261231(10)LOT-7', issuer: 'GS1', di: '00844588003288', lot: 'LOT-7', expiry: '2026-12-31' },
        department: '7010',
      },
      origin: { item: { path: 'FT1-7.1', rule: 'or-supply-usage/usage/item' } },
      deliveries: [
        {
          id: formatDeliveryId(MESSAGE, 1),
          destination: 'erp',
          kind: 'goods-issue',
          state: 'SENT',
          attempts: 1,
          key: 'ABCDEFGHJKLM',
          erpRef: 'GI-9',
          failure: null,
          because: 'used',
        },
      ],
      waitsFor: [],
    },
  ],
}

export const item: WorklistView = {
  id: 3,
  kind: 'UNKNOWN_DEPARTMENT',
  subject: 'department:7010',
  state: 'open',
  text: 'Department 7010 is not in the department master.',
  owner: 'periop-interfaces',
  severity: 'normal',
  openedAt: '2026-03-01T09:22:33.000Z',
  dueAt: '2026-03-02T09:22:33.000Z',
  waiting: 12,
  waiters: [EVENT],
  assignee: '',
  escalated: 0,
  care: 0,
  supply: 0,
  money: null,
  resolution: null,
}

const channel: ChannelStatus = {
  name: 'or-supply-usage',
  about: 'Supplies used in the OR',
  owner: 'periop-interfaces',
  state: 'running',
  listeners: [{ type: 'mllp', host: '127.0.0.1', port: 2575, connections: 1 }],
  config: 'aaaaaaaaaaaa',
  taken: 1,
  lastMessageAt: null,
}

type Functions = Record<string, (...args: never[]) => unknown>
/** Wraps a part so that calls are written down, and a function that was not given is a failure of the test. */
function strict<Part extends object>(name: string, calls: unknown[][], given: Partial<Part>): Part {
  return new Proxy(given as Functions, {
    get(target, member) {
      const known = target[String(member)]
      return (...args: never[]) => {
        if (QUIET.has(`${name}.${String(member)}`)) return known?.(...args) ?? Promise.resolve([])
        if (known === undefined) throw new Error(`${name}.${String(member)} was not expected`)
        calls.push([`${name}.${String(member)}`, ...args])
        return known(...args)
      }
    },
  }) as unknown as Part
}

/** Asked by the API for itself. */
const QUIET = new Set(['reader.subscriptions', 'reader.apiKeys', 'reader.notices'])

export interface House {
  readonly url: string
  readonly calls: unknown[][]
  readonly problems: unknown[]
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
}

/** Starts the API on a free port over fakes; `reader` and `control` replace single functions. */
export async function house(
  t: ExecutionContext,
  options: { reader?: Partial<Reader>; control?: Partial<EngineControl>; consoleDir?: string; registry?: Partial<Registry>; api?: Partial<ApiOptions> } = {},
): Promise<House> {
  const calls: unknown[][] = []
  const problems: unknown[] = []
  const reader = strict<Reader>('reader', calls, {
    message: (id) => Promise.resolve(id === MESSAGE ? view : null),
    messages: () => Promise.resolve({ items: [{ ...view, events: view.events.map((event) => ({ ...event, body: {}, origin: {} })) }], next: null }),
    raw: (id) => Promise.resolve(id === MESSAGE ? RAW : null),
    header: (id) =>
      Promise.resolve(
        id === MESSAGE
          ? {
              channel: view.channel,
              controlId: view.controlId,
              sender: 'EHR|A',
              type: view.type,
              acceptedConfig: view.acceptedConfig,
              state: 'MAPPED',
              ack: 'AA',
            }
          : null,
      ),
    worklist: ({ state, after = 0 }) => Promise.resolve({ items: state !== 'closed' && item.id > after ? [item] : [], next: null }),
    worklistItem: (id) => Promise.resolve(id === item.id ? item : null),
    trace: (id) =>
      Promise.resolve(id === 'LOT/7' ? { nodes: [{ kind: 'message', id: ID, ref: 'C-1', label: 'DFT^P03' }], edges: [] } : { nodes: [], edges: [] }),
    ...options.reader,
  })
  const control = strict<EngineControl>('control', calls, {
    channels: () => [channel],
    destinations: () => [{ name: 'erp', type: 'sandbox', breaker: 'closed', inFlight: 0, blockedLanes: 0 }],
    configuration: () => 'aaaaaaaaaaaa',
    ready: () => true,
    audit: () => Promise.resolve(),
    resolve: () => Promise.resolve<ResolveAnswer>({ kind: 'resolved', resumed: 12, rerun: [MESSAGE] }),
    ...options.control,
  })
  const api = await startApi({
    host: '127.0.0.1',
    port: 0,
    reader,
    control,
    metrics: () => Promise.resolve('# HELP aqueduct_x x\n'),
    token: TOKEN,
    emit: (name, event) => problems.push([name, event]),
    clock: systemClock,
    installation: 'test-house',
    registry: {
      saveKey: (key) => Promise.resolve(void calls.push(['registry.saveKey', key])),
      once: (op) => Promise.resolve(void calls.push(['registry.once', op]) === undefined),
      saveSubscription: (subscription) => Promise.resolve(void calls.push(['registry.saveSubscription', subscription])),
      ...options.registry,
    },
    ...options.api,
    ...(options.consoleDir === undefined ? {} : { consoleDir: options.consoleDir }),
  })
  t.teardown(() => api.stop())
  const authorization = `Bearer ${TOKEN}`
  return {
    url: api.url,
    calls,
    problems,
    get: (path, headers = {}) => fetch(api.url + path, { headers: { authorization, ...headers } }),
    post: (path, body, headers = {}) =>
      fetch(api.url + path, {
        method: 'POST',
        headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  }
}
