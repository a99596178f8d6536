/** FHIR profiles of the folder `profiles/` beside the channels: packages as they are unpacked. Read when first asked for, for they are large. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ChannelDefinition } from '../channels/contract/index.ts'
import { loadProfiles } from '../fhir/r4/index.ts'
import type { LoadedProfiles, Profile } from '../fhir/r4/index.ts'

export interface Profiles {
  /** Canonical URLs that the channels ask of a type that they take. */
  of(type: string): readonly string[]
  find(url: string): Profile | undefined
}

const USED = /^(StructureDefinition|ValueSet|CodeSystem)\b.*\.json$/

/** @param dir the configuration folder; without a folder `profiles` in it there are none */
export function profilesOf(dir: string, channels: readonly ChannelDefinition[]): Profiles {
  const asked = channels.flatMap(({ listen }) => listen.flatMap((each) => (each.type === 'fhir' && each.profiles.length > 0 ? [each] : [])))
  let loaded: LoadedProfiles['profiles'] | null = null
  return {
    of: (type) => asked.flatMap(({ messages, profiles }) => (messages.includes(type) ? profiles : [])),
    find(url) {
      loaded ??= loadProfiles(filesOf(join(dir, 'profiles'))).profiles
      return loaded.get(url)
    },
  }
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() && USED.test(entry.name) ? [readFileSync(join(entry.parentPath, entry.name), 'utf8').replace(/^\uFEFF/, '')] : [],
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
