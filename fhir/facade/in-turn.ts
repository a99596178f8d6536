/** One at a time of the same name, in the order of asking. */
const queues = new WeakMap<object, Map<string, Promise<unknown>>>()

/** @param owner whose names they are; tasks of other owners do not wait */
export function inTurn<T>(owner: object, name: string, task: () => Promise<T>): Promise<T> {
  const waiting = queues.get(owner) ?? new Map<string, Promise<unknown>>()
  queues.set(owner, waiting)
  const before = waiting.get(name)
  const mine = before === undefined ? task() : before.then(task, task)
  const settled = mine
    .catch(() => undefined)
    .then(() => {
      if (waiting.get(name) === settled) waiting.delete(name)
    })
  waiting.set(name, settled)
  return mine
}
