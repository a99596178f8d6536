/** Findings of `check`, as every command prints them. */
import type { Issue } from '../../channels/contract/index.ts'
import { formatIssue } from '../../channels/config/index.ts'
import type { Io } from './command.ts'

/** Prints findings in order of place: file, line, column. @returns how many errors and warnings there are */
export function printIssues(issues: readonly Issue[], io: Io): { readonly errors: number; readonly warnings: number } {
  const sorted = [...issues].sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1))
  for (const issue of sorted) io.out(formatIssue(issue))
  const errors = issues.filter((issue) => issue.level === 'error').length
  return { errors, warnings: issues.length - errors }
}

/** `2 errors, 1 warning` */
export function countFindings(found: { readonly errors: number; readonly warnings: number }): string {
  return `${count(found.errors, 'error')}, ${count(found.warnings, 'warning')}`
}

/** `1 event`, `2 events` */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
