import type { OperationOutcome } from '@medplum/fhirtypes'

/** Issue types of FHIR (http://hl7.org/fhir/issue-type) that we give. */
export type IssueCode =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'security'
  | 'login'
  | 'unknown'
  | 'expired'
  | 'forbidden'
  | 'processing'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'code-invalid'
  | 'extension'
  | 'too-costly'
  | 'business-rule'
  | 'conflict'
  | 'transient'
  | 'lock-error'
  | 'exception'
  | 'timeout'
  | 'incomplete'
  | 'throttled'
  | 'informational'

/** One thing that is wrong (or worth knowing) about a request or a resource. */
export interface Issue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information'
  readonly code: IssueCode
  /** Plain words; names of elements, never values of the resource. */
  readonly diagnostics: string
  /** FHIRPath of the place with indexes, `Procedure.focalDevice[0].manipulated`; for a request the parameter's or header's name. */
  readonly expression?: string
}

/** Does any of them forbid what was asked? */
export const refuses = (issues: readonly Issue[]): boolean => issues.some(({ severity }) => severity === 'error' || severity === 'fatal')

/** An OperationOutcome of issues; none of them: all well. */
export function operationOutcome(issues: readonly Issue[]): OperationOutcome
/** An OperationOutcome with one error. @param expression FHIRPath of the place, or the parameter's name */
export function operationOutcome(code: IssueCode, diagnostics: string, expression?: string): OperationOutcome
export function operationOutcome(what: IssueCode | readonly Issue[], diagnostics = '', expression?: string): OperationOutcome {
  const issues: readonly Issue[] =
    typeof what === 'string' ? [{ severity: 'error', code: what, diagnostics, ...(expression === undefined ? {} : { expression }) }] : what
  return {
    resourceType: 'OperationOutcome',
    issue: (issues.length > 0 ? issues : [ALL_WELL]).map(({ severity, code, diagnostics: text, expression: place }) => ({
      severity,
      code,
      diagnostics: text,
      ...(place === undefined ? {} : { expression: [place] }),
    })),
  }
}

const ALL_WELL: Issue = { severity: 'information', code: 'informational', diagnostics: 'Nothing is wrong.' }
