import { useState } from 'preact/hooks'
import { FAILURES } from '../../channels/contract/failures.ts'
import { api } from './api.ts'
import type { WorklistView } from './api.ts'
import { Empty, Problem, State, useLook } from './look.tsx'
import { Story } from './worklist-story.tsx'
import { moment, wordsFor } from './words.ts'

const ACTIONS = {
  retry: 'Retry: the cause is mended',
  edit: 'Edit: give the value',
  link: 'Link: it is in the ERP already',
  discard: 'Discard: it is not to be done',
  release: 'Release: it goes on as it is, on my word',
} as const
const NEEDS_REASON: readonly string[] = ['discard', 'link', 'release']
type Action = keyof typeof ACTIONS

/** What waits for a person. */
export function Worklist() {
  const [state, setState] = useState<'open' | 'closed'>('open')
  const [after, setAfter] = useState('')
  const [said, setSaid] = useState<string | null>(null)
  const [owner, setOwner] = useState('')
  const [severity, setSeverity] = useState('')
  const look = useLook(`${state} ${after} ${owner} ${severity}`, () => api.worklist({ state, after, owner, severity }))
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
        <label>
          Severity
          <select
            value={severity}
            onChange={(event) => {
              setSeverity(event.currentTarget.value)
              setAfter('')
            }}
          >
            <option value="">any</option>
            <option value="high">high</option>
            <option value="normal">normal</option>
            <option value="low">low</option>
          </select>
        </label>
        <label>
          Owner
          <input
            type="search"
            value={owner}
            onChange={(event) => {
              setOwner(event.currentTarget.value.trim())
              setAfter('')
            }}
            autocomplete="off"
          />
        </label>
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
  const [opened, setOpened] = useState(false)
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
        · {item.severity}
        {item.money === null ? '' : ` · ${item.money.amount} ${item.money.currency} at stake`}
        {item.care > 0 ? ` · care ${String(item.care)}` : ''}
        {item.supply > 0 ? ` · supply ${String(item.supply)}` : ''} · owner {item.owner}
        {item.assignee === '' ? ' · nobody has it yet' : ` · with ${item.assignee}`} · due {moment(item.dueAt)}
        {item.escalated > 0 ? ` · escalated ${String(item.escalated)}×` : ''} · since {moment(item.openedAt)}
      </p>
      <p class="hint">What to do: {known.fix}</p>
      <details onToggle={(event) => setOpened(event.currentTarget.open)}>
        <summary>Story and comments</summary>
        {opened && <Story id={item.id} open={item.state === 'open'} />}
      </details>
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
  const [action, setAction] = useState<Action>(item.actions?.[0] ?? 'retry')
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
          {Object.entries(ACTIONS)
            .filter(([name]) => item.actions === undefined || item.actions.includes(name as Action))
            .map(([name, words]) => (
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
        Reason{NEEDS_REASON.includes(action) ? '' : ' (optional)'}
        <input name="reason" required={NEEDS_REASON.includes(action)} autocomplete="off" />
      </label>
      <button type="submit" disabled={busy}>
        Close item
      </button>
      <Problem text={problem} />
    </form>
  )
}
