/** Whether an expectation is contained in what came out, and if not, every place where it is not. */

export interface Difference {
  readonly path: readonly (string | number)[]
  readonly expected: unknown
  /** undefined: there is nothing. */
  readonly actual: unknown
}

/**
 * An object is contained when each of its keys is; lists must be as long as each other; `null` expects nothing; a number also
 * stands for its decimal text, because decimals are texts in the canonical model.
 */
export function differences(expected: unknown, actual: unknown, path: readonly (string | number)[] = []): readonly Difference[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [{ path, expected, actual }]
    const inside = expected.flatMap((one, i) =>
      i < actual.length ? differences(one, actual[i], [...path, i]) : [{ path: [...path, i], expected: one, actual: undefined }],
    )
    const surplus = actual.slice(expected.length).map((one: unknown, i) => ({ path: [...path, expected.length + i], expected: undefined, actual: one }))
    return [...inside, ...surplus]
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return [{ path, expected, actual }]
    return Object.entries(expected).flatMap(([key, value]) => differences(value, actual[key], [...path, key]))
  }
  return same(expected, actual) ? [] : [{ path, expected, actual }]
}

function same(expected: unknown, actual: unknown): boolean {
  if (expected === null || expected === undefined) return actual === null || actual === undefined
  if (typeof expected === 'number' && typeof actual === 'string') return /^-?\d+(\.\d+)?$/.test(actual) && Number(actual) === expected
  return expected === actual
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `events[0].quantity.value` */
export function writePath(path: readonly (string | number)[]): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('')
}

/** A value as a failure shows it: short, on one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 197)}…` : text
}
