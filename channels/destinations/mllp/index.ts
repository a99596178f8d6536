/** The `mllp` destination: item changes as HL7 v2 master files. */
export { createMllpDestination } from './destination.ts'
export type { MllpSender, OpenMllp } from './destination.ts'
export { masterFile } from './master-file.ts'
