/** Words for what the demonstration shows: the scan, its journal, the story of the exception, the way from the invoice to the scan. */
import type { MessageView, TraceView, WorklistView } from '../../../channels/contract/index.ts'
import { ask } from '../engine-api.ts'
import type { EngineAddress } from '../engine-api.ts'

type Texts = Readonly<Partial<Record<string, string>>>

/** What was scanned in the OR, as the event of its message has it. */
export function scanned({ events }: MessageView): string {
  const { udi, item } = (events[0]?.body ?? {}) as { readonly udi?: Texts; readonly item?: Texts }
  const { di = '', lot = '', serial = '', expiry = '' } = udi ?? {}
  return `The OR documents ${item?.['code'] ?? ''}: UDI-DI ${di}, lot ${lot}, serial ${serial}, expiry ${expiry}.`
}

/** What the item master says of the item. */
export async function known(engine: EngineAddress, item: string): Promise<string> {
  const answer = await ask<{ readonly description: string; readonly ownership: string; readonly status: string; readonly identifiers: readonly Texts[] }>(
    engine,
    'GET',
    `/api/system/v1/items/${item}`,
  )
  if (!answer.ok) throw new Error(`the item ${item} cannot be read: ${answer.text}`)
  const { description, ownership, status, identifiers } = answer.body
  const gtin = identifiers.find(({ scheme }) => scheme === 'gtin')?.['value'] ?? 'unknown'
  return `The item master knows it: ${description}, ${status}, ${ownership}, GTIN ${gtin}, lot required.`
}

/** The lines of a journal as the ERP has them. */
export async function booked(erp: string, key: string): Promise<string> {
  const found = (await (await fetch(`${erp}/sandbox/v1/documents?key=${key}`)).json()) as {
    readonly items: readonly { readonly document: { readonly lines: readonly Texts[] } }[]
  }
  const lines = found.items[0]?.document.lines ?? []
  return lines
    .map(({ side = '', amount = '', account = '', costCentre, serviceLine = '' }) => {
      const bearer = costCentre === undefined ? '' : ` for cost centre ${costCentre}, service line ${serviceLine}`
      return `${side} ${amount} on ${account}${bearer}`
    })
    .join('; ')
}

interface Story {
  readonly origins: readonly string[]
  readonly order: Texts
  readonly requisitions: readonly Texts[]
  readonly receipts: readonly Texts[]
  readonly lines: readonly { readonly prices: { readonly contract: Texts | null } }[]
}

/** What the worklist item tells whoever decides, one line a fact. */
export async function storyOf(engine: EngineAddress, item: number): Promise<readonly string[]> {
  const answer = await ask<Omit<WorklistView, 'story'> & { readonly story: Story }>(engine, 'GET', `/worklist/${String(item)}`)
  if (!answer.ok) throw new Error(`the worklist item ${String(item)} cannot be read: ${answer.text}`)
  const { origins, order, requisitions, receipts, lines } = answer.body.story
  const numbers = requisitions.map(({ number = '' }) => number)
  const received = receipts.map(({ quantity = '', unit = '', lot = '' }) => `${quantity} ${unit} of lot ${lot}`)
  const agreed = lines.map(({ prices: { contract } }) => `${contract?.['price'] ?? 'no price'} until ${contract?.['validTo'] ?? ''}`)
  return [
    `its story: used in ${origins.join(', ')}, requested as ${numbers.join(', ')}, ordered as ${order['number'] ?? ''}`,
    `received ${received.join(', ')}; the supplier's catalogue says ${agreed.join(', ')}`,
  ]
}

/** The shortest way from the invoice's document to the message of the scan, one line a step; empty when there is none. */
export function wayBack({ nodes, edges }: TraceView, controlId: string): readonly string[] {
  const start = nodes.find((node) => node.kind === 'document' && node.label.includes('supplier-invoice'))
  const scan = nodes.find((node) => node.kind === 'message' && node.ref === controlId)
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
