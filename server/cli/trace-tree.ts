/** The chain of a trace as an indented tree, from what has no cause (messages) down to documents. */
import type { TraceNode, TraceView } from '../../channels/contract/index.ts'

/**
 * @param asked what the person asked for: nodes whose id or ref it is are marked with `*`
 * @returns one line a node; a node with several causes is written out under the first and named under the others
 */
export function traceTree(view: TraceView, asked: string): string {
  const nodes = new Map(view.nodes.map((node) => [node.id, node]))
  const edges = view.edges.filter((edge) => nodes.has(edge.from) && nodes.has(edge.to))
  const caused = new Set(edges.map((edge) => edge.to))
  const lines: string[] = []
  const written = new Set<string>()

  const write = (node: TraceNode, because: string, head: string, tail: string): void => {
    const again = written.has(node.id)
    lines.push(`${head}${describe(node, asked)}${because === '' ? '' : ` — ${because}`}${again ? ' (above)' : ''}`)
    if (again) return
    written.add(node.id)
    const below = edges.filter((edge) => edge.from === node.id)
    below.forEach((edge, i) => {
      const child = nodes.get(edge.to)
      const last = i === below.length - 1
      if (child) write(child, edge.because, `${tail}${last ? '└─ ' : '├─ '}`, `${tail}${last ? '   ' : '│  '}`)
    })
  }

  for (const node of view.nodes) if (!caused.has(node.id)) write(node, '', '', '')
  // Only a ring of causes is left, which no trace should hold; still nothing is hidden.
  for (const node of view.nodes) if (!written.has(node.id)) write(node, '', '', '')
  return lines.join('\n')
}

function describe(node: TraceNode, asked: string): string {
  const mark = node.id === asked || node.ref === asked ? '* ' : ''
  const parts = [node.kind, node.id, node.ref === node.id ? '' : node.ref, node.label].filter((part) => part !== '')
  return mark + parts.join('  ')
}
