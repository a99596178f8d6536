/** Worklist items over time: comments, who has them, and whom they go to when they are past due. */
import type { CommentOp, Policies } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, textOf, updateOf } from '../sql/port.ts'
import { audit } from './administration.ts'
import { notify } from './notify.ts'
import { policiesOf } from './policies.ts'
import { dueOf } from './severity.ts'
import type { Severity } from './severity.ts'
import type { Writing } from './writing.ts'

const insertComment = insertInto(tables.worklistComment)
const assign = updateOf(tables.worklist, ['assignee'], { column: 'state', among: ['open'] })
const escalateUpdate = updateOf(tables.worklist, ['owner', 'escalated', 'due'], { column: 'state', among: ['open'] })

/** A comment on an item that is open, or who has it now. */
export async function comment(w: Writing, op: CommentOp): Promise<{ readonly done: boolean }> {
  const item = (await w.sql.all(`select kind, subject from worklist where id = ? and state = 'open'`, [op.item]))[0]
  if (!item) return { done: false }
  if (op.text.trim() !== '') {
    const last = (await w.sql.all('select max(n) as n from worklist_comment where item = ?', [op.item]))[0]
    await w.sql.insert(insertComment, [[op.item, w.now, numberOf(last?.['n']) + 1, op.by, op.text]])
  }
  if (op.assignee !== null) await w.sql.update(assign, [[op.assignee, op.item]])
  const what = op.assignee === null ? 'worklist.comment' : 'worklist.assign'
  await audit(w, [{ op: 'audit', who: op.by, what, subject: `${String(op.item)} ${textOf(item['kind'])} ${textOf(item['subject'])}` }])
  return { done: true }
}

/** Looked at in one tick; what is more comes with the next. */
const AT_ONCE = 500

/** Items past due go to the next owner of the policies, with the time of their severity. The last owner keeps them; they are told again. */
export async function escalate(w: Writing): Promise<number> {
  const due = await w.sql.all(
    `select id, kind, subject, owner, severity, escalated from worklist where state = 'open' and due <= ? order by due, id limit ${String(AT_ONCE)}`,
    [w.now],
  )
  if (due.length === 0) return 0
  const policies: Policies | null = await policiesOf(w, w.memory.numbers.active)
  for (const row of due) {
    const id = numberOf(row['id'])
    const severity = textOf(row['severity']) as Severity
    const times = numberOf(row['escalated']) + 1
    const owner = nextOwner(policies?.worklist?.escalation ?? [], textOf(row['owner']), times)
    await w.sql.update(escalateUpdate, [[owner, times, w.now + dueOf(severity, policies), id]])
    const subject = `${String(id)} ${textOf(row['kind'])} ${textOf(row['subject'])}`
    await audit(w, [{ op: 'audit', who: 'engine', what: 'worklist.escalated', subject: `${subject} to ${owner}` }])
    await notify(w, [{ item: id, type: 'worklist.escalated', body: { kind: row['kind'], severity, owner, escalated: times } }])
  }
  return due.length
}

/** Each escalation goes one step up the list; the last of it keeps the item. */
function nextOwner(steps: readonly string[], owner: string, times: number): string {
  const at = steps.indexOf(owner)
  return steps[at === -1 ? Math.min(times, steps.length) - 1 : Math.min(at + 1, steps.length - 1)] ?? owner
}
