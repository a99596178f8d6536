/** Every operation of the operations, system and process APIs, in the order of the description. */
import { listChannels, listDestinations, reload, setChannel } from './channels.ts'
import { streamEvents } from './events.ts'
import { createKey, listKeys, revokeKey } from './keys.ts'
import { getCounts, listAudit, listStock, loadTable } from './master-data.ts'
import { findTrace, getMessage, getRaw, getTrace, listMessages, replayMessage } from './messages.ts'
import type { Operation } from './operation.ts'
import { forgetTranslation, listTranslations } from './translations.ts'
import { createSubscription, getSubscription, listSubscriptions, removeSubscription, resumeSubscription } from './subscriptions.ts'
import { commentItem, getWorklistItem, listWorklist, resolveItem } from './worklist.ts'
import { PROCESS_OPERATIONS } from './process/index.ts'
import { getAllocation, getReconciliation } from './reports.ts'
import { SYSTEM_OPERATIONS } from './system/index.ts'

export const OPERATIONS: readonly Operation[] = [
  listMessages,
  getMessage,
  getRaw,
  replayMessage,
  getTrace,
  findTrace,
  listWorklist,
  getWorklistItem,
  resolveItem,
  commentItem,
  listTranslations,
  forgetTranslation,
  listChannels,
  setChannel,
  listDestinations,
  reload,
  loadTable,
  listStock,
  listAudit,
  getCounts,
  listKeys,
  createKey,
  revokeKey,
  ...SYSTEM_OPERATIONS,
  ...PROCESS_OPERATIONS,
  getReconciliation,
  getAllocation,
  streamEvents,
  createSubscription,
  listSubscriptions,
  getSubscription,
  resumeSubscription,
  removeSubscription,
]
