/** From a request for a supplier to a supplier that can be ordered from (R41). */
import type { ProcessDefinition } from './definition.ts'

export const ONBOARDING: ProcessDefinition = {
  name: 'onboarding',
  version: 1,
  about: 'A new supplier: asked for, checked against those that exist, approved by accounts payable, made in the ERP. Subject: the request.',
  initial: 'REQUESTED',
  states: {
    REQUESTED: { about: 'It was asked for and checked for duplicates.' },
    APPROVAL: { about: 'Accounts payable has it on the worklist; bank details are never part of it.' },
    APPROVED: { about: 'A named person approved it: it goes to the ERP.' },
    ACTIVE: { about: 'The ERP has it.', final: true },
    REJECTED: { about: 'A person discarded the request with a reason.', final: true },
  },
  moves: [
    { from: 'REQUESTED', on: 'asked', to: 'APPROVAL' },
    { from: 'APPROVAL', on: 'approved', to: 'APPROVED' },
    { from: 'APPROVAL', on: 'rejected', to: 'REJECTED' },
    { from: 'APPROVED', on: 'created', to: 'ACTIVE' },
  ],
}
