/** The spec of the configuration folder, said once: parsing, defaults, lint, JSON Schema, reference docs and channel tests. */
export { issueAt, loadConfiguration } from './load.ts'
export type { ConfigurationText, Loaded, Locate } from './load.ts'
export { readConfigurationFolder } from './folder.ts'
export { formatIssue, inOrder, LINTS } from './lints.ts'
export type { LintCode, Place } from './lints.ts'
