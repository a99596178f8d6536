/** What the face answers when it does not do what was asked: always an OperationOutcome. */
import { operationOutcome } from '../r4/index.ts'
import type { Issue, IssueCode } from '../r4/index.ts'

export interface Refusal {
  readonly kind: 'refused'
  readonly status: number
  readonly issues: readonly Issue[]
  readonly headers?: Readonly<Record<string, string>>
}

/** @param expression FHIRPath of the place, or the name of a parameter or header; '' for none */
export function refuse(status: number, code: IssueCode, diagnostics: string, expression = '', headers?: Readonly<Record<string, string>>): Refusal {
  return refuseWith(status, [{ severity: 'error', code, diagnostics, ...(expression === '' ? {} : { expression }) }], headers)
}

export function refuseWith(status: number, issues: readonly Issue[], headers?: Readonly<Record<string, string>>): Refusal {
  return { kind: 'refused', status, issues, ...(headers === undefined ? {} : { headers }) }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'refused'
}

/** The same refusal, said of a part of a Bundle: `Bundle.entry[2]` stands before each place. */
export function within(place: string, refusal: Refusal): Refusal {
  if (place === '') return refusal
  return { ...refusal, issues: refusal.issues.map((issue) => ({ ...issue, expression: placeWithin(place, issue.expression ?? '') })) }
}

/** Places in the resource go below the entry; names of parameters and headers do not, so the entry itself is named. */
function placeWithin(place: string, path: string): string {
  if (path.startsWith('Bundle.entry[')) return path
  return /^[A-Z]\w*[.[]/.test(path) ? `${place}.resource.${path.slice(path.search(/[.[]/) + 1)}` : place
}

export function outcomeText(issues: readonly Issue[]): string {
  return JSON.stringify(operationOutcome(issues))
}
