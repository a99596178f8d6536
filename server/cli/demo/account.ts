/** The readable account of one message, and whether it is complete: every event, every document, each with its ERP number. */
import type { EventView, MessageView } from '../../../channels/contract/index.ts'
import type { Sample } from './samples.ts'

/** One document as the sandbox ERP tells of it. */
export type FindDocuments = (key: string) => Promise<readonly unknown[]>

/** What is not as it should be; empty when the account is complete. */
export async function gaps(sample: Sample, message: MessageView, find: FindDocuments): Promise<readonly string[]> {
  const found: string[] = []
  if (message.events.length !== sample.events.length) found.push(`${message.events.length} events, expected ${sample.events.length}`)
  for (const [i, expected] of sample.events.entries()) {
    const event = message.events[i]
    if (event === undefined) continue
    if (event.type !== expected.type) found.push(`event ${i + 1} is ${event.type}, expected ${expected.type}`)
    const kinds = event.deliveries.map((delivery) => delivery.kind).sort()
    if (kinds.join() !== [...expected.documents].sort().join())
      found.push(`event ${i + 1} has ${kinds.join(', ') || 'no document'}, expected ${expected.documents.join(', ')}`)
    for (const { key, kind, state, erpRef } of event.deliveries) {
      if (state !== 'SENT' || erpRef === null || key === null) found.push(`${kind} ${key ?? ''} is ${state}${erpRef === null ? ' without an ERP number' : ''}`)
      else {
        const there = (await find(key)).length
        if (there !== 1) found.push(`the ERP holds ${there} documents with key ${key}`)
      }
    }
  }
  return found
}

/** Several lines: message → events → documents. */
export function account(n: number, sample: Sample, message: MessageView): string {
  const head = `${n}. ${sample.about}\n   ${sample.channel}/messages/${sample.file}  control id ${message.controlId}  answered ${message.ack?.code ?? '-'}\n   message ${message.id}  ${message.state}`
  if (message.events.length === 0) return `${head}\n   └─ no event: nothing of it is a cost or a supply`
  return [head, ...message.events.flatMap((event, i) => eventLines(event, i === message.events.length - 1))].join('\n')
}

function eventLines(event: EventView, last: boolean): readonly string[] {
  const tail = last ? '   ' : '│  '
  const documents = event.deliveries.map((delivery, i) => {
    const branch = i === event.deliveries.length - 1 ? '└─' : '├─'
    return `   ${tail}${branch} ${delivery.kind.padEnd(14)} ${(delivery.erpRef ?? delivery.state).padEnd(12)} key ${delivery.key ?? '-'}  ${delivery.because}`
  })
  return [`   ${last ? '└─' : '├─'} ${event.type}  ${what(event)}  ${event.id}`, ...documents]
}

/** `4 EA SUT-VIC-30 (case CASE-26-0302-01)` */
function what(event: EventView): string {
  const part = (field: string, name: string): string => {
    const value = event.body[field]
    if (typeof value === 'string') return value
    const found: unknown = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
    return typeof found === 'string' ? found : ''
  }
  const amount = [part('amount', 'amount'), part('amount', 'currency')].filter((text) => text !== '').join(' ')
  const words = [
    part('quantity', 'value'),
    part('quantity', 'unit'),
    part('item', 'code') || part('charge', 'code'),
    amount === '' ? '' : `for ${amount}`,
    part('case', '') === '' ? '' : `(case ${part('case', '')})`,
  ]
  return words.filter((word) => word !== '').join(' ')
}
