/** The sandbox ERP as the scenario's ERP: a process of its own that can be killed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '../crash/engine.ts'
import type { ErpSide } from './hospital.ts'

interface Row {
  readonly kind: string
  readonly key: string
  readonly number: string
  readonly state: string
  readonly origins?: readonly string[]
  readonly document: Readonly<Record<string, unknown>>
}

export async function sandboxErp(): Promise<ErpSide> {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-sandbox-'))
  let erp = await startSandbox(dir)
  const port = new URL(erp.url).port
  const rows = async (query: Readonly<Record<string, string>>): Promise<readonly Row[]> =>
    ((await (await fetch(`${erp.url}/sandbox/v1/documents?${new URLSearchParams(query).toString()}`)).json()) as { items: Row[] }).items
  return {
    destination: () =>
      `type: sandbox\nurl: ${erp.url}\ntimeout: 5s\nconcurrency: 4\nretry: { first: 100ms, max: 1s, attempts: null }\nsettle: 200ms\npull: { every: { requisitions: 300ms, orders: 300ms, receipts: 300ms, invoices: 300ms } }\n`,
    count: async (kind, key) => (await rows({ kind, key })).length,
    async order(requisition) {
      const response = await fetch(`${erp.url}/sandbox/v1/documents/${requisition}/approve`, { method: 'POST', headers: { 'x-sandbox-user': 'buyer' } })
      // An approval whose answer was lost with the ERP was made: it is ordered by now.
      const said = await response.text()
      if (!response.ok && !said.includes('STATE_WRONG')) throw new Error(`approve: ${String(response.status)} ${said}`)
      const orders = await rows({ kind: 'purchase-order' })
      const key = (await rows({ number: requisition }))[0]?.key ?? ''
      const made = orders.find((each) => JSON.stringify(each).includes(key))
      if (made === undefined) throw new Error('no order was made')
      return made.number
    },
    async invoiced(number) {
      const made = (await rows({ kind: 'supplier-invoice' })).find((each) => each.document['number'] === number)
      return made ? { posted: made.state === 'posted', total: String(made.document['total']) } : null
    },
    async crash() {
      await erp.kill('SIGKILL')
      erp = await startSandbox(dir, port)
    },
    async stop() {
      await erp.kill('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
