/** The sandbox ERP: a program of its own (main.ts), startable from tests too. */
export { startSandboxErp } from './server.ts'
export type { SandboxErp } from './server.ts'
