/**
 * Everything `aqueduct check` can say about a configuration folder, as data: the reference page is made from it, and the tests
 * hold that every code that is reported stands here.
 */
import type { Issue } from '../contract/index.ts'

interface Lint {
  readonly level: Issue['level']
  readonly meaning: string
  readonly cure: string
}

export const LINTS = {
  // the text of a file
  'parse-error': {
    level: 'error',
    meaning: 'The file is not YAML, or not a CSV that can be read.',
    cure: 'Look at the place named: indentation, quotes, brackets.',
  },
  'duplicate-key': { level: 'error', meaning: 'A key stands twice in one block; only one of them could count.', cure: 'Remove one of the two.' },
  'missing-file': { level: 'error', meaning: 'A file that is needed or named is not there.', cure: 'Create it, or correct the name.' },
  'unknown-file': { level: 'warning', meaning: 'A file lies where nothing reads it.', cure: 'Rename or move it to where it belongs.' },
  // its shape
  'unknown-field': { level: 'error', meaning: 'A key is not one that this place knows.', cure: 'Correct the spelling, or remove it.' },
  'missing-field': { level: 'error', meaning: 'A key that is needed is not there.', cure: 'Add it.' },
  'wrong-type': {
    level: 'error',
    meaning: 'A value is of another kind than the key takes: a block for a text, a text for a list.',
    cure: 'Write it as the reference shows.',
  },
  'not-an-option': { level: 'error', meaning: 'A value is not one of those that the key takes.', cure: 'Choose one of the options named.' },
  'bad-value': { level: 'error', meaning: 'A value does not have the form that the key takes.', cure: 'Write it as the message says.' },
  'bare-number': { level: 'error', meaning: 'A duration or size has no unit.', cure: 'Add the unit: 30s, 5m, 2d, 512KB, 16MB.' },
  'unquoted-code': {
    level: 'error',
    meaning: 'YAML reads an unquoted code as a number and alters it: 0123 becomes 123, 1.10 becomes 1.1.',
    cure: 'Put it in quotes.',
  },
  // secrets
  'secret-in-clear': {
    level: 'error',
    meaning: 'A password, token or key stands in the file, where everybody who reads the folder sees it.',
    cure: 'Write ${NAME} and set NAME in the environment of the engine.',
  },
  'missing-env': { level: 'error', meaning: 'The environment has no variable of this name.', cure: 'Set it where the engine is started, or correct the name.' },
  'bad-override': {
    level: 'error',
    meaning: 'A --set names something that the configuration does not have.',
    cure: 'Write channels.NAME.…, destinations.NAME.…, policies.…, or a key of engine.yaml.',
  },
  // names and targets
  'bad-name': {
    level: 'error',
    meaning: 'A name would not survive as part of a path, an address or a metric.',
    cure: 'Use small letters, digits and hyphens, beginning with a letter.',
  },
  'name-mismatch': { level: 'error', meaning: 'The folder of a channel has another name than the channel.', cure: 'Rename one of the two.' },
  'duplicate-name': { level: 'error', meaning: 'Two things of the same kind have the same name.', cure: 'Rename one of them.' },
  'no-channels': { level: 'error', meaning: 'The folder has no channel.', cure: 'Add channels/<name>/channel.yaml, or correct the path of the folder.' },
  'port-taken': { level: 'error', meaning: 'Two listeners want the same port.', cure: 'Give one of them another port.' },
  'unknown-destination': {
    level: 'error',
    meaning: 'A channel or a route names a destination that has no file.',
    cure: 'Add destinations/<name>.yaml, or correct the name.',
  },
  'unknown-table': { level: 'error', meaning: 'A rule names a table that has no file.', cure: 'Add tables/<name>.csv, or correct the name.' },
  'no-destination': { level: 'warning', meaning: 'A channel delivers nowhere: its events are kept and nothing else.', cure: 'Add `deliver`.' },
  // mapping
  'unknown-event': {
    level: 'error',
    meaning: 'A rule makes an event that the canonical model does not have.',
    cure: 'Choose one of the event types of the reference.',
  },
  'unknown-event-field': { level: 'error', meaning: 'A rule sets a field that its event does not have.', cure: 'Choose one of the fields of the event.' },
  'missing-event-field': {
    level: 'error',
    meaning: 'A field that the event needs is not set, so that no message could ever make it.',
    cure: 'Add it to `set`.',
  },
  'no-reversal': {
    level: 'error',
    meaning: '`minus` stands on an event that has no reversal.',
    cure: 'Remove `minus`, or map to an event that can be reversed.',
  },
  'money-without-currency': {
    level: 'warning',
    meaning: 'An amount takes its currency from the message alone; where the message has none the event waits for a person.',
    cure: 'Say `currency`, if the sender does not.',
  },
  // tables
  'bad-table': {
    level: 'error',
    meaning: 'A table has not the columns code,value[,valid_from,valid_to], or a row has an empty code or a date that is none.',
    cure: 'Correct the line named.',
  },
  'duplicate-code': {
    level: 'error',
    meaning: 'A code stands twice in a table without dates that tell the rows apart.',
    cure: 'Remove one, or give both their dates.',
  },
  'overlapping-dates': {
    level: 'error',
    meaning: 'Two rows of a code hold on the same day.',
    cure: 'End the earlier one on the day before the later one begins.',
  },
  // what would go wrong later
  'two-gl-owners': {
    level: 'error',
    meaning: 'The ERP books the ledger itself and the bridge would send a journal too: every cost would be booked twice (R28).',
    cure: 'Set gl_owner: erp, or switch off the ERP’s own posting.',
  },
  'erp-posts-itself': {
    level: 'error',
    meaning:
      'An ERP of this type makes ledger entries from documents that the bridge sends it, and the bridge is to send journals of the same flow: every cost would be booked twice (R28).',
    cure: 'Give the flow to the ERP under `owners`, or say options.books_gl: false at the destination when its own posting is off.',
  },
  'reorder-without-stock': {
    level: 'error',
    meaning: 'The bridge is to reorder stock that the ERP keeps: it would never see it fall.',
    cure: 'Set stock_owner: bridge, or reorder_owner: erp.',
  },
  'order-elsewhere': {
    level: 'warning',
    meaning: 'A document about an order goes to another ERP than the order: that ERP has no such order, and refuses it.',
    cure: 'Route receipts, invoices, cancellations and returns to the ERP that has the order.',
  },
  'unreachable-rule': {
    level: 'error',
    meaning: 'A rule before it fits whenever it does, so that it never holds.',
    cure: 'Put the narrower rule first, or remove one.',
  },
  'two-stock-owners': {
    level: 'error',
    meaning: 'The ERP moves stock itself and the bridge would send goods issues too: stock would fall twice.',
    cure: 'Set stock_owner: erp, or switch off the ERP’s own movement.',
  },
  'two-reorder-owners': {
    level: 'error',
    meaning: 'The ERP reorders itself and the bridge would send requisitions too: everything would be bought twice.',
    cure: 'Set reorder_owner: erp, or switch off the ERP’s own reordering.',
  },
  'default-installation': {
    level: 'warning',
    meaning: 'The installation has no name of its own; two unnamed installations over one ERP would make the same document keys.',
    cure: 'Set installation in engine.yaml, once and for good.',
  },
  'mllp-without-tls': {
    level: 'warning',
    meaning: 'Patient data crosses the network in clear text.',
    cure: 'Add tls, or listen on 127.0.0.1 behind a tunnel.',
  },
  'http-without-tls': { level: 'warning', meaning: 'Deliveries cross the network in clear text.', cure: 'Use an https address.' },
  'no-public-url': {
    level: 'warning',
    meaning: 'Clients that reach the engine through a proxy or by a name would be refused: what they name as audience cannot be told from a forgery.',
    cure: 'Set smart.public_url in engine.yaml.',
  },
  'when-delivered-waits': {
    level: 'warning',
    meaning:
      'Under acknowledge: when-delivered the sender waits for every destination; what waits for a person or for an ERP ends in AE by ack_timeout though it is queued and goes on.',
    cure: 'Use when-stored or when-mapped, unless the sender insists.',
  },
  'no-tests': { level: 'warning', meaning: 'A channel has no tests.', cure: 'Add channel.test.yaml beside channel.yaml.' },
  // test files
  'duplicate-test': { level: 'error', meaning: 'Two tests of a channel have the same name.', cure: 'Rename one.' },
} as const satisfies Record<string, Lint>

export type LintCode = keyof typeof LINTS

/** A place in a file, both from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** What is wrong, before it has a place. */
export interface Finding {
  readonly code: LintCode
  readonly message: string
  readonly suggestion?: string | undefined
}

/** An issue with the level of its code. */
export function issue(file: string, place: Place, finding: Finding): Issue {
  const { code, message, suggestion } = finding
  return { file, line: place.line, column: place.column, code, level: LINTS[code].level, message, ...(suggestion === undefined ? {} : { suggestion }) }
}

/** `file(line,col) message [code]`, then the suggestion. */
export function formatIssue(found: Issue): string {
  const suggestion = found.suggestion === undefined ? '' : ` — ${found.suggestion}`
  const level = found.level === 'warning' ? 'warning: ' : ''
  return `${found.file}(${String(found.line)},${String(found.column)}) ${level}${found.message} [${found.code}]${suggestion}`
}

/** By file, then from top to bottom. */
export function inOrder(issues: readonly Issue[]): readonly Issue[] {
  return [...issues].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column))
}
