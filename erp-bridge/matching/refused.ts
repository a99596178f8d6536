/** An order of what was used already that the ERP ended: the device is in the patient, and nobody is to pay for it. */
import type { BridgeContext, BridgeEvent, Decision, Need } from '../../channels/contract/index.ts'
import { show } from '../amounts.ts'
import { releasedText, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { findOrder, openFile, REFUSED_ORDER, saidOf } from '../purchasing/index.ts'
import { storyOf } from './story.ts'

const LOOK_AGAIN_MS = 3_600_000
const NOTHING = { kind: 'nothing' } as const

/** TimerFired of `refused-order`: work for supply chain until it is settled, or its use is taken back. */
export function understandRefused(event: BridgeEvent, lookup: Lookup, context: BridgeContext): typeof NOTHING | Extract<Decision, { kind: 'needs' }> {
  const subject = textOf(event.body, 'subject')
  const timer = lookup.get('timer', REFUSED_ORDER, subject)
  const found = findOrder(lookup, { key: subject, number: '' })
  if (found === undefined || !timer || String(timer.due) !== textOf(event.body, 'due')) return NOTHING
  const { process } = openFile(lookup, found)
  const story = storyOf(lookup, found, new Map(), '')
  const stands = found.lines.flatMap((line) => {
    const usage = line.message === 0 ? undefined : lookup.get('usage', line.message, line.n)
    return usage !== undefined && usage.quantity > usage.reversed ? [`${show(usage.quantity - usage.reversed)} of ${usage.item}`] : []
  })
  if (process?.state !== 'CANCELLED' || stands.length === 0 || releasedText(event) !== '') return NOTHING
  const { order } = found
  const number = order.number || subject
  const ended = saidOf(process) === 'rejected' ? 'was rejected by its buyer' : 'was cancelled in the ERP'
  const need: Need = {
    kind: 'ORDER_CHANGED',
    subject: `order:${number}:refused`,
    field: 'released',
    place: '',
    text: `Order ${number} ${ended}, and what it is for was used: ${stands.join(', ')}. Have it ordered, or the use credited; release it with a reason when it is settled otherwise.`,
    owner: 'supply-chain',
    weight: { supply: 1 },
    story: { event: event.id, ...story },
  }
  return { kind: 'needs', needs: [need], until: context.now + LOOK_AGAIN_MS }
}
