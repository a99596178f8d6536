/** Every operation below `/api/ops/v1`, in the order of the description. */
import { listChannels, listDestinations, reload, setChannel } from './channels.ts'
import { getCounts, listAudit, listStock, loadTable } from './master-data.ts'
import { findTrace, getMessage, getRaw, getTrace, listMessages, replayMessage } from './messages.ts'
import type { Operation } from './operation.ts'
import { forgetTranslation, listTranslations } from './translations.ts'
import { getWorklistItem, listWorklist, resolveItem } from './worklist.ts'

export const BASE = '/api/ops/v1'

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
]
