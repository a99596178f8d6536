/** From a supplier's invoice to its payment. */
import type { ProcessDefinition } from './definition.ts'

export const INVOICE: ProcessDefinition = {
  name: 'invoice',
  version: 1,
  about:
    'A supplier’s invoice or credit. While it waits or is held, its event waits and its process has not begun: a row under the event’s id says so; a person’s release or what was missing lets it go on. Subject: the invoice.',
  initial: 'RECEIVED',
  states: {
    RECEIVED: { about: 'It came.' },
    WAITING: { about: 'Its order or receipt may still come: it waits for the time of `matching.waitMs`.' },
    HELD: { about: 'It does not fit and is work for a person (R22).' },
    MATCHED: { about: 'It fits: it goes to the ERP.' },
    VARIANCE: { about: 'It fits with a difference that is inside the tolerance: the difference is posted (R22).' },
    RELEASED: { about: 'A named person let it go on as it is, with a reason (R22).' },
    POSTED: { about: 'The ERP posted it.' },
    PAID: { about: 'It is paid.', final: true },
    CANCELLED: { about: 'The ERP took it back.', final: true },
    REJECTED: { about: 'A person discarded it with a reason; the audit keeps it.', final: true },
  },
  moves: [
    { from: 'RECEIVED', on: 'waits', to: 'WAITING' },
    ...['RECEIVED', 'WAITING', 'HELD'].flatMap((from) => [
      ...(from === 'HELD' ? [] : [{ from, on: 'held', to: 'HELD' }]),
      { from, on: 'matched', to: 'MATCHED' },
      { from, on: 'variance', to: 'VARIANCE' },
    ]),
    { from: 'HELD', on: 'released', to: 'RELEASED' },
    { from: 'HELD', on: 'rejected', to: 'REJECTED' },
    ...['MATCHED', 'VARIANCE', 'RELEASED'].flatMap((from) => [
      { from, on: 'posted', to: 'POSTED' },
      { from, on: 'paid', to: 'PAID' },
      { from, on: 'cancelled', to: 'CANCELLED' },
    ]),
    { from: 'POSTED', on: 'paid', to: 'PAID' },
    { from: 'POSTED', on: 'cancelled', to: 'CANCELLED' },
  ],
}
