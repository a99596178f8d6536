/** The second half of the demonstration: what the sutures' requisition becomes, until its invoice is in the books. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Page, ResolveAnswer, TraceView, WorklistView } from '../../../channels/contract/index.ts'
import type { Io } from '../command.ts'
import { ask } from '../engine-api.ts'
import type { EngineAddress } from '../engine-api.ts'

export interface Procured {
  readonly engine: EngineAddress
  /** Address of the sandbox ERP. */
  readonly erp: string
  /** `host:port` of the X12 channel. */
  readonly x12: string
  /** Number of the requisition in the ERP. */
  readonly requisition: string
  readonly io: Io
}

const PATIENCE_MS = 20_000
const ITEM = 'SUT-VIC-30'
/** The contract says 4.40 for one: 158.40 for a box of 36. */
const INVOICED_PRICE = '4.65'
const INVOICE = 'HM-90117'
const SLIP = 'HM-DN-4471'

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`${what} did not come`)
    await wait(50)
  }
}

interface Order {
  readonly number: string
  readonly state: string
  readonly purchaseOrder: string
}
interface OrderLine {
  readonly line: number
  readonly quantity: string
  readonly unit: string
  readonly price: string
}

/** Plays it and tells each step. Gives what is missing in the end: nothing, when all is well. */
export async function procure({ engine, erp, x12, requisition, io }: Procured): Promise<readonly string[]> {
  io.out('From the requisition to the invoice\n')
  const approved = await fetch(`${erp}/sandbox/v1/documents/${requisition}/approve`, { method: 'POST', headers: { 'x-sandbox-user': 'buyer' } })
  if (!approved.ok) throw new Error(`the ERP did not let the buyer approve ${requisition}: ${await approved.text()}`)
  io.out(`   The buyer approves requisition ${requisition} in the ERP: the bridge may not.`)

  const order = await until('the order', async () => {
    const list = await ask<Page<Order>>(engine, 'GET', '/api/system/v1/orders?supplier=HARBOR&limit=100')
    return list.ok ? list.body.items.find((each) => each.number.startsWith('PO') && each.state !== 'made') : undefined
  })
  const detail = await ask<{ readonly lines: readonly OrderLine[] }>(engine, 'GET', `/api/system/v1/orders/${encodeURIComponent(order.purchaseOrder)}`)
  const line = detail.ok ? detail.body.lines[0] : undefined
  if (line === undefined) throw new Error(`the order ${order.number} has no line`)
  io.out(`   The ERP orders: ${order.number}, ${line.quantity} ${line.unit} of ${ITEM} at ${line.price}; the bridge pulled it.`)

  const received = await ask(
    engine,
    'POST',
    '/api/process/v1/procure-to-pay/receipts',
    {
      occurredAt: today(),
      number: SLIP,
      order: order.number,
      supplier: 'HARBOR',
      lines: [{ line: '1', orderLine: String(line.line), item: { code: ITEM }, quantity: { value: line.quantity, unit: line.unit } }],
    },
    undefined,
    `receipt-${SLIP}`,
  )
  if (!received.ok) throw new Error(`the receipt was not accepted: ${received.text}`)
  await inErp(erp, 'goods-receipt')
  io.out(`   The dock receives all of it (packing slip ${SLIP}): stock is raised, the goods receipt is in the ERP.`)

  const answer = await fetch(`http://${x12}/x12`, {
    method: 'POST',
    headers: { 'content-type': 'application/edi-x12' },
    body: invoiceOf(order.number, line),
  })
  const answered = await answer.text()
  if (!answer.ok || !answered.includes('AK5*A')) throw new Error(`the invoice was not accepted: ${String(answer.status)} ${answered}`)
  io.out(`   The supplier invoices ${INVOICE} as X12 810, at ${INVOICED_PRICE} instead of ${line.price}: answered with a 997.`)

  const item = await until('the exception', async () => {
    const list = await ask<Page<WorklistView>>(engine, 'GET', '/worklist?state=open')
    return list.ok ? list.body.items.find((each) => each.kind === 'INVOICE_PRICE') : undefined
  })
  io.out(`   ! Worklist item ${String(item.id)} for ${item.owner}: ${item.text}`)
  const released = await ask<ResolveAnswer>(engine, 'POST', `/worklist/${String(item.id)}/resolve`, {
    action: 'release',
    by: 'ap.clerk',
    reason: 'Price rise agreed by the buyer',
    value: null,
    erpRef: null,
  })
  if (!released.ok || released.body.kind !== 'resolved') throw new Error(`it was not released: ${released.ok ? 'refused' : released.text}`)
  await inErp(erp, 'supplier-invoice')
  io.out('   ✓ Accounts payable releases it with a reason: the invoice is in the books, its variance with it.\n')

  const trace = await ask<TraceView>(engine, 'GET', `/trace/${INVOICE}`)
  const path = trace.ok ? wayBack(trace.body) : []
  if (path.length === 0) return [`the trace of ${INVOICE} does not reach the scan`]
  io.out(`From the invoice ${INVOICE} back to the scan\n\n${path.map((step) => `   ${step}`).join('\n')}\n`)
  return []
}

/** The shortest way from the invoice's document to the message of the scan, one line a step; empty when there is none. */
function wayBack({ nodes, edges }: TraceView): readonly string[] {
  const start = nodes.find((node) => node.kind === 'document' && node.label.includes('supplier-invoice'))
  const scan = nodes.find((node) => node.kind === 'message' && node.ref.startsWith('ORU-'))
  if (start === undefined || scan === undefined) return []
  const cameFrom = new Map<string, string>([[start.id, '']])
  for (const id of cameFrom.keys()) {
    for (const { from, to } of edges) {
      const next = from === id ? to : to === id ? from : null
      if (next !== null && !cameFrom.has(next)) cameFrom.set(next, id)
    }
  }
  const steps: string[] = []
  for (let id = scan.id; cameFrom.has(id); id = cameFrom.get(id) ?? '') {
    const node = nodes.find((each) => each.id === id)
    if (node !== undefined) steps.unshift(`${node.kind.padEnd(9)} ${node.ref.padEnd(16)} ${node.label}`)
  }
  return steps
}

function today(): string {
  return new Date().toISOString().slice(0, 'YYYY-MM-DD'.length)
}

async function inErp(erp: string, kind: string): Promise<void> {
  await until(`the ${kind}`, async () => {
    const list = (await (await fetch(`${erp}/sandbox/v1/documents?kind=${kind}`)).json()) as { readonly items: readonly unknown[] }
    return list.items[0]
  })
}

/** Cents of the amount, as TDS01 wants them. The quantity is whole and the price has two decimals, so it is exact. */
function cents(quantity: string, price: string): string {
  const [whole = '0', part = ''] = price.split('.')
  return String(BigInt(quantity) * BigInt(whole + part.padEnd(2, '0')))
}

function invoiceOf(order: string, line: OrderLine): string {
  const day = today().replaceAll('-', '')
  const sender = 'HARBORMED'.padEnd(15)
  return [
    `ISA*00*${' '.repeat(10)}*00*${' '.repeat(10)}*ZZ*${sender}*ZZ*${'NORTHGATE'.padEnd(15)}*${day.slice(2)}*1200*U*00401*000000417*0*P*>`,
    `GS*IN*HARBORMED*NORTHGATE*${day}*1200*417*X*004010`,
    'ST*810*0001',
    `BIG*${day}*${INVOICE}**${order}***DI`,
    'CUR*SE*USD',
    `IT1*1*${line.quantity}*${line.unit}*${INVOICED_PRICE}**VN*HM-V330`,
    `REF*LI*${String(line.line)}`,
    `TDS*${cents(line.quantity, INVOICED_PRICE)}`,
    'CTT*1',
    'SE*8*0001',
    'GE*1*417',
    'IEA*1*000000417',
    '',
  ].join('~\n')
}
