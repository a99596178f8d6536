/** ICCBBA carriers (ISBT 128): data structures that each start with two characters, one of `=` and `&`. */
import { ordinalDate } from './dates.ts'
import type { Draft } from './device.ts'

const STRUCTURE = /([=&][^A-Z0-9a-z]1?|=)([^=&]*)/g

export function readIccbba(carrier: string): Draft {
  const draft: Draft = { issuer: 'ICCBBA', problems: [] }
  for (const [, name = '', data = ''] of carrier.matchAll(STRUCTURE)) takeStructure(draft, name, data)
  if (draft.di === undefined) draft.problems.push('the part with the device identifier is missing')
  return draft
}

function takeStructure(draft: Draft, name: string, data: string): void {
  if (name.startsWith('=/')) draft.di = name.slice(2) + data
  else if (name.startsWith('=)')) draft.di = name.slice(2) + data
  else if (name.startsWith('=,')) draft.serial = name.slice(2) + data
  else if (name.startsWith('&,1')) draft.lot = data
  else if (name.startsWith('&)')) draft.lot = name.slice(2) + data
  else if (name.startsWith('=>') || name.startsWith('&>')) takeDate(draft, 'expiry', name.slice(2) + data)
  else if (name.startsWith('=}') || name.startsWith('&}')) takeDate(draft, 'made', name.slice(2) + data)
}

/** cYYJJJ: the century as the last digit of its hundreds (0 is 20xx), year, day of the year. */
function takeDate(draft: Draft, field: 'expiry' | 'made', text: string): void {
  const digits = /^(\d)(\d\d)(\d{3})/.exec(text)
  const century = Number(digits?.[1]) === 9 ? 1900 : 2000 + Number(digits?.[1]) * 100
  const date = digits ? ordinalDate(century + Number(digits[2]), Number(digits[3])) : null
  if (date !== null) draft[field] = date
  else draft.problems.push(field === 'expiry' ? 'the expiry is not a date' : 'the date of manufacture is not a date')
}
