/** What a client is granted: what it asks for, as far as it is registered for it. Pure. */
import { parseSmartScope } from '../../../channels/contract/index.ts'
import type { SmartPermission } from '../../../channels/contract/index.ts'

/** Scopes in version 1 are answered in version 1 where that says the same: clients of that time compare the words. */
const VERSION_1: Readonly<Record<string, string>> = { rs: 'read', cud: 'write', cruds: '*' }
const MOST = 200

/**
 * The scopes to grant, in the order of asking. What is not understood (other contexts, narrowed scopes) is not granted, as RFC 6749 §3.3
 * allows; the answer says what was. Empty: nothing of it.
 *
 * @param requested scopes with blanks between them
 */
export function grantScopes(requested: string, registered: readonly string[]): readonly string[] {
  const held = registered.flatMap((scope) => parseSmartScope(scope) ?? [])
  const granted = new Set<string>()
  for (const scope of requested.split(/\s+/).slice(0, MOST)) {
    const asked = parseSmartScope(scope)
    if (asked === null) continue
    const old = /\.(read|write|\*)$/.test(scope)
    for (const { type, letters } of meet(asked, held)) granted.add(`system/${type}.${(old ? VERSION_1[letters] : undefined) ?? letters}`)
  }
  return [...granted]
}

/** One permission within those that are held. `system/*` is, where it is not held itself, the single types that are. */
function meet(asked: SmartPermission, held: readonly SmartPermission[]): readonly SmartPermission[] {
  const within = (type: string) => {
    const of = held.filter((each) => each.type === type || each.type === '*').map(({ letters }) => letters)
    return [...asked.letters].filter((letter) => of.some((each) => each.includes(letter))).join('')
  }
  if (asked.type !== '*') return [{ type: asked.type, letters: within(asked.type) }].filter(({ letters }) => letters !== '')
  const everywhere = within('*')
  const more = [...new Set(held.map(({ type }) => type))].map((type) => ({ type, letters: within(type) }))
  return [{ type: '*', letters: everywhere }, ...more.filter(({ type, letters }) => type !== '*' && letters !== everywhere)].filter(
    ({ letters }) => letters !== '',
  )
}
