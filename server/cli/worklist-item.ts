/** A worklist item as text: in a line of the list, and whole with its story. */
import { FAILURES } from '../../channels/contract/index.ts'
import type { ResolveOp, WorklistView } from '../../channels/contract/index.ts'

const HOW: Readonly<Record<ResolveOp['action'], string>> = {
  retry: 'retry',
  edit: 'edit --value V',
  link: 'link --erp-ref R --reason WORDS',
  discard: 'discard --reason WORDS',
  release: 'release --reason WORDS --by WHO',
}

/** An item in a few lines. */
export function describe(item: WorklistView): string {
  const waiting = item.waiting === 1 ? '1 thing waits' : `${item.waiting} things wait`
  const stake = stakeOf(item)
  const lines = [
    `item ${item.id}  ${item.kind}  ${item.subject}  ${item.severity}${stake === '' ? '' : `  ${stake}`}`,
    `  ${item.text}`,
    `  fix: ${FAILURES[item.kind]?.fix ?? 'see the runbook of this kind'}`,
    ...(item.actions === undefined ? [] : [`  can: aqueduct resolve ${item.id} ${item.actions.map((action) => HOW[action]).join(' | ')}`]),
    `  owner ${item.owner}${item.assignee ? `, with ${item.assignee}` : ''}, opened ${item.openedAt}, due ${item.dueAt}${escalation(item)}; ${waiting}`,
    ...item.waiters.slice(0, 3).map((id) => `    ${id}`),
  ]
  if (item.waiters.length > 3) lines.push(`    and ${item.waiting - 3} more`)
  if (item.resolution !== null)
    lines.push(
      `  closed by ${item.resolution.by} at ${item.resolution.at}: ${item.resolution.action}${item.resolution.reason === '' ? '' : `, ${item.resolution.reason}`}`,
    )
  return lines.join('\n')
}

/** An item with everything that is known of it. */
export function describeWhole(item: WorklistView): string {
  const parts = [describe(item)]
  if (item.waiters.length > 3) parts.push(['what waits', ...item.waiters.map((id) => `  ${id}`)].join('\n'))
  const story = Object.entries(item.story ?? {})
  if (story.length > 0) parts.push(['story', ...story.flatMap(([name, value]) => tree(name, value, 1))].join('\n'))
  const comments = item.comments ?? []
  if (comments.length > 0) parts.push(['comments', ...comments.map(({ at, by, text }) => `  ${at}  ${by}: ${text.replaceAll('\n', '\n    ')}`)].join('\n'))
  return parts.join('\n\n')
}

function stakeOf(item: WorklistView): string {
  const parts = [
    item.money ? `${item.money.amount} ${item.money.currency} at stake` : '',
    item.care > 0 ? `care ${String(item.care)}` : '',
    item.supply > 0 ? `supply ${String(item.supply)}` : '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function escalation({ escalated }: WorklistView): string {
  if (!escalated) return ''
  return escalated === 1 ? ', escalated once' : `, escalated ${String(escalated)} times`
}

/** Names with their values, what is inside them below and to the right; `unitPrice` as “unit price”. */
function tree(name: string, value: unknown, depth: number): readonly string[] {
  const start = `${'  '.repeat(depth)}${words(name)}`
  if (value === null || value === undefined || value === '') return []
  if (Array.isArray(value)) {
    if (value.length === 0) return []
    if (value.every((each) => typeof each !== 'object' || each === null)) return [`${start}: ${value.map(String).join(', ')}`]
    return [start, ...value.flatMap((each, n) => tree(String(n + 1), each, depth + 1))]
  }
  if (typeof value === 'object') {
    const inner = Object.entries(value).flatMap(([key, each]) => tree(key, each, depth + 1))
    return inner.length === 0 ? [] : [start, ...inner]
  }
  return [`${start}: ${typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''}`]
}

function words(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
}
