/**
 * The house as data: every zone, what it may import besides Node, npm packages and itself, and which zones own which package.
 * eslint.config.js enforces it, docs/architecture.md shows it, tests/architecture.test.ts plants violations against it.
 */

/** @typedef {{ folder: string, may: readonly string[], about: string }} Layer */

/** @type {Record<string, Layer>} Most specific folder first: `mappers/hl7v2` is its own zone inside `mappers`. */
export const layers = {
  contract: { folder: 'channels/contract', may: [], about: 'ports, states, failures, events: what everybody agrees on' },
  config: { folder: 'channels/config', may: ['contract', 'canonical'], about: 'the spec of the configuration folder: parse, lint, JSON Schema, reference' },
  engine: { folder: 'channels/engine', may: ['contract'], about: 'intake, pipeline, delivery, retry, recovery, replay' },
  destinations: { folder: 'channels/destinations', may: ['contract', 'hl7v2', 'x12', 'fhir-r4', 'fhir-client'], about: 'ways out that are no ERP' },
  canonical: { folder: 'canonical', may: [], about: 'the model between the two worlds: events and master data' },
  hl7v2: { folder: 'mappers/hl7v2', may: ['contract'], about: 'HL7 v2 grammar: pure, lossless, lazy' },
  x12: { folder: 'mappers/x12', may: ['contract'], about: 'ASC X12 grammar: envelopes, dictionary, 997; pure' },
  'fhir-r4': { folder: 'fhir/r4', may: ['contract'], about: 'FHIR R4: JSON, definitions, validation, search grammar; pure' },
  'fhir-client': { folder: 'fhir/client', may: ['contract', 'fhir-r4'], about: 'a client of other FHIR servers' },
  mappers: { folder: 'mappers', may: ['contract', 'canonical', 'hl7v2', 'x12', 'fhir-r4'], about: 'meaning: from a message to canonical events' },
  listeners: { folder: 'listeners', may: ['contract', 'hl7v2', 'x12', 'fhir-r4', 'fhir-client'], about: 'ways in: sockets and framing' },
  fhir: { folder: 'fhir', may: ['contract', 'canonical', 'fhir-r4', 'fhir-client'], about: 'FHIR R4: facade, what the bridge did, subscriptions' },
  store: { folder: 'store', may: ['contract'], about: 'the only folder that knows SQL' },
  'sandbox-erp': { folder: 'erp-bridge/connectors/sandbox/erp', may: ['contract'], about: 'the sandbox ERP: a program of its own with its own database' },
  erp: { folder: 'erp-bridge', may: ['contract', 'canonical'], about: 'from an event to documents: pure rules, and the connectors' },
  server: {
    folder: 'server',
    may: [
      'contract',
      'config',
      'engine',
      'destinations',
      'canonical',
      'hl7v2',
      'x12',
      'mappers',
      'listeners',
      'fhir-r4',
      'fhir-client',
      'fhir',
      'store',
      'sandbox-erp',
      'erp',
    ],
    about: 'composition root: CLI, API, observability, security; imported by nobody',
  },
}

/** @type {Record<string, readonly string[]>} Package → zones that may import it. A package that is not named here is free. */
export const owned = {
  typeorm: ['store'],
  pg: ['store'],
  'better-sqlite3': ['store', 'sandbox-erp'],
  koa: ['server', 'listeners'],
  '@koa/router': ['server', 'listeners'],
  '@koa/bodyparser': ['server', 'listeners'],
  bunyan: ['server'],
  'prom-client': ['server'],
  '@asteasolutions/zod-to-openapi': ['server'],
  zod: ['config', 'canonical', 'server'],
  yaml: ['config', 'canonical', 'server'],
  undici: ['destinations', 'erp', 'fhir-client', 'fhir', 'server'],
  jose: ['fhir-client', 'server'],
  '@marcbachmann/cel-js': ['mappers', 'config'],
  '@medplum/core': ['fhir-r4', 'fhir', 'mappers'],
}

/** Owners that are narrower than a zone: package → the folders inside an owning zone that may import it. */
export const ownedWithin = { undici: { erp: ['erp-bridge/connectors'], server: ['server/cli'] } }

/**
 * Rooms of several modules: each folder in them has its own door (`mappers/udi/index.ts`). Elsewhere the zone is the module and its inner
 * folders are its own affair.
 */
export const roomsOfModules = ['canonical', 'mappers', 'listeners', 'destinations', 'fhir', 'erp', 'server']

/** Zones that are programs or edges: they may read the machine's clock and start timers. Everybody else is handed a Clock. */
export const timed = ['server', 'listeners', 'destinations', 'sandbox-erp']

/** The folders of the house (DESIGN: the house), top level. */
export const rooms = [
  'bench',
  'canonical',
  'channel-config',
  'channels',
  'console',
  'docs',
  'erp-bridge',
  'fhir',
  'listeners',
  'mappers',
  'server',
  'store',
  'tests',
]
