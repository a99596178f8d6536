import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { adoptToken, signIn, signOut, token, user } from './api.ts'
import { Channels } from './channels.tsx'
import { Message, Messages } from './messages.tsx'
import { ProcureToPay } from './procure-to-pay.tsx'
import { Trace } from './trace.tsx'
import { Worklist } from './worklist.tsx'
import './style.css'

const PAGES = [
  ['messages', 'Messages'],
  ['trace', 'Trace'],
  ['worklist', 'Worklist'],
  ['procure-to-pay', 'Procure to pay'],
  ['channels', 'Channels'],
] as const

function route(): { readonly page: string; readonly id: string } {
  const [, page = 'messages', ...rest] = location.hash.split('/')
  try {
    return { page, id: decodeURIComponent(rest.join('/')) }
  } catch {
    return { page, id: '' }
  }
}

function Console() {
  const [at, setAt] = useState(route)
  const [known, setKnown] = useState(token() !== '')
  useEffect(() => {
    const moved = () => setAt(route())
    const left = () => setKnown(false)
    addEventListener('hashchange', moved)
    addEventListener('aqueduct-left', left)
    return () => {
      removeEventListener('hashchange', moved)
      removeEventListener('aqueduct-left', left)
    }
  }, [])
  useEffect(() => {
    document.title = `${PAGES.find(([page]) => page === at.page)?.[1] ?? 'Console'} · Aqueduct`
  }, [at.page])
  if (!known) return <SignIn done={() => setKnown(true)} />
  return (
    <>
      <header>
        <strong class="name">Aqueduct</strong>
        <nav aria-label="Pages">
          {PAGES.map(([page, title]) => (
            <a key={page} href={`#/${page}`} aria-current={at.page === page ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <button
          class="leave"
          onClick={() => {
            signOut()
            setKnown(false)
          }}
        >
          Sign out{user() === '' ? '' : ` ${user()}`}
        </button>
      </header>
      <main>
        {at.page === 'messages' && (at.id === '' ? <Messages /> : <Message key={at.id} id={at.id} />)}
        {at.page === 'trace' && <Trace key={at.id} id={at.id} />}
        {at.page === 'worklist' && <Worklist />}
        {at.page === 'procure-to-pay' && <ProcureToPay key={at.id} id={at.id} />}
        {at.page === 'channels' && <Channels />}
      </main>
    </>
  )
}

function SignIn({ done }: { done(): void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    signIn(String(form.get('token') ?? ''), String(form.get('name') ?? ''))
    done()
  }
  return (
    <main class="sign-in">
      <h1>Aqueduct</h1>
      <form onSubmit={submit}>
        <label>
          Your name, for the trail
          <input name="name" autocomplete="username" maxLength={100} />
        </label>
        <label>
          Token of this engine
          <input name="token" type="password" autocomplete="off" required />
        </label>
        <p class="hint">It is in engine.json in the data directory and is made anew at every start. It stays in this tab.</p>
        <button type="submit">Open</button>
      </form>
    </main>
  )
}

adoptToken()
const page = document.getElementById('page')
if (page) render(<Console />, page)
