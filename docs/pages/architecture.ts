/** docs/architecture.md: the zone and package tables, from the table that ESLint enforces. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { replacePart, table } from './page.ts'
import type { Page } from './page.ts'

interface House {
  readonly layers: Readonly<Record<string, { readonly folder: string; readonly may: readonly string[]; readonly about: string }>>
  readonly owned: Readonly<Record<string, readonly string[]>>
  readonly ownedWithin: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

const PATH = 'docs/architecture.md'

export async function architecturePage(root: string, read: (path: string) => string): Promise<Page> {
  const { layers, owned, ownedWithin } = (await import(pathToFileURL(join(root, 'eslint.layers.js')).href)) as House
  const folder = (zone: string): string => `\`${layers[zone]?.folder ?? zone}\``
  const zones = table(
    ['folder', 'is', 'may import (besides Node, packages and itself)'],
    Object.values(layers).map((layer) => {
      const all = layer.may.length === Object.keys(layers).length - 1
      return [`\`${layer.folder}\``, layer.about, all ? 'everything' : layer.may.map(folder).join(', ') || 'nothing']
    }),
  )
  const packages = table(
    ['package', 'only in'],
    Object.entries(owned).map(([name, owners]) => {
      const places = owners.flatMap((zone) => ownedWithin[name]?.[zone]?.map((place) => `\`${place}\``) ?? [folder(zone)])
      return [`\`${name}\``, places.join(', ')]
    }),
  )
  return { path: PATH, text: replacePart(replacePart(read(PATH), 'zones', zones), 'packages', packages) }
}
