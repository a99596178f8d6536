/** What a caller may do on /fhir, by resource type and interaction: SMART scopes of a client, or the scopes of an API key. Pure. */
import { parseSmartScope } from '../../channels/contract/index.ts'
import type { FaceInteraction } from '../../fhir/index.ts'
import type { Caller } from './keys.ts'

/**
 * The letters that an interaction needs (SMART App Launch 2 §3.0.2.3): `all` of these, or one of `any`. Conditional forms search first, so they
 * need `s` too: else a writer could find out what is there. A bundle needs nothing itself: each of its entries is asked for.
 */
const NEEDS: Readonly<Record<FaceInteraction, { readonly all: string; readonly any?: string }>> = {
  read: { all: 'r' },
  vread: { all: 'r' },
  'history-instance': { all: 'r' },
  'history-type': { all: 's' },
  'history-system': { all: '', any: 'sr' },
  'search-type': { all: 's' },
  'search-system': { all: '', any: 'sr' },
  create: { all: 'c' },
  'conditional-create': { all: 'cs' },
  update: { all: 'u' },
  'conditional-update': { all: 'us' },
  patch: { all: 'u' },
  delete: { all: 'd' },
  'conditional-delete': { all: 'ds' },
  validate: { all: '', any: 'src' },
  'process-message': { all: 'c' },
  transaction: { all: '' },
  batch: { all: '' },
}

/** What the scopes of API keys permit on every type. `ops:read` has always read /fhir. */
const KEY_SCOPES: Readonly<Record<string, string>> = { 'fhir:read': 'rs', 'fhir:write': 'cud', 'ops:read': 'rs', '*': 'cruds' }

export type Authorization = { readonly ok: true } | { readonly ok: false; /** The scope that would have allowed it. */ readonly missing: string }

/**
 * May the caller do this?
 * @param type the resource type; null: all types (search and history of the system, a message whose types are not known)
 */
export function authorize(caller: Caller, interaction: FaceInteraction, type: string | null): Authorization {
  const { all, any } = NEEDS[interaction]
  const held = lettersOf(caller, type)
  if (any !== undefined) return [...any].some((letter) => held.includes(letter)) ? { ok: true } : refusal(caller, type, any.charAt(0))
  if (all === '') return isBackend(caller) || heldByKey(caller) !== '' ? { ok: true } : refusal(caller, type, 'rs')
  const lacking = [...all].filter((letter) => !held.includes(letter)).join('')
  return lacking === '' ? { ok: true } : refusal(caller, type, lacking)
}

/** May resources of this type stand in what the caller gets (`_include`, `_revinclude`, a search or history of the system)? Those that may not are left out. */
export function mayReceive(caller: Caller, type: string): boolean {
  return /[rs]/.test(lettersOf(caller, type))
}

/** The letters that the caller holds for a type; null: for every type at once. */
function lettersOf(caller: Caller, type: string | null): string {
  const permitted = caller.scopes.flatMap((scope) => {
    const permission = parseSmartScope(scope)
    return permission !== null && (permission.type === '*' || permission.type === type) ? [permission.letters] : []
  })
  return permitted.join('') + heldByKey(caller)
}

function heldByKey(caller: Caller): string {
  return caller.scopes.map((scope) => (Object.hasOwn(KEY_SCOPES, scope) ? (KEY_SCOPES[scope] ?? '') : '')).join('')
}

/** Does the caller hold SMART scopes? Then what is missing is told in their words. */
function isBackend(caller: Caller): boolean {
  return caller.scopes.some((scope) => parseSmartScope(scope) !== null)
}

function refusal(caller: Caller, type: string | null, letters: string): Authorization {
  if (isBackend(caller)) return { ok: false, missing: `system/${type ?? '*'}.${letters}` }
  return { ok: false, missing: /[cud]/.test(letters) && !/[cud]/.test(heldByKey(caller)) ? 'fhir:write' : 'fhir:read' }
}
