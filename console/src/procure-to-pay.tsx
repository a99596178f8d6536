/** Requisitions, orders, receipts and invoices with where they stand. The case may show; nothing else of a patient is in them. */
import { useState } from 'preact/hooks'
import { api } from './api.ts'
import type { ProcessRow } from './api.ts'
import { Empty, Problem, State, TraceLink, useLook } from './look.tsx'

const LISTS = {
  orders: {
    title: 'Orders',
    path: '/procure-to-pay/orders',
    id: 'purchaseOrder',
    columns: ['number', 'state', 'supplier', 'kind', 'day', 'caseId', 'acknowledged'],
  },
  requisitions: {
    title: 'Requisitions',
    path: '/replenishment/requisitions',
    id: 'requisition',
    columns: ['number', 'state', 'supplier', 'destination', 'orders'],
  },
  receipts: { title: 'Receipts', path: '/procure-to-pay/receipts', id: 'receipt', columns: ['number', 'purchaseOrder', 'item', 'quantity', 'unit', 'day'] },
  invoices: {
    title: 'Invoices',
    path: '/procure-to-pay/invoices',
    id: 'invoice',
    columns: ['number', 'state', 'supplier', 'orderNumber', 'total', 'currency', 'variance', 'reason', 'releasedBy'],
  },
} as const
type ListName = keyof typeof LISTS

const TITLES: Readonly<Record<string, string>> = { caseId: 'Case', purchaseOrder: 'Order', orderNumber: 'Order', releasedBy: 'Released by' }

/** From the requisition to the invoice. */
export function ProcureToPay({ id }: { id: string }) {
  const [name, setName] = useState<ListName>('orders')
  const [after, setAfter] = useState('')
  const { title, path, columns, id: key } = LISTS[name]
  const look = useLook(`${name} ${after}`, () => api.processRows(path, after))
  if (id !== '') return <Order id={id} />
  return (
    <section aria-labelledby="p2p-title">
      <h1 id="p2p-title">Procure to pay</h1>
      <div class="row" role="group" aria-label="Which records">
        {(Object.keys(LISTS) as ListName[]).map((each) => (
          <button
            key={each}
            aria-pressed={name === each}
            onClick={() => {
              setName(each)
              setAfter('')
            }}
          >
            {LISTS[each].title}
          </button>
        ))}
      </div>
      <Problem text={look.problem} />
      {look.value?.items.length === 0 && <Empty>There are no {title.toLowerCase()} yet.</Empty>}
      {look.value !== null && look.value.items.length > 0 && <Rows caption={title} rows={look.value.items} columns={columns} id={key} />}
      {look.value?.next != null && <button onClick={() => setAfter(look.value?.next ?? '')}>More</button>}
      {after !== '' && <button onClick={() => setAfter('')}>First page</button>}
    </section>
  )
}

function Rows({ caption, rows, columns, id }: { caption: string; rows: readonly ProcessRow[]; columns: readonly string[]; id: string }) {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {TITLES[column] ?? column.charAt(0).toUpperCase() + column.slice(1)}
            </th>
          ))}
          <th scope="col">Trace</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${text(row[id])} ${text(row['line'])}`}>
            {columns.map((column) => (
              <td key={column}>
                <Cell name={column} row={row} />
              </td>
            ))}
            <td>
              <TraceLink id={text(row['number']) || text(row[id]).replace(/^erp:/, '')}>Trace</TraceLink>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Cell({ name, row }: { name: string; row: ProcessRow }) {
  const value = text(row[name])
  if (name === 'state' && value !== '') return <State of={value} />
  const order = name === 'purchaseOrder' ? value : name === 'number' ? text(row['purchaseOrder']) : ''
  // Receipts and invoices name their order too; its own number leads to it only in the list of orders.
  if (order !== '' && (name === 'purchaseOrder' || 'acknowledged' in row)) return <a href={`#/procure-to-pay/${encodeURIComponent(order)}`}>{value || order}</a>
  return <>{value}</>
}

function Order({ id }: { id: string }) {
  const look = useLook(`order ${id}`, () => api.order(id))
  const state = look.value
  return (
    <section aria-labelledby="order-title">
      <p>
        <a href="#/procure-to-pay">All orders</a>
      </p>
      <h1 id="order-title">Order {text(state?.order['number']) || id}</h1>
      <Problem text={look.problem} />
      {state !== null && (
        <>
          <p>
            <State of={text(state.order['state']) || 'known'} /> {text(state.order['supplier'])} · {text(state.order['kind'])}
            {text(state.order['caseId']) === '' ? '' : ` · case ${text(state.order['caseId'])}`}
          </p>
          <Part caption="Where it stands" rows={state.processes} columns={['process', 'state', 'since']} id="subject" />
          <Part caption="Lines" rows={state.lines} columns={['line', 'item', 'quantity', 'unit', 'price', 'currency', 'received', 'invoiced']} id="line" />
          <Part caption="Requisitions" rows={state.requisitions} columns={['number', 'state']} id="requisition" />
          <Part caption="Receipts" rows={state.receipts} columns={['number', 'item', 'quantity', 'unit', 'lot', 'day']} id="receipt" />
          <Part caption="Invoices" rows={state.invoices} columns={['number', 'state', 'total', 'currency', 'variance', 'reason']} id="invoice" />
        </>
      )}
    </section>
  )
}

function Part({ caption, rows, columns, id }: { caption: string; rows: readonly ProcessRow[]; columns: readonly string[]; id: string }) {
  return rows.length === 0 ? null : <Rows caption={caption} rows={rows} columns={columns} id={id} />
}

function text(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(', ')
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
