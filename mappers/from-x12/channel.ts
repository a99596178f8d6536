/** A channel over X12 compiled: each usable transaction becomes its events. There is nothing to configure but two tables. */
import { minorUnits } from '../../canonical/index.ts'
import { AqueductError, faultOf, formatEventId } from '../../channels/contract/index.ts'
import type {
  ChannelDefinition,
  CompiledChannel,
  Inbound,
  LookupTable,
  MapContext,
  MappedEvent,
  Need,
  Origin,
  SearchKey,
} from '../../channels/contract/index.ts'
import { usable } from '../x12/index.ts'
import type { Interchange } from '../x12/index.ts'
import { readAcknowledgement } from './acknowledgement.ts'
import { readInvoice } from './invoice.ts'
import type { Meaning, Source } from './meaning.ts'
import { readShipment } from './shipment.ts'
import { first, linesOf } from './transaction.ts'
import { readInterchangeAnswer, readTransmission } from './transmission.ts'

/** Partner's id (N104 of the seller, GS02 or ISA06) → supplier. */
export const PARTNERS = 'x12-partners'
/** Supplier → currency of what states none. */
export const CURRENCIES = 'x12-currencies'

const READERS: Readonly<Record<string, (source: Source) => readonly Meaning[]>> = {
  810: readInvoice,
  855: readAcknowledgement,
  856: readShipment,
  997: readTransmission,
}

/**
 * Compiles a channel of `format: x12`. `run` gives `mapped` with the events of the transactions that are whole, `filtered` when there
 * are none for us or it is a test, `fault` with NOT_X12 for an interchange of which nothing can be used.
 */
export function compileX12Channel(
  definition: Pick<ChannelDefinition, 'name' | 'interchange'>,
  tables: ReadonlyMap<string, LookupTable>,
  limits: { readonly eventsPerMessage: number },
): CompiledChannel {
  const { name } = definition
  return {
    name,
    run(inbound, context) {
      const lane = inbound.sender
      if (inbound.fault !== null) return { kind: 'fault', lane, fault: inbound.fault }
      try {
        // A partner's trial must not move stock or money; it is answered as if it had.
        if (contentOf(inbound).header[14] === 'T' && definition.interchange?.test !== true) return { kind: 'filtered', by: 'ISA15 test' }
        const events = eventsOf(name, inbound, context, tables)
        if (events.length > limits.eventsPerMessage)
          return { kind: 'fault', lane, fault: { code: 'TOO_MANY_EVENTS', text: `The message makes more than ${String(limits.eventsPerMessage)} events.` } }
        return events.length === 0 ? { kind: 'filtered', by: 'transaction set' } : { kind: 'mapped', lane, events }
      } catch (error) {
        return { kind: 'fault', lane, fault: faultOf(error, 'MAPPING_FAILED') }
      }
    },
  }
}

function eventsOf(channel: string, inbound: Inbound, context: MapContext, tables: ReadonlyMap<string, LookupTable>): readonly MappedEvent[] {
  const interchange = contentOf(inbound)
  const recordedAt = new Date(context.recordedAt).toISOString()
  const today = recordedAt.slice(0, 10)
  const make = (meaning: Meaning, rule: string, anchor: string, stated: string | null): MappedEvent =>
    eventOf({ channel, inbound, message: context.message, recordedAt, tables }, meaning, rule, anchor, stated)
  const answered = interchange.answers.flatMap((answer, n) =>
    readInterchangeAnswer(answer, today).map((meaning) => make(meaning, 'TA1', `TA1[${String(n + 1)}]`, null)),
  )
  const made = usable(interchange).flatMap(({ g, group, t, transaction }) => {
    const lines = linesOf(transaction)
    const source: Source = { interchange, group, transaction, lines, today }
    const currency = first(lines, 'CUR')?.at(2) ?? null
    return (READERS[transaction.set]?.(source) ?? []).map((meaning) =>
      make(meaning, transaction.set, `GS[${String(g)}].ST[${String(t)}]${meaning.part === '' ? '' : `.${meaning.part}`}`, currency),
    )
  })
  return [...answered, ...made]
}

interface Making {
  readonly channel: string
  readonly inbound: Inbound
  readonly message: number
  readonly recordedAt: string
  readonly tables: ReadonlyMap<string, LookupTable>
}

function eventOf(making: Making, meaning: Meaning, rule: string, anchor: string, statedCurrency: string | null): MappedEvent {
  const { channel, inbound, message, recordedAt, tables } = making
  const id = formatEventId(message, rule, anchor)
  const needs: Need[] = []
  const origin: Record<string, Origin> = {}
  for (const field of Object.keys(meaning.body)) origin[field] = { path: meaning.places[field] ?? rule, rule: `${channel}/${rule}/${field}` }
  const day = String(meaning.body['date'] ?? recordedAt).slice(0, 10)
  const supplier = supplierOf(meaning, tables.get(PARTNERS), day, needs)
  if (supplier.place !== '') origin['supplier'] = { path: supplier.place, rule: `${channel}/${rule}/supplier`, table: PARTNERS }
  const currency = meaning.amounts ? currencyOf(statedCurrency, supplier.known, tables.get(CURRENCIES), day, needs) : undefined
  if (currency !== undefined) origin['currency'] = { path: 'CUR-2', rule: `${channel}/${rule}/currency`, ...(statedCurrency ? {} : { table: CURRENCIES }) }
  for (const text of meaning.doubts) needs.push({ kind: 'BAD_VALUE', subject: id, field: 'lines', place: meaning.places['lines'] ?? rule, text, owner: 'ap' })
  const { number, order } = meaning.body as { readonly number?: string; readonly order?: string }
  const businessKey = meaning.type === 'InvoiceReceived' ? `invoice:${supplier.known ?? `?${supplier.code}`}:${number ?? ''}` : ''
  const keys: SearchKey[] = order === undefined ? [] : [{ kind: 'order', value: order }]
  return {
    rule,
    anchor,
    type: meaning.type,
    businessKey,
    caseKey: order === undefined ? '' : `order:${order}`,
    body: {
      id,
      type: meaning.type,
      version: 1,
      recordedAt,
      source: { channel, system: inbound.sender, controlId: inbound.controlId, position: anchor },
      businessKey,
      ...meaning.body,
      ...(supplier.known === undefined ? {} : { supplier: supplier.known }),
      ...(currency === undefined ? {} : { currency }),
    },
    origin,
    originJson: JSON.stringify(origin),
    keys: [...keys, ...lotKeys(meaning.body['lines'])],
    needs,
  }
}

/** The first of the partner's ids that the table knows; without one the event waits for the most telling. */
function supplierOf(
  { partners }: Meaning,
  table: LookupTable | undefined,
  day: string,
  needs: Need[],
): { readonly known?: string; readonly code: string; readonly place: string } {
  if (partners === null) return { code: '', place: '' }
  for (const { code, place } of partners) {
    const known = table?.find(code, day)
    if (known !== undefined && known !== '') return { known, code, place }
  }
  const { code = '', place = 'GS-2' } = partners[0] ?? {}
  needs.push({
    kind: 'UNMAPPED_CODE',
    subject: `${PARTNERS}:${code}`,
    field: 'supplier',
    place,
    text: `Table ${PARTNERS} has no row for ${code} on ${day}: add the supplier that it is and reload, or give the supplier here.`,
    owner: 'supply-chain',
  })
  return { code, place: '' }
}

/** CUR02, else what the table says of the supplier; it is never guessed. */
function currencyOf(stated: string | null, supplier: string | undefined, table: LookupTable | undefined, day: string, needs: Need[]): string | undefined {
  const code = stated === null || stated === '' ? (supplier === undefined ? undefined : table?.find(supplier, day)) : stated.toUpperCase()
  if (code !== undefined && minorUnits(code) !== undefined) return code
  needs.push({
    kind: 'UNMAPPED_CODE',
    subject: `${CURRENCIES}:${stated ? stated : (supplier ?? '?')}`,
    field: 'currency',
    place: 'CUR-2',
    text: `No ISO 4217 currency is stated: add a row for the supplier to table ${CURRENCIES} and reload, or give the currency here.`,
    owner: 'ap',
  })
  return undefined
}

function lotKeys(lines: unknown): readonly SearchKey[] {
  const list = Array.isArray(lines) ? (lines as readonly { readonly lot?: string; readonly serial?: string }[]) : []
  return list.flatMap(({ lot, serial }): SearchKey[] => [
    ...(lot === undefined ? [] : [{ kind: 'lot' as const, value: lot }]),
    ...(serial === undefined ? [] : [{ kind: 'serial' as const, value: serial }]),
  ])
}

function contentOf(inbound: Inbound): Interchange {
  const content = inbound.content
  if (typeof content === 'object' && content !== null && 'groups' in content && 'tokens' in content) return content as Interchange
  throw new AqueductError('MAPPING_FAILED', 'The channel reads X12, the message is not.')
}
