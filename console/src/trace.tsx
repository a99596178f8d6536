import { useState } from 'preact/hooks'
import { api } from './api.ts'
import type { TraceView } from './api.ts'
import { Empty, Problem, State, useLook } from './look.tsx'
import { wordsFor } from './words.ts'

const ORDER = ['message', 'correction', 'worklist', 'event', 'delivery', 'document'] as const

/** The chain both ways: from the scan in the room to the journal line, from a lot to the messages. */
export function Trace({ id }: { id: string }) {
  const [text, setText] = useState(id)
  const look = useLook(id, id === '' ? null : () => api.trace(id), false)
  const search = (event: SubmitEvent) => {
    event.preventDefault()
    location.hash = `#/trace/${encodeURIComponent(text.trim())}`
  }
  return (
    <section aria-labelledby="trace-title">
      <h1 id="trace-title">Trace</h1>
      <form class="row" onSubmit={search}>
        <label>
          Any id
          <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} size={40} autocomplete="off" spellcheck={false} required />
        </label>
        <button type="submit">Trace</button>
      </form>
      <p class="hint">Control id, message, event, case, lot, serial, document key, or the ERP’s number of an order or journal. Each trace is audited.</p>
      <Problem text={look.problem} />
      {look.value !== null && <Chain view={look.value} asked={id} />}
    </section>
  )
}

function Chain({ view, asked }: { view: TraceView; asked: string }) {
  const into = (node: string) => view.edges.filter((edge) => edge.to === node)
  const outOf = (node: string) => view.edges.filter((edge) => edge.from === node)
  const nameOf = (node: string) => {
    const found = view.nodes.find((each) => each.id === node)
    return found === undefined ? node : titleOf(found)
  }
  const kinds = ORDER.filter((kind) => view.nodes.some((node) => node.kind === kind))
  if (view.nodes.length === 0) return <Empty>Nothing is known by this id.</Empty>
  return (
    <div class="chain">
      {kinds.map((kind) => (
        <section key={kind} aria-label={wordsFor(kind)}>
          <h2>{wordsFor(kind)}</h2>
          {view.nodes
            .filter((node) => node.kind === kind)
            .map((node) => (
              <article key={node.id} id={`node-${node.id}`} class={`card${node.id === asked || node.ref === asked ? ' asked' : ''}`}>
                <h3>{node.kind === 'message' ? <a href={`#/messages/${node.id}`}>{titleOf(node)}</a> : titleOf(node)}</h3>
                <p>{hasNumber(node) ? labelOf(node) : node.ref !== '' && <State of={node.ref} />}</p>
                <p class="hint">{node.id}</p>
                <ul class="plain hint">
                  {into(node.id).map((edge) => (
                    <li key={`in ${edge.from}`}>
                      ← {nameOf(edge.from)}: {edge.because}
                    </li>
                  ))}
                  {outOf(node.id).map((edge) => (
                    <li key={`out ${edge.to}`}>
                      → {nameOf(edge.to)}: {edge.because}
                    </li>
                  ))}
                </ul>
              </article>
            ))}
        </section>
      ))}
    </div>
  )
}

type Node = TraceView['nodes'][number]

/** Messages and documents go by their number; for the rest `ref` is a state. */
const hasNumber = ({ kind, ref }: Node): boolean => (kind === 'message' || kind === 'document') && ref !== ''
const titleOf = (node: Node): string => (hasNumber(node) ? node.ref : labelOf(node) || node.id)
/** Types and kinds as words; anything else as it is. */
const labelOf = ({ label }: Node): string => (/^[A-Za-z-]+$/.test(label) ? wordsFor(label) : label)
