/** From a requisition to what it was made for. The bridge asks; people in the ERP approve (R42). */
import type { ProcessDefinition } from './definition.ts'

export const REPLENISHMENT: ProcessDefinition = {
  name: 'replenishment',
  version: 1,
  about: 'A requisition: asked for by the bridge or a person, approved and ordered in the ERP. Subject: the requisition.',
  initial: 'REQUESTED',
  states: {
    REQUESTED: { about: 'It was made and waits for the ERP’s buyer.', timer: 'approval' },
    APPROVED: { about: 'The buyer approved it; an order is to come.' },
    ORDERED: { about: 'Orders were made of it; what follows is procure-to-pay.' },
    FULFILLED: { about: 'What was ordered has come.', final: true },
    REJECTED: { about: 'The buyer refused it: it is not on order any more.', final: true },
    CANCELLED: { about: 'It was taken back.', final: true },
  },
  moves: [
    { from: 'REQUESTED', on: 'approved', to: 'APPROVED' },
    { from: 'REQUESTED', on: 'rejected', to: 'REJECTED' },
    { from: 'REQUESTED', on: 'cancelled', to: 'CANCELLED' },
    { from: 'REQUESTED', on: 'ordered', to: 'ORDERED' },
    { from: 'REQUESTED', on: 'received', to: 'FULFILLED' },
    { from: 'APPROVED', on: 'ordered', to: 'ORDERED' },
    { from: 'APPROVED', on: 'received', to: 'FULFILLED' },
    { from: 'APPROVED', on: 'rejected', to: 'REJECTED' },
    { from: 'APPROVED', on: 'cancelled', to: 'CANCELLED' },
    { from: 'ORDERED', on: 'received', to: 'FULFILLED' },
    { from: 'ORDERED', on: 'cancelled', to: 'CANCELLED' },
  ],
}
