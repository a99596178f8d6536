/** Puts a person's value into a field of an event's body. */

/** The form that is expected of a field of this event type, or null when `value` has it. */
export type CheckEdit = (type: string, field: string, value: unknown) => string | null

/**
 * `field` is a name or a path with dots. A value goes where the field keeps its own: the code of a code, the amount of money,
 * the value of a quantity or an identifier (`12.50 USD`
 * and `2 EA` say both members); a text that is a JSON object replaces the whole field.
 */
export function fillField(body: string, field: string, value: string): string {
  const root = JSON.parse(body) as Record<string, unknown>
  const path = field.split('.')
  const last = path.pop() ?? field
  let at = root
  for (const name of path) {
    const inner = at[name]
    const next = typeof inner === 'object' && inner !== null ? { ...(inner as Record<string, unknown>) } : {}
    at[name] = next
    at = next
  }
  at[last] = filled(at[last], value)
  return JSON.stringify(root)
}

/** What a body holds at a field: a name or a path with dots. */
export function fieldOf(body: string, field: string): unknown {
  let at = JSON.parse(body) as unknown
  for (const name of field.split('.')) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined
  return at
}

function filled(before: unknown, value: string): unknown {
  const whole = objectOf(value)
  if (whole) return whole
  if (typeof before !== 'object' || before === null || Array.isArray(before)) return value
  const old = before as Record<string, unknown>
  // A code that a person gives is the master's own: the sender's system and text no longer say what it is.
  if ('code' in old) return { code: value }
  const [first, second] = value.trim().split(/\s+/)
  if ('amount' in old) return second === undefined ? { ...old, amount: value } : { ...old, amount: first, currency: second }
  if ('value' in old) return 'unit' in old && second !== undefined ? { ...old, value: first, unit: second } : { ...old, value }
  return value
}

function objectOf(value: string): Record<string, unknown> | null {
  if (!value.startsWith('{')) return null
  try {
    return JSON.parse(value) as Record<string, unknown>
  } catch {
    return null
  }
}
