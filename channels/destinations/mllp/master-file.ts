/** ItemChanged as HL7 v2 master file notification: MFN^M16 (item master, v2.6) or MFN^M15 (inventory item, v2.5.1). Pure. */
import type { Outgoing } from '../../contract/index.ts'
import { buildMessage, STANDARD_DELIMITERS } from '../../../mappers/hl7v2/index.ts'
import type { FieldDraft } from '../../../mappers/hl7v2/index.ts'

export interface MasterFileOptions {
  readonly message: 'M15' | 'M16'
  readonly application: string
  readonly facility: string
  readonly receivingApplication: string
  readonly receivingFacility: string
}

interface ItemChange {
  readonly code: string
  readonly description: string
  readonly status: string
  readonly occurredAt: string
  readonly attributes: Readonly<Record<string, string>>
}

type Segment = readonly [name: string, fields: readonly FieldDraft[]]

/**
 * The message for one event. MSH-10 is the delivery's id, the same at every attempt. `at` in milliseconds, for MSH-7. MFE-1 is MDC
 * for an item that is inactive or blocked, MUP for the rest: a receiver that does not have it yet adds it.
 */
export function masterFile(
  work: Pick<Outgoing, 'id' | 'kind' | 'body'>,
  options: MasterFileOptions,
  at: number,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly text: string } {
  if (work.kind !== 'ItemChanged') return { ok: false, text: `This destination sends ItemChanged as master files; ${work.kind} has no such message.` }
  const change = changeOf(work.body)
  if (change.code === '') return { ok: false, text: 'The event names no item.' }
  const [trigger, structure, version] = options.message === 'M16' ? ['M16', 'MFN_M16', '2.6'] : ['M15', 'MFN_M15', '2.5.1']
  const gone = change.status === 'inactive' || change.status === 'blocked'
  const stamp = (iso: string): string => iso.slice(0, 19).replaceAll(/[-:T]/g, '')
  const header: Segment = [
    'MSH',
    [
      options.application,
      options.facility,
      options.receivingApplication,
      options.receivingFacility,
      `${stamp(new Date(at).toISOString())}+0000`,
      '',
      ['MFN', trigger, structure],
      work.id,
      'P',
      version,
      '',
      '',
      '',
      '',
      '',
      'UNICODE UTF-8',
    ],
  ]
  const day = stamp(change.occurredAt.slice(0, 10))
  const segments: Segment[] = [
    header,
    ['MFI', [['INV', 'Inventory master file', 'HL70175'], '', 'UPD', '', '', 'NE']],
    ['MFE', [gone ? 'MDC' : 'MUP', work.id, day, [change.code, change.description], 'CWE']],
    ...(options.message === 'M16' ? itemMaster(change, gone) : inventoryItem(change)),
  ]
  return { ok: true, text: buildMessage(segments, STANDARD_DELIMITERS) }
}

/** ITM, and VND with PKG when supplier or unit are stated. */
function itemMaster({ attributes, code, description, status }: ItemChange, gone: boolean): readonly Segment[] {
  const { base_uom: unit = '', category = '', charge_code: charge = '', gtin = '', supplier = '', vendor_catalog: catalogue = '' } = attributes
  const state = status === '' ? '' : gone ? 'I' : 'A'
  const item: Segment = [
    'ITM',
    [
      [code],
      description,
      state === '' ? '' : [state, '', 'HL70776'],
      '',
      category === '' ? '' : [category],
      '',
      '',
      '',
      '',
      '',
      '',
      charge === '' ? '' : [charge],
    ],
  ]
  // HL7 hangs a package on a vendor: without one there is nowhere to say the unit.
  if (supplier === '') return [item]
  const vendor: Segment = ['VND', ['1', [supplier], '', catalogue === '' ? '' : [catalogue], ['Y', '', 'HL70532']]]
  if (unit === '') return [item, vendor]
  return [item, vendor, ['PKG', ['1', [unit], ['Y', '', 'HL70532'], '1', '', '', '', gtin === '' ? '' : [gtin]]]]
}

/** IIM: key and service item; quantities and lots are not in an item change. */
function inventoryItem({ attributes, code, description }: ItemChange): readonly Segment[] {
  const unit = attributes['base_uom'] ?? ''
  return [['IIM', [[code, description], [code, description], '', '', '', '', '', '', unit === '' ? '' : [unit]]]]
}

function changeOf(json: string): ItemChange {
  const body = JSON.parse(json) as Readonly<Record<string, unknown>>
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const columns = Object.entries((body['attributes'] ?? {}) as Readonly<Record<string, unknown>>)
  const attributes = Object.fromEntries(columns.map(([column, value]) => [column, text(value)]))
  return {
    code: text(body['code']),
    description: text(body['description']) || (attributes['description'] ?? ''),
    status: text(body['status']) || (attributes['status'] ?? ''),
    occurredAt: text(body['occurredAt']),
    attributes,
  }
}
