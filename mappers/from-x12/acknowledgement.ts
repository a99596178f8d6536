/** 855: what the supplier says of our order. */
import { readDate } from '../x12/index.ts'
import { partnersOf } from './meaning.ts'
import type { Meaning, Source } from './meaning.ts'
import { before, dateOf, descriptionOf, first, itemOf, loops, present, productIds, realOf, referenceOf } from './transaction.ts'
import type { Line } from './transaction.ts'

/** ACK01 (data element 668) → status of a line. */
const STATUSES: Readonly<Record<string, string>> = {
  IA: 'accepted',
  AA: 'accepted',
  AC: 'accepted',
  AR: 'accepted',
  AK: 'accepted',
  IB: 'backordered',
  IW: 'backordered',
  BP: 'backordered',
  SP: 'changed',
  IC: 'changed',
  IP: 'changed',
  IQ: 'changed',
  IE: 'changed',
  IF: 'changed',
  DR: 'changed',
  IS: 'substituted',
  IR: 'rejected',
  ID: 'rejected',
  R1: 'rejected',
  R2: 'rejected',
  R3: 'rejected',
  R4: 'rejected',
  R5: 'rejected',
  R6: 'rejected',
}
/** BAK02 (data element 587). */
const KINDS: Readonly<Record<string, string>> = { AD: 'accepted', AK: 'accepted', AT: 'accepted', AC: 'changed', AE: 'changed', RD: 'rejected', RJ: 'rejected' }

export function readAcknowledgement(source: Source): readonly Meaning[] {
  const { lines } = source
  const bak = first(lines, 'BAK')
  if (bak === undefined) return []
  const header = before(lines, ['PO1', 'CTT'])
  const stated = KINDS[bak.at(2)] ?? 'changed'
  const made = loops(lines, 'PO1', ['CTT', 'SE']).flatMap(({ head, inner }, n) => linesOf(head, inner, n + 1, stated))
  const kind = stated === 'accepted' && made.some((line) => line['status'] !== 'accepted') ? 'changed' : stated
  return [
    {
      part: '',
      type: 'PurchaseOrderAcknowledged',
      body: present({
        occurredAt: readDate(bak.at(9)) ?? readDate(bak.at(4)) ?? source.today,
        order: bak.at(3),
        number: bak.at(8) || bak.at(3),
        date: readDate(bak.at(9)) ?? readDate(bak.at(4)) ?? undefined,
        documentKind: kind,
        reference: referenceOf(header, ['VN', 'CO', 'OQ']),
        lines: made,
      }),
      places: { order: 'BAK-3', number: 'BAK-8', date: 'BAK-9', occurredAt: 'BAK-9', documentKind: 'BAK-2', lines: 'PO1' },
      partners: partnersOf(source),
      amounts: made.some((line) => line['unitPrice'] !== undefined),
      doubts: [],
    },
  ]
}

/** One line for each ACK of it, with that ACK's quantity, unit, date and substitute; without ACK the line stands as it is stated. */
function linesOf(head: Line, inner: readonly Line[], n: number, stated: string): Record<string, unknown>[] {
  const line = head.at(1) || String(n)
  const common = { orderLine: line, description: descriptionOf(inner), unitPrice: priceOf(head, inner) }
  const item = itemOf(productIds(head, 6))
  const needed = dateOf(inner, ['067', '017', '002', '010'])
  const acks = inner.filter((one) => one.id === 'ACK')
  if (acks.length === 0) {
    return [present({ line, ...common, item, quantity: quantityOf(head, 2, 3, head), status: stated === 'rejected' ? 'rejected' : 'accepted', date: needed })]
  }
  return acks.map((ack, k) => {
    const status = STATUSES[ack.at(1)] ?? 'changed'
    const substitute = status === 'substituted' ? itemOf(productIds(ack, 7)) : undefined
    return present({
      line: acks.length === 1 ? line : `${line}.${String(k + 1)}`,
      ...common,
      item: substitute ?? item,
      quantity: quantityOf(ack, 2, 3, head) ?? quantityOf(head, 2, 3, head),
      status,
      date: readDate(ack.at(5)) ?? needed,
    })
  })
}

/** The price that is acknowledged: CTP when the line has one, else the PO1's own. */
function priceOf(head: Line, inner: readonly Line[]): string | undefined {
  const ctp = first(inner, 'CTP')
  return (ctp === undefined ? undefined : realOf(ctp, 3)) ?? realOf(head, 4)
}

function quantityOf(line: Line, value: number, unit: number, head: Line): { readonly value: string; readonly unit: string } | undefined {
  const amount = realOf(line, value)
  return amount === undefined || amount.startsWith('-') ? undefined : { value: amount, unit: line.at(unit) || head.at(3) }
}
