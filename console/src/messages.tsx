import { useState } from 'preact/hooks'
import { api } from './api.ts'
import type { MessageView } from './api.ts'
import { Empty, Problem, State, TraceLink, useLook } from './look.tsx'
import { moment, outcomeOf, wordsFor } from './words.ts'

const STATES = ['RECEIVED', 'FILTERED', 'REJECTED', 'ERROR', 'WAITING', 'HELD', 'QUEUED', 'SENT', 'CANCELLED']
const NOTHING = { controlId: '', channel: '', state: '', after: '' }

/** What came in and what became of it. */
export function Messages() {
  const [values, setValues] = useState(NOTHING)
  const look = useLook(JSON.stringify(values), () => api.messages(values), values.after === '')
  const channels = useLook('channels', api.channels, false)
  const search = (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string) => String(form.get(name) ?? '').trim()
    setValues({ controlId: text('controlId'), channel: text('channel'), state: text('state'), after: '' })
  }
  return (
    <section aria-labelledby="messages-title">
      <h1 id="messages-title">Messages</h1>
      <form class="row" onSubmit={search}>
        <label>
          Control id
          <input name="controlId" type="search" autocomplete="off" spellcheck={false} />
        </label>
        <label>
          Channel
          <select name="channel">
            <option value="">all</option>
            {channels.value?.items.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          State
          <select name="state">
            <option value="">all</option>
            {STATES.map((state) => (
              <option key={state} value={state}>
                {state.toLowerCase()}
              </option>
            ))}
          </select>
        </label>
        <button type="submit">Search</button>
      </form>
      <p class="hint">Looking for a case, lot, serial, order or journal number? Use Trace: it finds a message by any id.</p>
      <Problem text={look.problem} />
      {look.value?.items.length === 0 && <Empty>No message fits.</Empty>}
      {look.value !== null && look.value.items.length > 0 && (
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">Received</th>
                <th scope="col">Channel</th>
                <th scope="col">Control id</th>
                <th scope="col">Type</th>
                <th scope="col">Ack</th>
                <th scope="col">State</th>
                <th scope="col">What became of it</th>
              </tr>
            </thead>
            <tbody>
              {look.value.items.map((message) => (
                <tr key={message.id}>
                  <td>{moment(message.receivedAt)}</td>
                  <td>{message.channel}</td>
                  <td>
                    <a href={`#/messages/${message.id}`}>{message.controlId || message.id}</a>
                  </td>
                  <td>{message.type}</td>
                  <td>{message.ack?.code ?? '–'}</td>
                  <td>
                    <State of={message.state} />
                  </td>
                  <td>{message.fault?.text ?? outcomeOf(message.events)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="row">
        {values.after !== '' && <button onClick={() => setValues({ ...values, after: '' })}>Newest</button>}
        {look.value?.next != null && <button onClick={() => setValues({ ...values, after: look.value?.next ?? '' })}>Older</button>}
      </p>
    </section>
  )
}

/** One message: events, the documents made of them, and where each value came from. Looking at it is audited, so it is asked once. */
export function Message({ id }: { id: string }) {
  const look = useLook(id, () => api.message(id), false)
  const [said, setSaid] = useState<string | null>(null)
  const replay = () => {
    if (!confirm('Map this message again under the active configuration? What was sent already keeps its keys.')) return
    api.replay(id).then(
      ({ events }) => {
        setSaid(`Mapped again: ${String(events)} ${events === 1 ? 'event' : 'events'}.`)
        look.again()
      },
      (error: unknown) => setSaid(error instanceof Error ? error.message : 'It failed.'),
    )
  }
  const message = look.value
  return (
    <section aria-labelledby="message-title">
      <p>
        <a href="#/messages">← Messages</a>
      </p>
      <h1 id="message-title">Message {message?.controlId ?? id}</h1>
      <Problem text={look.problem} />
      {said !== null && <p role="status">{said}</p>}
      {message !== null && (
        <>
          <dl class="facts">
            <dt>State</dt>
            <dd>
              <State of={message.state} />
            </dd>
            <dt>Channel</dt>
            <dd>{message.channel}</dd>
            <dt>Type</dt>
            <dd>{message.type}</dd>
            <dt>Received</dt>
            <dd>{moment(message.receivedAt)}</dd>
            <dt>Acknowledged</dt>
            <dd>{message.ack === null ? 'not yet' : `${message.ack.code} at ${moment(message.ack.at)}`}</dd>
            <dt>Lane</dt>
            <dd>{message.lane || '–'}</dd>
            <dt>Configuration</dt>
            <dd>
              {message.acceptedConfig}
              {message.runConfig !== message.acceptedConfig && `, last run under ${message.runConfig}`}
            </dd>
          </dl>
          {message.fault !== null && (
            <p class="problem">
              {message.fault.code}
              {message.fault.place === undefined ? '' : ` at ${message.fault.place}`}: {message.fault.text}
            </p>
          )}
          <p class="row">
            <button onClick={look.again}>Look again</button>
            <button onClick={replay}>Replay</button>
            <TraceLink id={message.id}>Trace</TraceLink>
          </p>
          {message.events.length === 0 ? <Empty>It made no event.</Empty> : message.events.map((event) => <Event key={event.id} event={event} />)}
        </>
      )}
    </section>
  )
}

function Event({ event }: { event: MessageView['events'][number] }) {
  return (
    <article class="card">
      <h2>
        {wordsFor(event.type)} <State of={event.state} />
      </h2>
      <p class="hint">
        {event.id}
        {event.case === '' ? '' : ` · case ${event.case}`}
      </p>
      {event.waitsFor.length > 0 && (
        <p>
          Waits for <a href="#/worklist">{event.waitsFor.map((each) => (typeof each === 'number' ? `worklist item ${String(each)}` : each)).join(', ')}</a>
        </p>
      )}
      <ul class="plain">
        {event.deliveries.map((delivery) => (
          <li key={delivery.id}>
            <State of={delivery.state} /> {wordsFor(delivery.kind)} to {delivery.destination}
            {delivery.erpRef !== null && (
              <>
                {' as '}
                <TraceLink id={delivery.erpRef}>
                  <strong>{delivery.erpRef}</strong>
                </TraceLink>
              </>
            )}
            {delivery.because !== '' && <span class="hint"> {delivery.because}</span>}
            {delivery.failure !== null && (
              <p class="problem">
                {delivery.failure.code}: {delivery.failure.text} ({delivery.attempts} {delivery.attempts === 1 ? 'attempt' : 'attempts'})
              </p>
            )}
          </li>
        ))}
      </ul>
      <details>
        <summary>Values, and where each came from</summary>
        <dl class="facts">
          {Object.entries(event.body).map(([field, value]) => (
            <>
              <dt key={field}>{field}</dt>
              <dd>
                <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code> <span class="hint">{placeOf(event.origin[field])}</span>
              </dd>
            </>
          ))}
        </dl>
      </details>
    </article>
  )
}

function placeOf(origin: unknown): string {
  if (typeof origin !== 'object' || origin === null || !('path' in origin)) return ''
  const table = 'table' in origin ? ` by table ${String(origin.table)}` : ''
  return `from ${String(origin.path)}${table}${'default' in origin ? ' (default)' : ''}`
}
