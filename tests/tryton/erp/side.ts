/** A real Tryton as the ERP of the scenario from scan to invoice: its buyer approves and orders, its server can be killed. */
import type { ErpSide } from '../../procure-to-pay/hospital.ts'
import { countOf } from '../bench.ts'
import type { Person } from './person.ts'
import { PASSWORDS } from './start.ts'
import type { RunningTryton } from './start.ts'

export function trytonSide(erp: RunningTryton): ErpSide {
  let buyer: Promise<Person> | null = null
  /** A session does not outlive everything: a failed login is tried again at the next call. */
  const person = async (): Promise<Person> => {
    buyer ??= erp.buyer()
    try {
      return await buyer
    } catch (error) {
      buyer = null
      throw error
    }
  }
  return {
    env: { TRYTON_PASSWORD: PASSWORDS.bridge },
    // Tryton's stock accounting has moved what is used from inventory to this account already (R28).
    inventory: '5190',
    destination: () =>
      [
        'type: tryton',
        `url: ${erp.url}`,
        'timeout: 20s',
        'concurrency: 1', // SQLite lets one write
        'retry: { first: 200ms, max: 2s, attempts: null }',
        'settle: 500ms',
        `options: { database: ${erp.database}, user: bridge, password: "\${TRYTON_PASSWORD}", charges: { freight: '6810', variance: '5130' }, books_gl: false }`,
        'pull: { every: { requisitions: 1s, orders: 1s, receipts: 1s, invoices: 1s } }',
        '',
      ].join('\n'),
    count: async (_kind, key) => countOf(await person(), key),
    async order(number) {
      const by = await person()
      const [requisition] = await by.rows('purchase.requisition', [['number', '=', number]], ['state'])
      if (requisition === undefined) throw new Error(`no requisition ${number}`)
      if (requisition['state'] === 'waiting') await by.press('purchase.requisition', 'approve', requisition.id)
      const lines = await by.rows('purchase.requisition.line', [['requisition', '=', requisition.id]], [])
      const of = ['origin', 'in', lines.map(({ id }) => `purchase.requisition.line,${String(id)}`)]
      const open = await by.rows('purchase.request', [of, ['purchase', '=', null]], [])
      const ids = open.map(({ id }) => id)
      if (ids.length > 0) await by.wizard('purchase.request.create_purchase', 'purchase.request', ids, ['start'])
      const [made] = await by.rows('purchase.request', [of, ['purchase', '!=', null]], ['purchase'])
      const [order] = await by.rows('purchase.purchase', [['id', '=', made?.['purchase'] ?? 0]], ['state', 'number'])
      if (order === undefined) throw new Error(`nothing is ordered for ${number}`)
      if (order['state'] === 'draft' || order['state'] === 'quotation') await by.confirm(order.id)
      const [confirmed] = await by.rows('purchase.purchase', [['id', '=', order.id]], ['number'])
      return String(confirmed?.['number'])
    },
    async invoiced(number) {
      const [invoice] = await (await person()).rows('account.invoice', [['reference', '=', number]], ['state', 'total_amount'])
      if (invoice === undefined) return null
      return {
        posted: invoice['state'] === 'posted' || invoice['state'] === 'paid',
        total: String((invoice['total_amount'] as { readonly decimal: string }).decimal),
      }
    },
    async crash() {
      await erp.kill()
      await erp.restart()
    },
    stop: () => erp.stop(),
  }
}
