/** Dates of FHIR as what they span, in milliseconds, both ends inclusive. */

export interface Span {
  readonly low: number
  readonly high: number
}

/** Ends of time for periods that are open: the years that FHIR can write. */
export const EARLIEST = -62_135_596_800_000
export const LATEST = 253_402_300_799_999

const FORM = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/

/**
 * `2024` is the year, `2024-02-03T10:00` the minute, `…:30` the second, `…:30.5` a tenth of it. A time of day without a zone is taken as UTC.
 * Null when it is no date: nothing rolls over into the next month.
 */
export function spanOf(text: string): Span | null {
  const match = FORM.exec(text)
  if (match === null) return null
  const [, year = '', month, day, hour, minute = '00', second, fraction, zone = 'Z'] = match
  if (Number(year) === 0 || (month !== undefined && (Number(month) < 1 || Number(month) > 12))) return null
  if (day !== undefined && (Number(day) < 1 || Number(day) > daysOf(Number(year), Number(month)))) return null
  if (month === undefined) return { low: utc(Number(year), 1, 1), high: utc(Number(year) + 1, 1, 1) - 1 }
  if (day === undefined) return { low: utc(Number(year), Number(month), 1), high: utc(Number(year), Number(month) + 1, 1) - 1 }
  const start = utc(Number(year), Number(month), Number(day))
  if (hour === undefined) return { low: start, high: start + 86_399_999 }
  // 60 is a leap second; 24:00 is not allowed.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 60) return null
  const shift = zoneOf(zone)
  if (shift === null) return null
  const low = start + (Number(hour) * 60 + Number(minute) - shift) * 60_000 + Number(second ?? 0) * 1000 + Math.floor(Number(fraction ?? 0) * 1000 + 1e-6)
  const digits = (fraction ?? '.').length - 1
  const width = second === undefined ? 60_000 : digits >= 3 ? 1 : 1000 / 10 ** digits
  return { low, high: low + width - 1 }
}

export const daysOf = (year: number, month: number): number =>
  month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31

function zoneOf(zone: string): number | null {
  if (zone === 'Z') return 0
  const [hours = '', minutes = ''] = zone.slice(1).split(':')
  const shift = Number(hours) * 60 + Number(minutes)
  return Number(minutes) > 59 || shift > 14 * 60 ? null : zone.startsWith('-') ? -shift : shift
}

/** Date.UTC takes the years 0 to 99 for 1900 to 1999. */
const utc = (year: number, month: number, day: number): number => new Date(0).setUTCFullYear(year, month - 1, day)
