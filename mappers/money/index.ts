/** Money: exact arithmetic, rounding, allocation. */
export { allocate, extend, roundAmount } from './money.ts'
