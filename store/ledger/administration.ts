/** Configurations and the audit. */
import { createHash } from 'node:crypto'
import type { AuditOp, ConfigurationOp } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, updateOf } from '../sql/port.ts'
import type { Writing } from './writing.ts'

const insertConfiguration = insertInto(tables.configuration, 'ignore')
const touchConfiguration = updateOf(tables.configuration, ['at'])
const insertAudit = insertInto(tables.audit)

/** Archived once under its id; archived again, it is the active one again. */
export async function configure(w: Writing, op: ConfigurationOp): Promise<{ readonly done: true }> {
  await w.sql.insert(insertConfiguration, [[op.id, op.files, op.overrides, JSON.stringify(op.policies), w.now]])
  await w.sql.update(touchConfiguration, [[w.now, op.id]])
  w.memory.numbers.active = op.id
  return { done: true }
}

/** The hash of an audit line: sha256 over the hash before it and the line's own fields. */
export function auditHash(
  before: string,
  line: { readonly n: number; readonly at: number; readonly who: string; readonly what: string; readonly subject: string },
): string {
  return createHash('sha256')
    .update(JSON.stringify([before, line.n, line.at, line.who, line.what, line.subject]))
    .digest('hex')
}

export async function audit(w: Writing, ops: readonly AuditOp[]): Promise<readonly { readonly done: true }[]> {
  const numbers = w.memory.numbers
  const rows = ops.map((op) => {
    const line = { n: numbers.auditN + 1, at: w.now, who: op.who, what: op.what, subject: op.subject }
    numbers.auditN = line.n
    numbers.auditHash = auditHash(numbers.auditHash, line)
    return [line.n, line.at, line.who, line.what, line.subject, numbers.auditHash]
  })
  await w.sql.insert(insertAudit, rows)
  return ops.map(() => ({ done: true }))
}
