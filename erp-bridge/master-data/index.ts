/** What the bridge knows of items, places, units and prices. */
export { deviceNeeds, findItem, gtin14, itemNeeds } from './items.ts'
export type { Item } from './items.ts'
export { findPlace, holdsOn, locationNeeds } from './places.ts'
export type { Place, Placing } from './places.ts'
export { findCost } from './prices.ts'
export type { Cost, Priced } from './prices.ts'
export { factorTo, isWhole, measure, quantityNeeds } from './units.ts'
export type { Measured } from './units.ts'
