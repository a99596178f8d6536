import type { OperationOutcome } from '@medplum/fhirtypes'

export type IssueCode = 'not-found' | 'invalid' | 'required' | 'value' | 'login' | 'not-supported' | 'exception' | 'transient' | 'structure'

/** An OperationOutcome with one error. @param expression FHIRPath of the place, or the parameter's name */
export function operationOutcome(code: IssueCode, diagnostics: string, expression?: string): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code, diagnostics, ...(expression === undefined ? {} : { expression: [expression] }) }],
  }
}
