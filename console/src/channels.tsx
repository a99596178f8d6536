import { useState } from 'preact/hooks'
import { api } from './api.ts'
import type { ChannelStatus } from './api.ts'
import { Empty, Problem, State, useLook } from './look.tsx'
import { moment } from './words.ts'

/** What each state offers. */
const OFFERS: Readonly<Record<ChannelStatus['state'], readonly ('start' | 'pause' | 'stop')[]>> = {
  running: ['pause', 'stop'],
  paused: ['start', 'stop'],
  stopped: ['start'],
}

/** Channels and destinations: what runs, what is stuck. */
export function Channels() {
  const look = useLook('channels', api.channels)
  const destinations = useLook('destinations', api.destinations)
  const [problem, setProblem] = useState<string | null>(null)
  const set = (name: string, action: 'start' | 'pause' | 'stop') => {
    if (action === 'stop' && !confirm(`Stop ${name}? Senders will find its port closed until it is started.`)) return
    setProblem(null)
    api.setChannel(name, action).then(look.again, (error: unknown) => setProblem(error instanceof Error ? error.message : 'It failed.'))
  }
  return (
    <section aria-labelledby="channels-title">
      <h1 id="channels-title">Channels</h1>
      {look.value !== null && <p class="hint">Configuration {look.value.configuration}</p>}
      <Problem text={problem ?? look.problem ?? destinations.problem} />
      {look.value?.items.length === 0 && <Empty>The configuration has no channels.</Empty>}
      {look.value?.items.map((channel) => (
        <article key={channel.name} class="card">
          <h2>
            {channel.name} <State of={channel.state} />
          </h2>
          <p>{channel.about}</p>
          <p class="hint">
            owner {channel.owner} · {channel.taken} messages since start · last {channel.lastMessageAt === null ? 'none' : moment(channel.lastMessageAt)}
          </p>
          <ul class="plain hint">
            {channel.listeners.map((listener) => (
              <li key={listener.port}>
                {listener.type} on {listener.host}:{listener.port}, {listener.connections} connected
              </li>
            ))}
          </ul>
          <div class="row" role="group" aria-label={channel.name}>
            {OFFERS[channel.state].map((action) => (
              <button key={action} onClick={() => set(channel.name, action)}>
                {action.charAt(0).toUpperCase() + action.slice(1)}
              </button>
            ))}
          </div>
        </article>
      ))}
      <h1>Destinations</h1>
      {destinations.value?.items.map((destination) => (
        <article key={destination.name} class="card">
          <h2>
            {destination.name}{' '}
            <span class={`state ${destination.breaker === 'closed' ? 'good' : 'bad'}`}>{destination.breaker === 'closed' ? 'taking' : 'given a rest'}</span>
          </h2>
          <p class="hint">
            {destination.type} · {destination.inFlight} on the way · {destination.blockedLanes} lanes blocked
          </p>
        </article>
      ))}
    </section>
  )
}
