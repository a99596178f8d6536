/** Money: ISO 4217, rounding, allocation. */
export { allocate, currencyDigits, extend, roundAmount } from './money.ts'
