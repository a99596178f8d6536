/** Calendar dates of labels, as text: no clock, no zone. */

/** Days of a month, in the proleptic Gregorian calendar. */
export function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** `YYYY-MM-DD`, or null when there is no such day. */
export function calendarDate(year: number, month: number, day: number): string | null {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return null
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/**
 * The full year of two digits by the window of the GS1 General Specifications §7.12: 51 to 99 years ahead is the last century,
 * 50 to 99 years back the next one.
 */
export function fullYear(yy: number, currentYear: number): number {
  const century = currentYear - (currentYear % 100)
  const ahead = yy - (currentYear % 100)
  if (ahead >= 51) return century - 100 + yy
  return ahead <= -50 ? century + 100 + yy : century + yy
}

/** YYMMDD; day 00 is the last of the month. */
export function shortDate(text: string, currentYear: number): string | null {
  if (!/^\d{6}$/.test(text)) return null
  const year = fullYear(Number(text.slice(0, 2)), currentYear)
  const month = Number(text.slice(2, 4))
  const day = Number(text.slice(4, 6))
  return calendarDate(year, month, day === 0 ? daysIn(year, month) : day)
}

/** Day `number` of a year. */
export function ordinalDate(year: number, number: number): string | null {
  if (number < 1) return null
  let day = number
  for (let month = 1; month <= 12; month++) {
    if (day <= daysIn(year, month)) return calendarDate(year, month, day)
    day -= daysIn(year, month)
  }
  return null
}

/** The last day of a month. */
export function monthEnd(year: number, month: number): string | null {
  return calendarDate(year, month, daysIn(year, month))
}
