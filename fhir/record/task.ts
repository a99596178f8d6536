/** A worklist item as a FHIR R4 Task. */
import type { Task } from '@medplum/fhirtypes'
import { parseId } from '../../channels/contract/index.ts'
import type { WorklistView } from '../../channels/contract/index.ts'
import { ownId } from './own.ts'
import { EVENT_SYSTEM } from './supply-delivery.ts'
import { MESSAGE_SYSTEM, named, WORKLIST_SYSTEM } from './told.ts'

const KIND_SYSTEM = 'urn:aqueduct:failure'
const SUBJECT_SYSTEM = 'urn:aqueduct:subject'

/** Words of persons (comments, reasons) stay on the worklist: nobody can say what is in them. */
export function taskOf(item: WorklistView): Task {
  const code = { coding: [{ system: KIND_SYSTEM, code: item.kind }] }
  return {
    resourceType: 'Task',
    id: ownId('worklist', String(item.id)),
    identifier: [{ system: WORKLIST_SYSTEM, value: String(item.id) }],
    status: statusOf(item),
    intent: 'order',
    priority: item.severity === 'high' ? 'urgent' : 'routine',
    code,
    description: item.text,
    focus: focusOf(item),
    authoredOn: item.openedAt,
    owner: named('Organization', item.owner),
    reasonCode: { ...code, text: item.text },
    restriction: { period: { end: item.dueAt } },
    ...(item.resolution === null ? {} : { lastModified: item.resolution.at, businessStatus: { text: item.resolution.action } }),
  }
}

function statusOf({ state, resolution, assignee }: WorklistView): NonNullable<Task['status']> {
  if (state === 'closed') return resolution?.action === 'discard' ? 'rejected' : 'completed'
  return assignee === '' ? 'requested' : 'in-progress'
}

/** What waits for it when that is one thing, else what it is about. */
function focusOf({ subject, waiters }: WorklistView): NonNullable<Task['focus']> {
  const [only, ...others] = waiters
  const parsed = only === undefined || others.length > 0 ? null : parseId(only)
  if (only !== undefined && parsed?.kind === 'event') return { identifier: { system: EVENT_SYSTEM, value: only } }
  if (only !== undefined && parsed?.kind === 'message') return { identifier: { system: MESSAGE_SYSTEM, value: only } }
  return { identifier: { system: SUBJECT_SYSTEM, value: subject } }
}
