/**
 * What a crash can leave, and what is done about it at start. One function per state; each has a test.
 *
 * Message RECEIVED → {@link recoverReceived}. Delivery SENDING or UNKNOWN → treated as UNKNOWN when the destination's queue
 * loads it: looked up before anything is sent. Delivery QUEUED → loaded in order. Event READY → the ledger decides it when it
 * opens. Event WAITING → its worklist items are rows. An ack that waited for delivery → the sender resends and joins.
 */
import { faultOf, formatMessageId } from '../contract/index.ts'
import type { Emit, Reader } from '../contract/index.ts'
import { rerun } from './rerun.ts'
import type { RerunDeps } from './rerun.ts'

/** Maps what was stored and not mapped, oldest first, under the configuration that accepted it. Returns how many. */
export async function recoverReceived(
  deps: RerunDeps & { readonly reader: Pick<Reader, 'unfinished'>; readonly emit: Emit; readonly again: (message: number) => void },
): Promise<number> {
  let mapped = 0
  for (const message of await deps.reader.unfinished()) {
    if (message.state !== 'RECEIVED') continue
    try {
      const result = await rerun(deps, message.id, 'recovery', 'recovery')
      if (result.ok) mapped++
      else deps.emit('message:failed', { channel: '', message: formatMessageId(message.id), code: 'MAPPING_FAILED', place: '' })
    } catch (error) {
      deps.emit('store:problem', { code: faultOf(error, 'INTERNAL').code, text: `mapping ${formatMessageId(message.id)} again` })
      deps.again(message.id)
    }
  }
  return mapped
}
