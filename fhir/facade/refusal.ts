/** What the face answers when it does not do what was asked: always an OperationOutcome. */

/** One issue of an OperationOutcome. Its words never repeat content of a resource. */
export interface FaceIssue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information'
  /** Of the value set issue-type. */
  readonly code: string
  readonly diagnostics: string
  /** FHIRPath of the place, or the name of a parameter or header. */
  readonly expression?: readonly string[]
}

export interface Refusal {
  readonly kind: 'refused'
  readonly status: number
  readonly issues: readonly FaceIssue[]
  readonly headers?: Readonly<Record<string, string>>
}

export function refuse(status: number, code: string, diagnostics: string, expression?: string, headers?: Readonly<Record<string, string>>): Refusal {
  return {
    kind: 'refused',
    status,
    issues: [{ severity: 'error', code, diagnostics, ...(expression === undefined || expression === '' ? {} : { expression: [expression] }) }],
    ...(headers === undefined ? {} : { headers }),
  }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'refused'
}

/** The same refusal, said of a part of a Bundle: `Bundle.entry[2]` stands before each place. */
export function within(place: string, refusal: Refusal): Refusal {
  if (place === '') return refusal
  return {
    ...refusal,
    issues: refusal.issues.map((issue) => ({ ...issue, expression: placesWithin(place, issue.expression) })),
  }
}

/** Places in the resource go below the entry; names of parameters and headers do not, so the entry itself is named. */
function placesWithin(place: string, expression: readonly string[] = []): readonly string[] {
  if (expression.length === 0) return [place]
  return expression.map((path) => (path.startsWith('Bundle.entry[') ? path : /^[A-Z]\w*[.[]/.test(path) ? `${place}.resource.${path.slice(path.search(/[.[]/) + 1)}` : place))
}

export function outcomeText(issues: readonly FaceIssue[]): string {
  return JSON.stringify({ resourceType: 'OperationOutcome', issue: issues })
}
