/** Asking again and again, and the small things that every page shows. */
import type { ComponentChildren } from 'preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { Refused, signOut } from './api.ts'
import { toneOf } from './words.ts'

const EVERY_MS = 5000

export interface Look<Value> {
  readonly value: Value | null
  readonly problem: string | null
  again(): void
}

/** Asks now, whenever `key` changes, and every five seconds while the tab is seen. `ask` null: nothing to ask. A late answer to an old question is dropped. */
export function useLook<Value>(key: string, ask: (() => Promise<Value>) | null, repeat = true): Look<Value> {
  const [state, setState] = useState<{ key: string; value: Value | null; problem: string | null }>({ key, value: null, problem: null })
  const current = useRef({ key, ask })
  current.current = { key, ask }
  const again = useCallback(() => {
    const { key: asked, ask: now } = current.current
    if (now === null) return
    now().then(
      (value) => current.current.key === asked && setState({ key: asked, value, problem: null }),
      (error: unknown) => {
        if (error instanceof Refused && error.status === 401) return leave()
        if (current.current.key === asked)
          setState((last) => ({ key: asked, value: last.key === asked ? last.value : null, problem: error instanceof Error ? error.message : 'It failed.' }))
      },
    )
  }, [])
  useEffect(() => {
    again()
    if (!repeat) return
    const timer = setInterval(() => document.visibilityState === 'visible' && again(), EVERY_MS)
    return () => clearInterval(timer)
  }, [key, again, repeat])
  return { value: state.key === key ? state.value : null, problem: state.key === key ? state.problem : null, again }
}

function leave(): void {
  signOut()
  dispatchEvent(new Event('aqueduct-left'))
}

export function State({ of }: { of: string }) {
  return <span class={`state ${toneOf(of)}`}>{of.toLowerCase()}</span>
}

export function Problem({ text }: { text: string | null }) {
  return text === null ? null : (
    <p class="problem" role="alert">
      {text}
    </p>
  )
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>
}

/** Leads to what else is known of an id. */
export function TraceLink({ id, children }: { id: string; children?: ComponentChildren }) {
  return <a href={`#/trace/${encodeURIComponent(id)}`}>{children ?? id}</a>
}
