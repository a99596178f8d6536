/** Maps stored messages again: recovery under the configuration that accepted them, release and replay under the active one (promise 4). */
import { AqueductError, receivedAt } from '../contract/index.ts'
import type { Answer, Ledger, Reader, RerunOp } from '../contract/index.ts'
import { OWN_CHANNELS } from './inject.ts'
import { readOptionsOf, runOf } from './intake.ts'
import type { ChannelRuntime } from './intake.ts'

export interface RerunDeps {
  readonly ledger: Ledger
  readonly reader: Pick<Reader, 'header' | 'raw'>
  /** The channel under the active configuration, or null when it has none of this name. */
  readonly active: (channel: string) => ChannelRuntime | null
  /** The channel under an archived configuration, or null when that cannot be run any more. */
  readonly archived: (config: string, channel: string) => Promise<ChannelRuntime | null>
}

export type RerunResult = { readonly ok: true; readonly events: number } | { readonly ok: false; readonly text: string }

/** Reads, maps and stores one message again. Expected troubles come back as text. */
export async function rerun(deps: RerunDeps, message: number, reason: RerunOp['reason'], by: string): Promise<RerunResult> {
  const header = await deps.reader.header(message)
  if (!header) return { ok: false, text: 'There is no such message.' }
  if (header.state === 'REJECTED') return { ok: false, text: 'The message was refused: its sender knows and sends it again.' }
  if (header.channel.startsWith(OWN_CHANNELS))
    return {
      ok: false,
      text: `The message came by ${header.channel}: nothing maps it again. Ask for it again where it came from, or settle its worklist items.`,
    }
  const channel = reason === 'recovery' ? await deps.archived(header.acceptedConfig, header.channel) : deps.active(header.channel)
  if (!channel)
    return {
      ok: false,
      text: `The channel ${header.channel} is not in the ${reason === 'recovery' ? 'configuration that accepted the message' : 'active configuration'}.`,
    }
  const raw = await deps.reader.raw(message)
  if (!raw) return { ok: false, text: 'The content is past its retention.' }
  const inbound = channel.format.read(raw, readOptionsOf(channel))
  const outcome = inbound.fault
    ? ({ kind: 'fault', lane: '', fault: inbound.fault } as const)
    : channel.compiled.run(inbound, { message, recordedAt: receivedAt(message) })
  const run = runOf(channel, message, outcome, 'ERROR')
  const answer = await new Promise<Answer<'rerun'>>((resolve) =>
    deps.ledger.submit({ op: 'rerun', message, config: channel.config, reason, by, resend: reason === 'replay', ...run }, resolve),
  )
  if (!answer.ok) throw new AqueductError(answer.fault.code, answer.fault.text)
  return { ok: true, events: answer.value.events }
}
