/**
 * From a scan in the operating room to an invoice in the books, step by step. Each step does something as its person or system would
 * and waits for what it must lead to; a hazard may strike while it does. Every action is safe to repeat, as it is in life: a sender
 * that got no answer sends again.
 */
import { CODES, message, messages, process, sendHl7, sendX12, system, trace, worklist } from './hospital.ts'
import type { Hospital } from './hospital.ts'

/** Strikes while a step is done: kills what it likes and has it up again when it resolves. */
export type Hazard = (step: string, hospital: Hospital) => Promise<void>

const PATIENCE_MS = 60_000
const WAIT_MS = 50

/** Repeats until it gives something; failures on the way are what a killed process looks like. */
async function insist<T>(what: string, attempt: () => Promise<T | null | undefined>): Promise<T> {
  let last = 'nothing came'
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    try {
      const value = await attempt()
      if (value !== null && value !== undefined) return value
    } catch (error) {
      last = error instanceof Error ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}` : String(error)
    }
    await new Promise((wake) => setTimeout(wake, WAIT_MS))
  }
  throw new Error(`${what}: not within a minute (${last})`)
}

interface OrderView {
  readonly purchaseOrder: string
  readonly number: string
  readonly state: string
}

export interface Played {
  readonly requisition: string
  readonly order: string
  readonly invoice: string
  /** Keys of every document that the engine made, by kind. */
  readonly documents: readonly { readonly kind: string; readonly key: string; readonly state: string }[]
  /** Labels of the nodes that lead from the invoice to the scan. */
  readonly chain: readonly string[]
  readonly story: Readonly<Record<string, unknown>>
}

const DAY = new Date().toISOString().slice(0, 10)
const STAMP = DAY.replaceAll('-', '')

export const USAGE = [
  `MSH|^~\\&|PERIOP|NORTHGATE|AQUEDUCT|NORTHGATE|${STAMP}100000||DFT^P03^DFT_P03|SEED-1|P|2.5.1`,
  `EVN|P03|${STAMP}100000`,
  'PID|1||ZZ100234^^^NGH^MR||TESTPERSON^ADA||19610412|F||||||||||ACC-1^^^NGH^AN',
  `FT1|1|SEED-1-1||${STAMP}||CG|${CODES.item}^HIP STEM 12^L|||1|||7010^OR||||||||||||27130^TOTAL HIP ARTHROPLASTY^C4`,
  `ZPA|1|${CODES.location}|U|EA|(01)${CODES.gtin}(17)301130(10)${CODES.lot}||||CASE-1`,
  '',
].join('\r')

/** An 810 of 4010 for two stems at ten dollars more than the order says. */
export function invoice810(order: string, number: string): string {
  const isa = [
    'ISA',
    '00',
    ' '.repeat(10),
    '00',
    ' '.repeat(10),
    'ZZ',
    'NORTHIMP'.padEnd(15),
    'ZZ',
    'HOSPITAL'.padEnd(15),
    STAMP.slice(2),
    '1200',
    'U',
    '00401',
  ]
  return [
    `${isa.join('*')}*000000905*0*P*>`,
    `GS*IN*NORTHIMP*HOSPITAL*${STAMP}*1200*905*X*004010`,
    'ST*810*0001',
    `BIG*${STAMP}*${number}**${order}`,
    'CUR*SE*USD',
    `IT1*1*2*EA*1860**VN*NI-12*IN*${CODES.item}`,
    'TDS*372000',
    'CTT*1',
    'SE*7*0001',
    'GE*1*905',
    'IEA*1*000000905',
    '',
  ].join('~\n')
}

/** Documents of a message with their delivery's state. */
async function documentsOf(
  hospital: Hospital,
): Promise<readonly { readonly kind: string; readonly key: string; readonly state: string; readonly reference: string }[]> {
  return (await messages(hospital)).flatMap((each) =>
    each.events.flatMap((event) =>
      event.deliveries.flatMap((delivery) =>
        delivery.key === null ? [] : [{ kind: delivery.kind, key: delivery.key, state: delivery.state, reference: delivery.erpRef ?? '' }],
      ),
    ),
  )
}

async function sent(hospital: Hospital, kind: string): Promise<string> {
  return insist(`${kind} in the ERP`, async () => (await documentsOf(hospital)).find((each) => each.kind === kind && each.state === 'SENT')?.reference)
}

/** Plays it all. `tell` hears the steps. */
export async function play(hospital: Hospital, hazard: Hazard, tell: (text: string) => void = () => undefined): Promise<Played> {
  const step = async <T>(name: string, action: () => Promise<T>): Promise<T> => {
    const [value] = await Promise.all([action(), hazard(name, hospital)])
    tell(name)
    return value
  }

  const requisition = await step('an implant is documented', async () => {
    await insist('acknowledgement of the scan', async () => ((await sendHl7(hospital, USAGE)) === 'AA' ? true : null))
    await sent(hospital, 'goods-issue')
    await sent(hospital, 'journal')
    return sent(hospital, 'requisition')
  })

  const order = await step('the buyer approves and orders', () => insist('the order', () => hospital.erp.order(requisition)))
  const known = await step('the order is known', () =>
    insist('the order from the ERP', async () => {
      const { items } = await system<{ readonly items: readonly OrderView[] }>(hospital, `/orders?number=${encodeURIComponent(order)}`)
      return items[0]
    }),
  )

  await step('goods are received', async () => {
    await insist('acceptance of the receipt', () =>
      process(hospital, '/procure-to-pay/receipts', 'PS-1', {
        occurredAt: DAY,
        number: 'PS-1',
        order,
        supplier: CODES.supplier,
        lines: [{ line: '1', orderLine: '1', item: { code: CODES.item }, quantity: { value: '2', unit: 'EA' }, lot: 'H-99', expiry: '2030-11-30' }],
      }),
    )
    await sent(hospital, 'goods-receipt')
  })

  const number = 'INV-7001'
  const item = await step('the supplier invoices ten dollars too much', async () => {
    await insist('997 for the invoice', async () => {
      const answer = await sendX12(hospital, invoice810(order, number))
      if (answer.status >= 300 || !answer.text.includes('AK5*A')) throw new Error(`${String(answer.status)} ${answer.text}`)
      return true
    })
    return insist('the exception', async () => (await worklist(hospital)).find((each) => each.kind === 'INVOICE_PRICE'))
  })
  const whole = await insist('the story', () => hospital.engine().get<{ readonly story?: Readonly<Record<string, unknown>> }>(`/worklist/${String(item.id)}`))

  await step('a person releases it', async () => {
    await insist('the release', async () => {
      const open = (await worklist(hospital)).find((each) => each.kind === 'INVOICE_PRICE')
      if (open !== undefined)
        await hospital.engine().post(`/worklist/${String(open.id)}/resolve`, { action: 'release', by: 'ap.clerk', reason: 'price rise agreed by the buyer' })
      return (await worklist(hospital)).some((each) => each.kind === 'INVOICE_PRICE') ? null : true
    })
    await sent(hospital, 'supplier-invoice')
  })
  await step('it is in the books', () =>
    insist('the posted invoice', async () => {
      const booked = await hospital.erp.invoiced(number)
      return booked?.posted === true ? booked : null
    }),
  )

  const view = await insist('the trace', () => trace(hospital, number))
  const first = await insist('the scan', () => message(hospital, 'SEED-1'))
  const chain = reach(view, number)
  if (!view.nodes.some((node) => node.id === first.id))
    throw new Error(`the trace of ${number} does not reach ${first.id}: ${JSON.stringify(view).slice(0, 3000)}`)
  return { requisition, order: known.number, invoice: number, documents: await documentsOf(hospital), chain, story: whole.story ?? {} }
}

function reach(view: { readonly nodes: readonly { readonly kind: string; readonly id: string; readonly ref: string }[] }, _from: string): readonly string[] {
  return view.nodes.map((node) => `${node.kind} ${node.ref}`)
}

/** What must hold afterwards: everything sent, each document once in the ERP, nothing left on a worklist. */
export async function account(hospital: Hospital, played: Played): Promise<readonly string[]> {
  const faults: string[] = []
  for (const { kind, key, state } of played.documents) {
    if (state !== 'SENT') faults.push(`${kind} ${key} is ${state}`)
    const count = await hospital.erp.count(kind, key)
    if (count !== 1) faults.push(`${kind} ${key} is ${String(count)} times in the ERP`)
  }
  const kinds = played.documents.map((each) => each.kind).sort()
  const expected = ['goods-issue', 'goods-receipt', 'journal', 'requisition', 'supplier-invoice']
  if (kinds.join() !== expected.join()) faults.push(`documents: ${kinds.join(', ')}; expected ${expected.join(', ')}`)
  for (const item of await worklist(hospital)) faults.push(`left on the worklist: ${item.kind} ${item.subject}`)
  const { items } = await system<{ readonly items: readonly { readonly onHand: string; readonly onOrder: string }[] }>(hospital, `/stock?item=${CODES.item}`)
  const stock = items[0]
  if (stock?.onHand !== '4' || stock.onOrder !== '0') faults.push(`stock: on hand ${stock?.onHand ?? '-'}, on order ${stock?.onOrder ?? '-'}; expected 4 and 0`)
  return faults
}
