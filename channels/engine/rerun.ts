/** Maps stored messages again: recovery under the configuration that accepted them, release and replay under the active one (promise 4). */
import { AqueductError, receivedAt } from '../contract/index.ts'
import type { Answer, Inbound, Ledger, MessageFormat, MessageHeader, Reader, RerunOp, ResourceLookup, RunRecord } from '../contract/index.ts'
import { inboundOf } from './door.ts'
import { OWN_CHANNELS } from './inject.ts'
import { runOf } from './intake.ts'
import type { ChannelRuntime } from './intake.ts'

export interface RerunDeps {
  readonly ledger: Ledger
  readonly reader: Pick<Reader, 'header' | 'raw' | 'resource' | 'resourcesOf'>
  /** The channel under the active configuration, or null when it has none of this name. */
  readonly active: (channel: string) => ChannelRuntime | null
  /** Told what a run gave, once it is stored. */
  readonly ran: (run: RunRecord) => void
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
  const inbound = await preparedOf(
    channel.format,
    channel.format.read(raw, { charset: channel.definition.listen[0]?.charset ?? 'MSH-18' }),
    message,
    header,
    deps.reader,
  )
  const outcome = inbound.fault
    ? ({ kind: 'fault', lane: '', fault: inbound.fault } as const)
    : channel.compiled.run(inbound, { message, recordedAt: receivedAt(message) })
  const run = runOf(channel, message, outcome, 'ERROR')
  const answer = await new Promise<Answer<'rerun'>>((resolve) =>
    deps.ledger.submit({ op: 'rerun', message, config: channel.config, reason, by, resend: reason === 'replay', ...run }, resolve),
  )
  if (!answer.ok) throw new AqueductError(answer.fault.code, answer.fault.text)
  deps.ran(run)
  return { ok: true, events: answer.value.events }
}

/** The message as it was taken, where its bytes alone do not say all of it. */
async function preparedOf(
  format: MessageFormat,
  inbound: Inbound,
  message: number,
  { controlId, sender, type }: MessageHeader,
  resources: ResourceLookup,
): Promise<Inbound> {
  if (!format.prepare) return inbound
  return { ...inboundOf(await format.prepare(inbound, message, resources)), controlId, sender, type }
}
