/** GS1 carriers: a scan (`]d2` prefix, GS separators), or the human-readable form with brackets. */
import { shortDate } from './dates.ts'
import type { Draft } from './device.ts'
import { identifierAt, identifierOf } from './gs1-identifiers.ts'
import { hasCheckDigit, normaliseGtin } from './gtin.ts'

const SYMBOLOGY = /^\](?:C1|d2|Q3|e0|J1)/
/** GS, and what some systems print in its place. */
const SEPARATORS = /[\u001d\u2194\u241d]/g
const GS = '\u001d'
const BRACKETED = /[({](\d{2,4})[)}]/g

/** Does the text look like a GS1 carrier? */
export function looksLikeGs1(carrier: string): boolean {
  return SYMBOLOGY.test(carrier) || /^[\u001d\u2194\u241d]*(?:[({]\d{2,4}[)}]|\d{6}|\d\d.*\u001d)/.test(carrier)
}

/** @param currentYear for the century of two-digit years */
export function readGs1(carrier: string, currentYear: number): Draft {
  const draft: Draft = { issuer: 'GS1', problems: [] }
  const text = carrier
    .replace(SYMBOLOGY, '')
    .replace(SEPARATORS, GS)
    .replace(/^\u001d+/, '')
  const bare = text === carrier ? normaliseGtin(text) : null
  if (bare !== null) {
    take(draft, '01', bare, currentYear)
    return draft
  }
  if (/^[({]/.test(text)) readBracketed(text, draft, currentYear)
  else readScan(text, draft, currentYear)
  return draft
}

function readScan(text: string, draft: Draft, currentYear: number): void {
  let at = 0
  while (at < text.length) {
    if (text[at] === GS) {
      at++
      continue
    }
    const found = identifierAt(text, at)
    if (!found) {
      draft.problems.push(`unknown application identifier at character ${at + 1}`)
      return
    }
    const { code, identifier } = found
    const start = at + code.length
    const separator = text.indexOf(GS, start)
    const stop = separator < 0 ? text.length : separator
    const end = Math.min(stop, start + identifier.max)
    if (end < stop && !identifier.fixed) draft.problems.push(`(${code}) is longer than ${identifier.max} characters, or its separator is missing`)
    take(draft, code, text.slice(start, end), currentYear)
    at = end
  }
}

/** A bracket opens an element only where a known identifier stands in it: brackets are legal in a lot. */
function readBracketed(text: string, draft: Draft, currentYear: number): void {
  const marks: { code: string; at: number; end: number }[] = []
  for (const found of text.matchAll(BRACKETED)) {
    const [, code = ''] = found
    const at = found.index
    if (identifierOf(code) === undefined) continue
    const before = marks[marks.length - 1]
    const identifier = before && identifierOf(before.code)
    if (before && identifier?.fixed && at - before.end < identifier.max && identifier.digits && !/^\d*$/.test(text.slice(before.end, at))) continue
    marks.push({ code, at, end: at + code.length + 2 })
  }
  if (marks[0]?.at !== 0) draft.problems.push('it does not start with a known application identifier')
  marks.forEach((mark, i) =>
    take(
      draft,
      mark.code,
      text
        .slice(mark.end, marks[i + 1]?.at ?? text.length)
        .replaceAll(GS, '')
        .trim(),
      currentYear,
    ),
  )
}

function take(draft: Draft, code: string, data: string, currentYear: number): void {
  const identifier = identifierOf(code)
  if (identifier !== undefined) judge(draft, code, data, identifier)
  if (code === '01') draft.di = normaliseGtin(data) ?? data
  else if (code === '10') draft.lot = data
  else if (code === '21') draft.serial = data
  else if (code === '17') takeDate(draft, 'expiry', code, data, currentYear)
  else if (code === '7003' && draft.expiry === undefined) takeDate(draft, 'expiry', code, data.slice(0, 6), currentYear)
  else if (code === '11') takeDate(draft, 'made', code, data, currentYear)
  else if (code === '8006' && draft.di === undefined) draft.di = data.slice(0, 14)
}

function judge(draft: Draft, code: string, data: string, identifier: NonNullable<ReturnType<typeof identifierOf>>): void {
  if (data === '' || (identifier.fixed && data.length !== identifier.max) || data.length > identifier.max) draft.problems.push(`(${code}) has the wrong length`)
  else if (identifier.digits && !/^\d+$/.test(data)) draft.problems.push(`(${code}) is not all digits`)
  else if (identifier.checked > 0 && !hasCheckDigit(data.slice(0, identifier.checked))) draft.problems.push(`the check digit of (${code}) is wrong`)
}

function takeDate(draft: Draft, field: 'expiry' | 'made', code: string, data: string, currentYear: number): void {
  const date = shortDate(data, currentYear)
  if (date !== null) draft[field] = date
  else draft.problems.push(`(${code}) is not a date`)
}
