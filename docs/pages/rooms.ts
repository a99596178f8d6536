/** Pages that the rooms make of themselves: the configuration reference and the published JSON Schemas. */
import { jsonSchemas as canonicalSchemas } from '../../canonical/index.ts'
import type { Page } from './page.ts'

function files(folder: string, contents: Readonly<Record<string, string | object>>): readonly Page[] {
  return Object.entries(contents).map(([name, content]) => ({
    path: `${folder}/${name}`,
    text: typeof content === 'string' ? content : JSON.stringify(content, null, 2),
  }))
}

export async function roomPages(): Promise<readonly Page[]> {
  return Promise.resolve([...files('docs/schemas', canonicalSchemas())])
}
