/** Kinds of documents and how Tryton has them. */
import type { DocumentKind } from '../../../../channels/contract/index.ts'
import { cancellation } from './cancellation.ts'
import { invoice } from './invoice.ts'
import { journal } from './journal.ts'
import type { KindTranslation } from './kind.ts'
import { item, supplier } from './master.ts'
import { order } from './order.ts'
import { receipt } from './receipt.ts'
import { requisition } from './requisition.ts'
import { shipment } from './shipment.ts'

export type { Found, KindTranslation } from './kind.ts'

/** In the order in which a number is looked for. `supplier-order` goes to suppliers, not to an ERP. */
export const KINDS: ReadonlyMap<DocumentKind, KindTranslation> = new Map<DocumentKind, KindTranslation>([
  ['purchase-order', order],
  ['requisition', requisition],
  ['goods-receipt', receipt],
  ['supplier-invoice', invoice],
  ['journal', journal],
  ['goods-issue', shipment],
  ['goods-return', shipment],
  ['stock-transfer', shipment],
  ['stock-adjustment', shipment],
  ['order-cancellation', cancellation],
  ['supplier-return', order],
  ['supplier', supplier],
  ['item', item],
])
