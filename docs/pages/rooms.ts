/** Pages that the rooms make of themselves: the configuration reference and the published JSON Schemas. */
import type { Page } from './page.ts'

export async function roomPages(): Promise<readonly Page[]> {
  return Promise.resolve([])
}
