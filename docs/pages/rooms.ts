/** Pages that the rooms make of themselves: the configuration reference, the published JSON Schemas, the API's description. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonSchemas as canonicalSchemas } from '../../canonical/schemas/index.ts'
import { jsonSchemas as configurationSchemas, referencePages } from '../../channels/config/index.ts'
import { describeApi } from '../../server/api/index.ts'
import type { Page } from './page.ts'

type Files = Readonly<Record<string, string | object>>

function files(folder: string, contents: Files): readonly Page[] {
  return Object.entries(contents).map(([name, content]) => ({
    path: `${folder}/${name}`,
    text: typeof content === 'string' ? content : JSON.stringify(content, null, 2),
  }))
}

export function roomPages(root: string): readonly Page[] {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return [
    ...files('docs/schemas', canonicalSchemas()),
    ...files('docs/reference/configuration', referencePages()),
    ...files('channel-config/schemas', configurationSchemas()),
    ...files('docs/reference', { 'openapi.json': describeApi(version) }),
  ]
}
