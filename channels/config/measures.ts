/** Durations and sizes always carry their unit, so that nobody has to remember whether a number meant seconds or milliseconds. */

export const DURATION_UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** Powers of 1024. */
export const SIZE_UNITS = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const

const OTHER_SPELLINGS: Readonly<Record<string, string>> = {
  msec: 'ms', millis: 'ms', milliseconds: 'ms', sec: 's', secs: 's', second: 's', seconds: 's', min: 'm', mins: 'm', minute: 'm', minutes: 'm',
  hour: 'h', hours: 'h', hr: 'h', hrs: 'h', day: 'd', days: 'd',
  b: 'B', byte: 'B', bytes: 'B', k: 'KB', kb: 'KB', kib: 'KB', m: 'MB', mb: 'MB', mib: 'MB', g: 'GB', gb: 'GB', gib: 'GB',
} // prettier-ignore

export type Measured = { readonly ok: true; readonly value: number } | { readonly ok: false; readonly suggestion: string | undefined }

/** Milliseconds of `30s`, `5m`, `1.5h`. */
export function readDuration(text: string): Measured {
  return measure(text, DURATION_UNITS)
}

/** Bytes of `16MB`, `512KB`. */
export function readSize(text: string): Measured {
  return measure(text, SIZE_UNITS)
}

function measure(text: string, units: Readonly<Record<string, number>>): Measured {
  const found = /^(\d+(?:\.\d+)?)( *)([A-Za-z]+)$/.exec(text.trim())
  const [, amount = '', space = '', unit = ''] = found ?? []
  const factor = units[unit]
  if (factor !== undefined && space === '') {
    const value = Number(amount) * factor
    return Number.isSafeInteger(value) ? { ok: true, value } : { ok: false, suggestion: undefined }
  }
  const meant = factor === undefined ? (unit.toLowerCase() in units ? unit.toLowerCase() : OTHER_SPELLINGS[unit.toLowerCase()]) : unit
  return { ok: false, suggestion: meant !== undefined && meant in units ? `${amount}${meant}` : undefined }
}
