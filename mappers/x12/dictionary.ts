/**
 * The part of the X12 data dictionary (004010, as far as it holds in 005010 too) that is read and written here, as data: elements by
 * reference number, segments by their elements, transaction sets by their mandatory segments. One table for both directions: what
 * comes in is judged by it in the 997, what goes out is refused when it does not fit.
 */

/** AN text, ID code, R decimal, N0/N2 digits with an implied point, DT date, TM time. */
export type DataType = 'AN' | 'ID' | 'R' | 'N0' | 'N2' | 'DT' | 'TM'

export interface ElementDefinition {
  readonly type: DataType
  readonly min: number
  readonly max: number
}

const e = (type: DataType, min: number, max: number): ElementDefinition => ({ type, min, max })

/** By data element reference number. */
export const ELEMENTS = {
  2: e('N0', 1, 6), // number of accepted transaction sets
  19: e('AN', 2, 30), // city
  26: e('ID', 2, 3), // country
  28: e('N0', 1, 9), // group control number
  66: e('ID', 1, 2), // identification code qualifier
  67: e('AN', 2, 80), // identification code
  76: e('AN', 1, 22), // invoice number
  81: e('R', 1, 10), // weight
  92: e('ID', 2, 2), // purchase order type
  93: e('AN', 1, 60), // name
  96: e('N0', 1, 10), // number of included segments
  97: e('N0', 1, 6), // number of transaction sets included
  98: e('ID', 2, 3), // entity identifier
  100: e('ID', 3, 3), // currency
  116: e('ID', 3, 15), // postal code
  118: e('R', 1, 9), // rate
  121: e('R', 1, 9), // multiplier
  122: e('ID', 2, 2), // rate qualifier
  123: e('N0', 1, 6), // number of received transaction sets
  127: e('AN', 1, 30), // reference identification
  128: e('ID', 2, 3), // reference qualifier
  140: e('DT', 6, 6), // interchange date
  143: e('ID', 3, 3), // transaction set
  156: e('ID', 2, 2), // state
  212: e('R', 1, 17), // unit price
  234: e('AN', 1, 48), // product id
  235: e('ID', 2, 2), // product id qualifier
  236: e('ID', 3, 3), // price identifier
  280: e('R', 4, 10), // exchange rate
  324: e('AN', 1, 22), // purchase order number
  327: e('AN', 1, 8), // change order sequence
  328: e('AN', 1, 30), // release number
  329: e('AN', 4, 9), // transaction set control number
  330: e('R', 1, 15), // quantity ordered
  331: e('ID', 2, 2), // allowance or charge method
  332: e('R', 1, 6), // percent
  336: e('ID', 2, 2), // terms type
  337: e('TM', 4, 8), // time
  338: e('R', 1, 6), // terms discount percent
  347: e('R', 1, 10), // hash total
  349: e('ID', 1, 1), // item description type
  350: e('AN', 1, 20), // assigned identification
  352: e('AN', 1, 80), // description
  353: e('ID', 2, 2), // purpose
  354: e('N0', 1, 6), // number of line items
  355: e('ID', 2, 2), // unit
  357: e('R', 1, 8), // pack
  358: e('R', 1, 10), // quantity invoiced
  367: e('AN', 1, 30), // contract number
  373: e('DT', 8, 8), // date
  374: e('ID', 3, 3), // date qualifier
  380: e('R', 1, 15), // quantity
  382: e('R', 1, 10), // number of units shipped
  396: e('AN', 2, 30), // shipment identification
  447: e('AN', 1, 6), // loop identifier
  479: e('ID', 2, 2), // functional identifier
  480: e('AN', 1, 12), // version
  559: e('ID', 2, 2), // agency
  587: e('ID', 2, 2), // acknowledgement type
  610: e('N2', 1, 15), // amount
  628: e('AN', 1, 12), // hierarchical id
  639: e('ID', 2, 2), // basis of unit price
  640: e('ID', 2, 2), // transaction type
  646: e('R', 1, 15), // quantity shipped to date
  668: e('ID', 2, 2), // line item status
  669: e('ID', 2, 3), // currency market
  715: e('ID', 1, 1), // group acknowledge code
  716: e('ID', 1, 3), // group syntax error
  717: e('ID', 1, 1), // transaction set acknowledge code
  718: e('ID', 1, 3), // transaction set syntax error
  719: e('N0', 1, 6), // segment position
  720: e('ID', 1, 3), // segment syntax error
  721: e('ID', 2, 3), // segment id
  722: e('N0', 1, 2), // element position
  723: e('ID', 1, 3), // element syntax error
  724: e('AN', 1, 99), // copy of bad element
  725: e('N0', 1, 4), // element reference number
  735: e('ID', 1, 2), // hierarchical level
  736: e('ID', 1, 1), // hierarchical child code
  750: e('ID', 2, 3), // product characteristic
  782: e('R', 1, 18), // monetary amount
  954: e('R', 1, 10), // percentage as a decimal
  963: e('ID', 2, 2), // tax type
  955: e('ID', 1, 10), // tax jurisdiction qualifier
  956: e('AN', 1, 10), // tax jurisdiction
  1005: e('ID', 4, 4), // hierarchical structure
  1300: e('ID', 4, 4), // service, promotion, allowance or charge
  1301: e('AN', 1, 10), // agency's code of the same
  248: e('ID', 1, 1), // allowance or charge indicator
  142: e('AN', 2, 15), // application sender's code
  124: e('AN', 2, 15), // application receiver's code
  455: e('ID', 1, 2), // responsible agency
  1073: e('ID', 1, 1), // yes or no
  326: e('AN', 1, 45), // request reference number
} as const satisfies Record<number, ElementDefinition>

export type ElementReference = keyof typeof ELEMENTS

/** An element of a segment; with `!` before the number it is mandatory. */
type Use = ElementReference | `!${ElementReference}`

const productIds = (pairs: number): Use[] => Array.from({ length: pairs }, () => [235, 234] as const).flat()

/** Elements of each segment in order, as far as they are used; further ones pass unjudged. */
export const SEGMENTS: Readonly<Record<string, readonly Use[]>> = {
  GS: ['!479', '!142', '!124', '!373', '!337', '!28', '!455', '!480'],
  GE: ['!97', '!28'],
  ST: ['!143', '!329'],
  SE: ['!96', '!329'],
  BIG: ['!373', '!76', 373, 324, 328, 327, 640, 353],
  BEG: ['!353', '!92', '!324', 328, '!373', 367],
  BAK: ['!353', '!587', '!324', '!373', 328, 324, 367, 127, 373],
  BSN: ['!353', '!396', '!373', '!337', 1005],
  CUR: ['!98', '!100', 280, 98, 100],
  REF: ['!128', 127, 352],
  N1: ['!98', 93, 66, 67],
  N2: ['!93', 93],
  N4: [19, 156, 116, 26],
  DTM: ['!374', 373, 337],
  IT1: [350, 358, 355, 212, 639, ...productIds(10)],
  PO1: [350, 330, 355, 212, 639, ...productIds(10)],
  PID: ['!349', 750, 559, 1301, 352],
  ACK: ['!668', 380, 355, 374, 373, 326, ...productIds(10)],
  SAC: ['!248', 1300, 559, 1301, 610],
  TXI: ['!963', 782, 954, 955, 956],
  TDS: ['!610'],
  CTT: ['!354', 347],
  HL: ['!628', 628, '!735', 736],
  LIN: [350, '!235', '!234', ...productIds(14)],
  SN1: [350, '!382', '!355', 646, 330, 355],
  PRF: ['!324', 328, 327, 373],
  AK1: ['!479', '!28'],
  AK2: ['!143', '!329'],
  AK3: ['!721', '!719', 447, 720],
  AK4: ['!722', 725, '!723', 724],
  AK5: ['!717', 718, 718, 718, 718, 718],
  AK9: ['!715', '!97', '!123', '!2', 716, 716, 716, 716, 716],
}

/** What a transaction set must have, and the functional group that it comes in. */
export const TRANSACTION_SETS: Readonly<Record<string, { readonly group: string; readonly mandatory: readonly string[]; readonly counted: string | null }>> = {
  810: { group: 'IN', mandatory: ['BIG', 'TDS'], counted: 'IT1' },
  850: { group: 'PO', mandatory: ['BEG', 'PO1'], counted: 'PO1' },
  855: { group: 'PR', mandatory: ['BAK'], counted: 'PO1' },
  856: { group: 'SH', mandatory: ['BSN', 'HL'], counted: 'HL' },
  997: { group: 'FA', mandatory: ['AK1', 'AK9'], counted: null },
}

export interface ElementUse {
  readonly reference: ElementReference
  readonly mandatory: boolean
  readonly definition: ElementDefinition
}

const USES = new Map(
  Object.entries(SEGMENTS).map(([id, uses]) => [
    id,
    uses.map((use): ElementUse => {
      const reference = Number(String(use).replace('!', '')) as ElementReference
      return { reference, mandatory: String(use).startsWith('!'), definition: ELEMENTS[reference] }
    }),
  ]),
)

/** The elements of a segment, or undefined when the dictionary does not have it. */
export function usesOf(segment: string): readonly ElementUse[] | undefined {
  return USES.get(segment)
}
