/** Validation against R4's base definitions, and against profiles. */
import type { JsonObject } from '../content.ts'
import type { Issue } from '../operation-outcome.ts'
import { profileIssues } from './profile.ts'
import type { Profile } from './profile-tree.ts'
import { Walk } from './walk.ts'

export { loadProfiles } from './profile-tree.ts'
export type { LoadedProfiles, Profile } from './profile-tree.ts'

export interface ValidateOptions {
  /** Profiles that it must keep, beside R4 itself. */
  readonly profiles?: readonly Profile[]
  /** URLs of modifier extensions that the caller understands. Default none: the resource is refused. */
  readonly modifierExtensions?: ReadonlySet<string>
  /** `implicitRules` that the caller follows. */
  readonly implicitRules?: ReadonlySet<string>
}

const NONE: ReadonlySet<string> = new Set()

/** Everything that is wrong with a resource, in the order of its elements; nothing: it may be stored. Never throws, whatever the resource. */
export function validateResource(resource: JsonObject, options: ValidateOptions = {}): readonly Issue[] {
  const walk = new Walk(options.modifierExtensions ?? NONE, options.implicitRules ?? NONE)
  walk.resource(resource, null, null)
  if (walk.issues.length > 0) return walk.issues
  return (options.profiles ?? []).flatMap((profile) => profileIssues(resource, profile))
}
