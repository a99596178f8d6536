/** Who owns a supply until it is used, and so what its use becomes (R1, R2). */
export const OWNERSHIPS = ['owned', 'consigned', 'bill-only', 'bill-and-replace', 'par', 'charge-only'] as const
export type Ownership = (typeof OWNERSHIPS)[number]
