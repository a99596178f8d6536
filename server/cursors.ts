/** How far listeners have got, kept in the table `cursor` beside that of pulls. */
import { AqueductError } from '../channels/contract/index.ts'
import type { Clock, Ledger, Reader } from '../channels/contract/index.ts'
import type { CursorPort } from '../listeners/fhir-subscription/index.ts'

/** @param channel whose listener it is */
export function cursorOf(channel: string, ledger: Ledger, reader: Pick<Reader, 'rows'>, clock: Clock): CursorPort {
  // A destination has no colon in its name, so the two never meet.
  const source = `channel:${channel}`
  return {
    async read(kind) {
      const { items } = await reader.rows({ table: 'cursor', where: { source, kind } })
      return items[0]?.value ?? null
    },
    move: (kind, value) =>
      new Promise((resolve, reject) => {
        ledger.submit({ op: 'cursor', rows: [{ source, kind, value, at: clock.now() }] }, (answer) => {
          if (answer.ok) resolve()
          else reject(new AqueductError(answer.fault.code, answer.fault.text))
        })
      }),
  }
}
