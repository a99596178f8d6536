/** Units of measure: exact factors. */
export { compose, convertQuantity, factorOf, invert } from './units.ts'
export type { Factor } from './units.ts'
