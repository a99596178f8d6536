/** Who may do what: asked of those who know scopes, answered as the face answers. */
import type { FaceCaller } from './exchange.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** Codes of restful-interaction, their conditional forms, and the operations. */
export type FaceInteraction =
  | 'read'
  | 'vread'
  | 'history-instance'
  | 'history-type'
  | 'history-system'
  | 'search-type'
  | 'search-system'
  | 'create'
  | 'conditional-create'
  | 'update'
  | 'conditional-update'
  | 'patch'
  | 'delete'
  | 'conditional-delete'
  | 'validate'
  | 'process-message'
  | 'transaction'
  | 'batch'

export interface Authority {
  /** @param type null: all types */
  authorize(caller: FaceCaller, interaction: FaceInteraction, type: string | null): { readonly ok: true } | { readonly ok: false; readonly missing: string }
  /** May resources of this type stand beside what was asked for? Those that may not are left out. */
  mayReceive(caller: FaceCaller, type: string): boolean
}

/** Null when the caller may. */
export function forbid(authority: Authority, caller: FaceCaller, interaction: FaceInteraction, type: string | null): Refusal | null {
  const said = authority.authorize(caller, interaction, type)
  if (said.ok) return null
  const of = type === null ? '' : ` of ${type}`
  return refuse(403, 'forbidden', `This caller may not do this: ${interaction}${of} needs the scope ${said.missing}.`, undefined, {
    'www-authenticate': `Bearer realm="aqueduct", error="insufficient_scope", scope="${said.missing}"`,
  })
}
