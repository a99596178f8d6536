/** What is known of one item: its story, what was said about it, and who has it. */
import { useState } from 'preact/hooks'
import { api, user } from './api.ts'
import type { WorklistView } from './api.ts'
import { Empty, Problem, TraceLink, useLook } from './look.tsx'
import { moment, wordsFor } from './words.ts'

/** Asked for when it is opened: lists come without stories. */
export function Story({ id, open }: { id: number; open: boolean }) {
  const look = useLook(`item ${String(id)}`, () => api.worklistItem(id), false)
  const item = look.value
  return (
    <>
      <Problem text={look.problem} />
      {item !== null && <Told value={item.story ?? {}} />}
      {item !== null && item.waiters.length > 0 && (
        <>
          <h3>What waits</h3>
          <ul>
            {item.waiters.map((waiter) => (
              <li key={waiter}>
                <TraceLink id={waiter} />
              </li>
            ))}
          </ul>
        </>
      )}
      {item !== null && <Comments item={item} open={open} again={look.again} />}
    </>
  )
}

function Told({ value }: { value: Readonly<Record<string, unknown>> }) {
  const members = Object.entries(value).filter(([, each]) => !isEmpty(each))
  if (members.length === 0) return null
  return (
    <dl class="story">
      {members.map(([name, each]) => (
        <div key={name}>
          <dt>{wordsFor(name)}</dt>
          <dd>
            <Value of={each} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Value({ of }: { of: unknown }) {
  if (Array.isArray(of)) {
    return (
      <ul>
        {of.map((each, n) => (
          <li key={n}>
            <Value of={each} />
          </li>
        ))}
      </ul>
    )
  }
  if (typeof of === 'object' && of !== null) return <Told value={of as Readonly<Record<string, unknown>>} />
  return <>{typeof of === 'string' || typeof of === 'number' || typeof of === 'boolean' ? String(of) : ''}</>
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

function Comments({ item, open, again }: { item: WorklistView; open: boolean; again(): void }) {
  const [problem, setProblem] = useState<string | null>(null)
  const say = (body: { text: string; assignee: string | null }, form?: HTMLFormElement) => {
    setProblem(null)
    api.comment(item.id, body).then(
      () => {
        form?.reset()
        again()
      },
      (error: unknown) => setProblem(error instanceof Error ? error.message : 'It failed.'),
    )
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const given = new FormData(form)
    const to = String(given.get('to') ?? '').trim()
    say({ text: String(given.get('text') ?? '').trim(), assignee: to === '' ? null : to }, form)
  }
  const comments = item.comments ?? []
  return (
    <>
      <h3>Comments</h3>
      {comments.length === 0 && <Empty>Nothing was said yet.</Empty>}
      <ul class="plain">
        {comments.map(({ at, by, text }) => (
          <li key={`${at} ${by}`}>
            <span class="hint">
              {moment(at)} {by}
            </span>{' '}
            {text}
          </li>
        ))}
      </ul>
      {open && (
        <form class="row" onSubmit={submit} aria-label={`Comment on item ${String(item.id)}`}>
          <label>
            Comment, without patient data
            <input name="text" maxLength={2000} autocomplete="off" />
          </label>
          <label>
            Give it to (optional)
            <input name="to" maxLength={100} autocomplete="off" />
          </label>
          <button type="submit">Say</button>
          {user() !== '' && item.assignee !== user() && (
            <button type="button" onClick={() => say({ text: '', assignee: user() })}>
              Take it
            </button>
          )}
          <Problem text={problem} />
        </form>
      )}
    </>
  )
}
