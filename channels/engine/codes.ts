/** Codes that the tables know now: their worklist items are retried, and the waiting events go on (promise 6). */
import type { Configuration, Reader, ResolveAnswer, ResolveOp } from '../contract/index.ts'

export interface CodesDeps {
  readonly reader: Pick<Reader, 'worklist'>
  readonly tables: Configuration['tables']
  /** `YYYY-MM-DD` */
  readonly today: string
  readonly resolve: (request: Omit<ResolveOp, 'op'>) => Promise<ResolveAnswer>
}

export async function retryCodes({ reader, tables, today, resolve }: CodesDeps, by: string): Promise<void> {
  let after: number | undefined
  for (;;) {
    const page = await reader.worklist({ state: 'open', kind: 'UNMAPPED_CODE', limit: 500, ...(after === undefined ? {} : { after }) })
    for (const item of page.items) {
      const [table = '', ...code] = item.subject.split(':')
      if (tables.get(table)?.find(code.join(':'), today) === undefined) continue
      await resolve({ item: item.id, action: 'retry', by, reason: 'the table has the code now', value: null, erpRef: null })
    }
    if (page.next === null) return
    after = Number(page.next)
  }
}
