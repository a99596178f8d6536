/** What a person is told about a configuration that was just applied: what it does not change, and what it leaves behind. Pure. */
import type { Configuration, Issue } from '../contract/index.ts'

const WHERE = { line: 1, column: 1, level: 'warning' } as const

/** Settings of engine.yaml that a running engine keeps: said, so that nobody waits for them. */
export function untilRestart(before: Configuration, after: Configuration): readonly Issue[] {
  const settings = ({ engine }: Configuration) => ({
    installation: engine.installation,
    api: engine.api,
    'store.url': engine.store.url,
    dedupe: engine.dedupeDays,
    limits: engine.limits,
  })
  const was = settings(before)
  return Object.entries(settings(after)).flatMap(([name, value]): Issue[] => {
    if (JSON.stringify(value) === JSON.stringify(was[name as keyof typeof was])) return []
    return [{ ...WHERE, file: 'engine.yaml', code: 'needs-restart', message: `${name} changed; it takes effect when the engine starts again` }]
  })
}

/** Deliveries to a destination that is gone: they stay open, and nobody sends them. */
export function leftBehind(counts: readonly { readonly destination: string; readonly count: number }[], after: Configuration): readonly Issue[] {
  const left = new Map<string, number>()
  for (const { destination, count } of counts) {
    if (!after.destinations.some((each) => each.name === destination)) left.set(destination, (left.get(destination) ?? 0) + count)
  }
  return [...left].map(([name, count]): Issue => {
    const deliveries = count === 1 ? '1 delivery' : `${String(count)} deliveries`
    const message = `${deliveries} to ${name} are open and no destination has this name; put it back to send them, or discard them`
    return { ...WHERE, file: `destinations/${name}.yaml`, code: 'deliveries-left', message }
  })
}
