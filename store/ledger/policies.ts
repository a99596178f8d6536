/** The policies of an archived configuration. */
import type { Policies } from '../../channels/contract/index.ts'
import { textOf } from '../sql/port.ts'
import type { Writing } from './writing.ts'

/** Null when this configuration is not archived. */
export async function policiesOf(w: Writing, config: string): Promise<Policies | null> {
  const known = w.setting.policies.get(config)
  if (known) return known
  const row = (await w.sql.all('select policies from configuration where id = ?', [config]))[0]
  if (!row) return null
  const policies = JSON.parse(textOf(row['policies'])) as Policies
  w.setting.policies.set(config, policies)
  return policies
}
