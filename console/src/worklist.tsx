import { useState } from 'preact/hooks'
import { FAILURES } from '../../channels/contract/failures.ts'
import { api } from './api.ts'
import type { WorklistView } from './api.ts'
import { Empty, Problem, State, TraceLink, useLook } from './look.tsx'
import { moment, wordsFor } from './words.ts'

const ACTIONS = {
  retry: 'Retry: the cause is mended',
  edit: 'Edit: give the value',
  link: 'Link: it is in the ERP already',
  discard: 'Discard: it is not to be done',
} as const
type Action = keyof typeof ACTIONS

/** What waits for a person. */
export function Worklist() {
  const [state, setState] = useState<'open' | 'closed'>('open')
  const [after, setAfter] = useState('')
  const [said, setSaid] = useState<string | null>(null)
  const look = useLook(`${state} ${after}`, () => api.worklist(state, after))
  const choose = (to: 'open' | 'closed') => {
    setState(to)
    setAfter('')
  }
  return (
    <section aria-labelledby="worklist-title">
      <h1 id="worklist-title">Worklist</h1>
      <div class="row" role="group" aria-label="Which items">
        <button aria-pressed={state === 'open'} onClick={() => choose('open')}>
          Open
        </button>
        <button aria-pressed={state === 'closed'} onClick={() => choose('closed')}>
          Closed
        </button>
      </div>
      {said !== null && <p role="status">{said}</p>}
      <Problem text={look.problem} />
      {look.value?.items.length === 0 && <Empty>{state === 'open' ? 'Nothing waits for a person.' : 'Nothing was closed yet.'}</Empty>}
      {look.value?.items.map((item) => (
        <Item
          key={item.id}
          item={item}
          done={(text) => {
            setSaid(text)
            look.again()
          }}
        />
      ))}
      {look.value?.next != null && <button onClick={() => setAfter(look.value?.next ?? '')}>More</button>}
    </section>
  )
}

function Item({ item, done }: { item: WorklistView; done(text: string): void }) {
  const known = FAILURES[item.kind]
  return (
    <article class={`card severity-${item.severity}`}>
      <h2>
        {wordsFor(item.kind)}: {item.subject} <State of={item.state} />
      </h2>
      <p>{item.text}</p>
      <p>
        <strong>
          {item.waiting} {item.waiting === 1 ? 'waits' : 'wait'} for it
        </strong>{' '}
        · {item.severity} · owner {item.owner} · due {moment(item.dueAt)} · since {moment(item.openedAt)}
      </p>
      <p class="hint">What to do: {known.fix}</p>
      {item.waiters.length > 0 && (
        <details>
          <summary>What waits</summary>
          <ul>
            {item.waiters.map((id) => (
              <li key={id}>
                <TraceLink id={id} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {item.resolution === null ? (
        <Resolve item={item} done={done} />
      ) : (
        <p>
          {wordsFor(item.resolution.action)} by {item.resolution.by} at {moment(item.resolution.at)}
          {item.resolution.reason === '' ? '' : `: ${item.resolution.reason}`}
        </p>
      )}
    </article>
  )
}

function Resolve({ item, done }: { item: WorklistView; done(text: string): void }) {
  const [action, setAction] = useState<Action>('retry')
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string) => (form.has(name) ? String(form.get(name)).trim() : null)
    setBusy(true)
    setProblem(null)
    api
      .resolve(item.id, { action, reason: text('reason') ?? '', value: text('value'), erpRef: text('erpRef') })
      .then(
        ({ resumed, rerun }) =>
          done(`Item ${String(item.id)} is closed; ${String(resumed)} went on${rerun.length > 0 ? `, ${String(rerun.length)} mapped again` : ''}.`),
        (error: unknown) => setProblem(error instanceof Error ? error.message : 'It failed.'),
      )
      .finally(() => setBusy(false))
  }
  return (
    <form class="row" onSubmit={submit} aria-label={`Close item ${String(item.id)}`}>
      <label>
        Action
        <select value={action} onChange={(event) => setAction(event.currentTarget.value as Action)}>
          {Object.entries(ACTIONS).map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {action === 'edit' && (
        <label>
          Value
          <input name="value" required autocomplete="off" />
        </label>
      )}
      {action === 'link' && (
        <label>
          Number in the ERP
          <input name="erpRef" required autocomplete="off" />
        </label>
      )}
      <label>
        Reason{action === 'discard' || action === 'link' ? '' : ' (optional)'}
        <input name="reason" required={action === 'discard' || action === 'link'} autocomplete="off" />
      </label>
      <button type="submit" disabled={busy}>
        Close item
      </button>
      <Problem text={problem} />
    </form>
  )
}
