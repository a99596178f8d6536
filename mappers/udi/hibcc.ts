/** HIBCC carriers (ANSI/HIBC 2.6): `+` labeler, product, unit; `/` secondary data; a check character modulo 43. */
import { calendarDate, fullYear, monthEnd, ordinalDate, shortDate } from './dates.ts'
import type { Draft } from './device.ts'

const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%'
const PRIMARY = /^[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}\d$/

/** Is the last character the sum of the others modulo 43? */
export function hasCheckCharacter(text: string): boolean {
  let sum = 0
  for (const character of text.slice(0, -1)) {
    const value = CHARACTERS.indexOf(character)
    if (value < 0) return false
    sum += value
  }
  return CHARACTERS[sum % 43] === text.at(-1)
}

export function readHibcc(carrier: string, currentYear: number): Draft {
  const draft: Draft = { issuer: 'HIBCC', problems: [] }
  const text = carrier.replace(/^\*|\*$/g, '')
  if (!hasCheckCharacter(text.toUpperCase())) draft.problems.push('the check character is wrong')
  const [head = '', ...rest] = text.slice(1, -1).split('/')
  if (/^[$\d]/.test(head)) {
    // A secondary symbol scanned alone: its last character but one links it to the primary.
    draft.problems.push('the primary part with the device identifier is missing')
    readSecondary([rest.length === 0 ? head.slice(0, -1) : head, ...rest], draft, currentYear)
    return draft
  }
  if (!PRIMARY.test(head.toUpperCase())) draft.problems.push('the primary part does not have the form labeler, product, unit')
  draft.di = head
  readSecondary(rest, draft, currentYear)
  return draft
}

function readSecondary(parts: readonly string[], draft: Draft, currentYear: number): void {
  parts.forEach((part, i) => {
    if (part.startsWith('14D')) takeDate(draft, 'expiry', longDate(part.slice(3)))
    else if (part.startsWith('16D')) takeDate(draft, 'made', longDate(part.slice(3)))
    else if (part.startsWith('$$+')) draft.serial = readDated(part.slice(3), draft, currentYear)
    else if (part.startsWith('$$')) draft.lot = readDated(part.slice(2), draft, currentYear)
    else if (part.startsWith('$+')) draft.serial = part.slice(2)
    else if (part.startsWith('$')) draft.lot = part.slice(1)
    else if (part.startsWith('S')) draft.serial = part.slice(1)
    else if (i === 0 && /^\d{5}/.test(part)) {
      takeDate(draft, 'expiry', julian(part.slice(0, 5), currentYear))
      draft.lot = part.slice(5)
    } else if (!/^Q\d+$/.test(part)) draft.problems.push('a secondary part is not known')
  })
  if (draft.lot === '') delete draft.lot
  if (draft.serial === '') delete draft.serial
}

/** Date flags of `$$`: how many characters follow the flag and how they read. */
const FLAGS: Readonly<Record<string, { readonly length: number; readonly read: (text: string, year: number) => string | null }>> = {
  '2': { length: 6, read: (t, year) => calendarDate(fullYear(Number(t.slice(4, 6)), year), Number(t.slice(0, 2)), Number(t.slice(2, 4))) },
  '3': { length: 6, read: shortDate },
  '4': { length: 8, read: (t, year) => shortDate(t.slice(0, 6), year) },
  '5': { length: 5, read: julian },
  '6': { length: 7, read: (t, year) => julian(t.slice(0, 5), year) },
}

/** Reads quantity and date that `$$` announces; gives what is left, the lot or serial. */
function readDated(text: string, draft: Draft, currentYear: number): string {
  let rest = text
  if (rest.startsWith('8')) rest = rest.slice(3)
  else if (rest.startsWith('9')) rest = rest.slice(6)
  const flag = rest.charAt(0)
  if (flag === '7') return rest.slice(1)
  const known = FLAGS[flag]
  if (known) {
    takeDate(draft, 'expiry', known.read(rest.slice(1, 1 + known.length), currentYear))
    return rest.slice(1 + known.length)
  }
  if (flag === '0' || flag === '1') {
    takeDate(draft, 'expiry', monthEnd(fullYear(Number(rest.slice(2, 4)), currentYear), Number(rest.slice(0, 2))))
    return rest.slice(4)
  }
  return rest
}

function julian(text: string, currentYear: number): string | null {
  return /^\d{5}$/.test(text) ? ordinalDate(fullYear(Number(text.slice(0, 2)), currentYear), Number(text.slice(2))) : null
}

function longDate(text: string): string | null {
  return /^\d{8}$/.test(text) ? calendarDate(Number(text.slice(0, 4)), Number(text.slice(4, 6)), Number(text.slice(6, 8))) : null
}

function takeDate(draft: Draft, field: 'expiry' | 'made', date: string | null): void {
  if (date !== null) draft[field] = date
  else draft.problems.push(field === 'expiry' ? 'the expiry is not a date' : 'the date of manufacture is not a date')
}
