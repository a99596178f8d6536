/**
 * The door of the contract: what every part of the engine agrees on. Imports nothing.
 *
 * Glossary (DESIGN §1). channel: one interface, one folder in channel-config/channels. message: what came in, the bytes as
 * received and what is known about them. event: a canonical fact that a message states. case: the clinical occasion an event
 * belongs to. document: what the ERP gets. destination: where a channel delivers. delivery: one event or document to one
 * destination; has attempts and an outcome. lane: deliveries (or messages) that share an ordering key, strictly in order
 * inside, parallel across. worklist: what waits for a person. replay: doing it again on purpose, with a trail.
 */
export * from './bridge.ts'
export * from './channel.ts'
export * from './clock.ts'
export * from './control.ts'
export * from './destination.ts'
export * from './events.ts'
export * from './failures.ts'
export * from './ids.ts'
export * from './listener.ts'
export * from './mapper.ts'
export * from './master-data.ts'
export * from './resources.ts'
export * from './notices.ts'
export * from './rows.ts'
export * from './smart.ts'
export * from './states.ts'
export * from './store.ts'
export * from './tables.ts'
export * from './views.ts'
