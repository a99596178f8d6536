/** What a message would become, for reading: acknowledgement, lane, events with the origin of each field, documents, worklist. */
import type { ChannelDefinition, EventView, WorklistView } from '../../channels/contract/index.ts'
import type { RehearsedDocument, RehearsedMessage } from '../rehearsal/index.ts'

/** Envelope fields: the event's address, not its content. */
const ENVELOPE = new Set(['id', 'type', 'version', 'recordedAt', 'source', 'businessKey'])

/** Several lines, no final line end. */
export function explanation(message: RehearsedMessage, channel: ChannelDefinition): string {
  const head = `${message.type === '' ? 'unreadable' : message.type} ${message.controlId === '' ? '(no control id)' : message.controlId}  ${message.name}`
  return [
    head,
    ...reception(message, channel),
    ...message.events.flatMap((event) => [
      '',
      ...eventLines(
        event,
        message.documents.filter((document) => document.event === event.id),
        message.worklist,
      ),
    ]),
    ...(message.events.length > 0 ? [] : message.worklist.flatMap((item) => itemLines(item, '  '))),
  ].join('\n')
}

function reception(message: RehearsedMessage, channel: ChannelDefinition): readonly string[] {
  const { ack, state, fault } = message
  if (message.duplicateOf !== null) return [`  answered ${ack ?? 'nothing yet'}: it repeats message ${message.duplicateOf} and makes no event`]
  const why = fault === null ? '' : `${fault.code}${fault.place === undefined ? '' : ` at ${fault.place}`}: ${fault.text}`
  if (state === 'REJECTED') return [`  refused with ${ack ?? 'AR'}: ${why}`]
  if (state === 'FILTERED')
    return [`  answered ${ack ?? 'AA'} and filtered: ${message.filteredBy === 'accept' ? `accept is false: ${channel.accept ?? ''}` : filters(channel)}`]
  if (state === 'ERROR') return [`  answered ${ack ?? 'AA'}, mapping failed: ${why}`]
  const events = message.events.length === 0 ? 'no rule makes an event of it' : `${message.events.length} event${message.events.length === 1 ? '' : 's'}`
  return [`  answered ${ack ?? 'AA'}, lane ${message.lane}: ${events}`]
}

/** Why no rule made an event. */
function filters(channel: ChannelDefinition): string {
  const rules = channel.map.map(
    ({ id, forEach, when }) =>
      `${id}: ${[forEach === null ? '' : `each ${forEach}`, when === null ? '' : `when ${when}`].filter((part) => part !== '').join(' ')}`,
  )
  return `no rule makes an event of it\n${rules.map((rule) => `    ${rule}`).join('\n')}`
}

function eventLines(event: EventView, documents: readonly RehearsedDocument[], worklist: readonly WorklistView[]): readonly string[] {
  const fields = Object.entries(event.body).filter(([field]) => !ENVELOPE.has(field))
  const rows = fields.map(([field, value]) => [field, brief(value), origin(event, field)] as const)
  const widths = [0, 1].map((i) => Math.min(48, Math.max(0, ...rows.map((row) => (row[i] ?? '').length))))
  const items = worklist.filter((item) => event.waitsFor.includes(item.id) || item.waiters.includes(event.id))
  return [
    `  ${event.type} ${event.id}${event.businessKey === '' ? '' : `  business key ${event.businessKey}`}`,
    ...rows.map(([field, value, from]) => `    ${field.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${from}`.trimEnd()),
    ...documents.flatMap((document) => documentLines(document)),
    ...items.flatMap((item) => itemLines(item, '    ')),
    ...event.waitsFor.filter((one) => typeof one === 'string').map((one) => `    waits ${one.startsWith('event ') ? 'behind' : 'for its time:'} ${one}`),
    ...(documents.length === 0 && items.length === 0 && event.state === 'APPLIED' ? ['    → no document'] : []),
    ...event.deliveries.filter((delivery) => delivery.key === null).map((delivery) => `    → event to ${delivery.destination}`),
  ]
}

function origin(event: EventView, field: string): string {
  const found = event.origin[field]
  if (typeof found !== 'object' || found === null) return ''
  const { path, rule, table, as, default: isDefault } = found as Readonly<Record<string, unknown>>
  const how = [
    typeof table === 'string' ? `table ${table}` : '',
    typeof as === 'string' ? `as ${as}` : '',
    isDefault === true ? 'the rule’s default' : '',
  ].filter((part) => part !== '')
  return `from ${String(path)} by ${String(rule)}${how.length === 0 ? '' : ` (${how.join(', ')})`}`
}

function documentLines(document: RehearsedDocument): readonly string[] {
  const { key, kind, destination, because, body } = document
  const lines = Array.isArray(body['lines']) ? (body['lines'] as readonly unknown[]) : []
  const facts = Object.entries(body).filter(([name]) => !['lines', 'key', 'eventId', 'id', 'kind'].includes(name))
  return [
    `    → ${kind} ${key} to ${destination}: ${because}`,
    `        ${facts.map(([name, value]) => `${name} ${brief(value)}`).join(', ')}`,
    ...lines.map((line) => `        ${lineText(line)}`),
  ]
}

function lineText(line: unknown): string {
  if (typeof line !== 'object' || line === null) return brief(line)
  const { line: number, ...rest } = line as Readonly<Record<string, unknown>>
  return `${number === undefined ? '-' : `line ${brief(number)}`}: ${Object.entries(rest)
    .map(([name, value]) => `${name} ${brief(value)}`)
    .join(', ')}`
}

function itemLines(item: WorklistView, indent: string): readonly string[] {
  return [`${indent}! worklist ${item.kind} ${item.subject}`, `${indent}  ${item.text}`]
}

/** A canonical value in a few words: `2 EA`, `12.50 USD`, `IMP-1 (ITEM)`. */
function brief(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.map(brief).join(' ')
  const parts = value as Readonly<Record<string, unknown>>
  if ('amount' in parts) return `${brief(parts['amount'])} ${brief(parts['currency'] ?? '')}`.trim()
  if ('value' in parts && 'unit' in parts) return `${brief(parts['value'])} ${brief(parts['unit'])}`.trim()
  if ('code' in parts) return `${brief(parts['code'])}${parts['system'] === undefined ? '' : ` (${brief(parts['system'])})`}`
  if ('carrier' in parts)
    return Object.entries(parts)
      .filter(([name]) => name !== 'carrier')
      .map(([name, part]) => `${name} ${brief(part)}`)
      .join(' ')
  return Object.values(parts).map(brief).join(' ')
}
