/** Every migration in order. A new one is a file of its own and a line here; its last statement sets `schema_version`. */
import { later } from './2-later.ts'
import { erp } from './3-erp.ts'
import { fhir } from './4-fhir.ts'
import { spine } from './1-spine.ts'

export const MIGRATIONS: readonly { readonly version: number; readonly name: string; readonly statements: readonly string[] }[] = [
  { version: 1, name: 'Spine1767225600001', statements: spine },
  { version: 2, name: 'Later1767225600002', statements: later },
  { version: 3, name: 'Erp1767225600003', statements: erp },
  { version: 4, name: 'Fhir1767225600004', statements: fhir },
]
export { ddl } from './dialect.ts'
export type { Dialect } from './dialect.ts'
