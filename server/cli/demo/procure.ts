/** The second half of the demonstration: one implant from its scan in the OR to the invoice that is in the books. */
import { setTimeout as wait } from 'node:timers/promises'
import type { MessageView, Page, ResolveAnswer, TraceView, WorklistView } from '../../../channels/contract/index.ts'
import type { Io } from '../command.ts'
import { ask } from '../engine-api.ts'
import type { EngineAddress } from '../engine-api.ts'
import { booked, known, scanned, storyOf, wayBack } from './telling.ts'

export interface Procured {
  readonly engine: EngineAddress
  /** Address of the sandbox ERP. */
  readonly erp: string
  /** `host:port` of the X12 channel. */
  readonly x12: string
  /** The message of the scan, with its event and documents. */
  readonly scan: MessageView
  readonly io: Io
}

const PATIENCE_MS = 20_000
const SUPPLIER = 'MERIDIAN'
const ITEM = 'IMP-PLATE-6'
/** The contract says 486.00, and implants have no tolerance. */
const INVOICED_PRICE = '498.00'
const INVOICE = 'MO-90117'
const SLIP = 'MO-DN-4471'

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
  /** Keys of the requisitions that it came from. */
  readonly requisitions: readonly string[]
}
interface OrderLine {
  readonly line: number
  readonly quantity: string
  readonly unit: string
  readonly price: string
}

/** Plays it and tells each step. Gives what is missing in the end: nothing, when all is well. */
export async function procure({ engine, erp, x12, scan, io }: Procured): Promise<readonly string[]> {
  io.out('From the scan to the invoice\n')
  const written = scan.events[0]?.deliveries ?? []
  const byKind = (kind: string) => written.find((delivery) => delivery.kind === kind)
  const requisition = byKind('requisition')?.erpRef ?? ''
  io.out(`   ${scanned(scan)}`)
  io.out(`   ${await known(engine, ITEM)}`)
  for (const kind of ['goods-issue', 'requisition']) io.out(`   ${byKind(kind)?.erpRef ?? ''}: ${byKind(kind)?.because ?? ''}.`)
  io.out(`   ${byKind('journal')?.erpRef ?? ''}: ${await booked(erp, byKind('journal')?.key ?? '')}.`)
  const approved = await fetch(`${erp}/sandbox/v1/documents/${requisition}/approve`, { method: 'POST', headers: { 'x-sandbox-user': 'buyer' } })
  if (!approved.ok) throw new Error(`the ERP did not let the buyer approve ${requisition}: ${await approved.text()}`)
  io.out(`   The buyer approves requisition ${requisition} in the ERP: the bridge may not.`)

  const order = await until('the order', async () => {
    const list = await ask<Page<Order>>(engine, 'GET', `/api/system/v1/orders?supplier=${SUPPLIER}&limit=100`)
    return list.ok ? list.body.items.find((each) => each.requisitions.includes(byKind('requisition')?.key ?? '')) : undefined
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
      supplier: SUPPLIER,
      lines: [
        {
          line: '1',
          orderLine: String(line.line),
          item: { code: ITEM },
          quantity: { value: line.quantity, unit: line.unit },
          lot: 'LP06-3407',
          expiry: '2031-09-30',
        },
      ],
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
  for (const line of await storyOf(engine, item.id)) io.out(`     ${line}`)
  const agreed = await ask(engine, 'POST', `/worklist/${String(item.id)}/comment`, {
    by: 'supply.chain',
    text: 'The supplier announced the price for March; the contract follows.',
  })
  if (!agreed.ok) throw new Error(`the comment was not accepted: ${agreed.text}`)
  io.out('   Supply chain comments on it: the supplier announced the price for March.')
  const released = await ask<ResolveAnswer>(engine, 'POST', `/worklist/${String(item.id)}/resolve`, {
    action: 'release',
    by: 'ap.clerk',
    reason: 'Price rise confirmed by supply chain',
    value: null,
    erpRef: null,
  })
  if (!released.ok || released.body.kind !== 'resolved') throw new Error(`it was not released: ${released.ok ? 'refused' : released.text}`)
  await inErp(erp, 'supplier-invoice')
  io.out('   ✓ Accounts payable releases it with a reason: the invoice is in the books, its variance with it.\n')

  const trace = await ask<TraceView>(engine, 'GET', `/trace/${INVOICE}`)
  const path = trace.ok ? wayBack(trace.body, scan.controlId) : []
  if (path.length === 0) return [`the trace of ${INVOICE} does not reach the scan`]
  io.out(`From the invoice ${INVOICE} back to the scan\n\n${path.map((step) => `   ${step}`).join('\n')}\n`)
  return []
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
  const sender = 'MERIDIAN-EDI'.padEnd(15)
  return [
    `ISA*00*${' '.repeat(10)}*00*${' '.repeat(10)}*ZZ*${sender}*ZZ*${'NORTHGATE'.padEnd(15)}*${day.slice(2)}*1200*U*00401*000000417*0*P*>`,
    `GS*IN*MERIDIAN-EDI*NORTHGATE*${day}*1200*417*X*004010`,
    'ST*810*0001',
    `BIG*${day}*${INVOICE}**${order}***DI`,
    'CUR*SE*USD',
    `IT1*1*${line.quantity}*${line.unit}*${INVOICED_PRICE}**VN*MO-7106`,
    `REF*LI*${String(line.line)}`,
    `TDS*${cents(line.quantity, INVOICED_PRICE)}`,
    'CTT*1',
    'SE*8*0001',
    'GE*1*417',
    'IEA*1*000000417',
    '',
  ].join('~\n')
}
