/** Values that may be used once. */
import type { OnceOp } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, selectFrom, textOf } from '../sql/port.ts'
import { shortKey } from './short.ts'
import type { Writing } from './writing.ts'

const selectValues = selectFrom(tables.onceValue)
const insertValue = insertInto(tables.onceValue, 'replace')

const nameOf = (scope: string, value: string): string => `${scope}\u0001${value}`

/** First come, first served; what is past its time counts as never used. */
export async function once(w: Writing, ops: readonly OnceOp[]): Promise<readonly { readonly first: boolean }[]> {
  await w.sql.run('delete from once_value where until < ?', [w.now])
  const keys = ops.map((op) => [shortKey(op.scope), shortKey(op.value)] as const)
  const used = new Set<string>()
  for (const row of await w.sql.select(selectValues, keys)) if (numberOf(row['until']) >= w.now) used.add(nameOf(textOf(row['scope']), textOf(row['value'])))
  const firsts = keys.map(([scope, value]) => {
    const first = !used.has(nameOf(scope, value))
    used.add(nameOf(scope, value))
    return { first }
  })
  await w.sql.insert(
    insertValue,
    ops.flatMap((op, i) => (firsts[i]?.first ? [[...(keys[i] ?? []), Math.trunc(op.until)]] : [])),
  )
  return firsts
}
