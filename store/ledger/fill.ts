/** Puts a person's value into a field of an event's body. */

/**
 * `field` is a name or a path with dots. A value goes where the field keeps its own: the code of a code, the amount of money,
 * the value of a quantity or an identifier; a text that is a JSON object replaces the whole field.
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

function filled(before: unknown, value: string): unknown {
  const whole = objectOf(value)
  if (whole) return whole
  if (typeof before !== 'object' || before === null || Array.isArray(before)) return value
  const old = before as Record<string, unknown>
  // A code that a person gives is the master's own: the sender's system and text no longer say what it is.
  if ('code' in old) return { code: value }
  if ('amount' in old) return { ...old, amount: value }
  if ('value' in old) return { ...old, value }
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
