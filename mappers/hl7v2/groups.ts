/**
 * Where a group ends. Real feeds repeat, omit and insert segments, so a group is its anchor and what follows (Z segments too)
 * up to the next anchor, or to a segment that cannot belong to it: the next higher anchor, or what belongs to the whole message.
 * The structures are those of HL7 v2.9.1 chapters 4, 6, 8, 10 and 13.
 */

/** What groups need to know of a message. */
interface Segments {
  readonly segmentCount: number
  segmentName(segment: number): string
}

/** After the transactions of DFT^P03 these belong to the patient, not to the last transaction. */
const PATIENT_LEVEL = ['DG1', 'DRG', 'GT1', 'IN1', 'IN2', 'IN3', 'ACC', 'UB1', 'UB2']
/** These open a group of their own wherever they stand. */
const HEADS = ['FT1', 'ORC', 'MFE', 'RGS']

const ORDER_DETAIL = ['ORC']
const RESOURCES = ['AIS', 'AIG', 'AIL', 'AIP', 'RGS']
const STOPS: Readonly<Record<string, readonly string[]>> = {
  // Higher anchors hold lower ones; what is not listed goes by the default below.
  PID: ['PID'],
  MFE: ['MFE'],
  RGS: ['RGS'],
  ORC: ORDER_DETAIL,
  RQD: ORDER_DETAIL,
  RXO: ORDER_DETAIL,
  RXE: ORDER_DETAIL,
  RXD: ORDER_DETAIL,
  RXG: ORDER_DETAIL,
  RXA: ORDER_DETAIL,
  OBR: ORDER_DETAIL,
  AIS: RESOURCES,
  AIG: RESOURCES,
  AIL: RESOURCES,
  AIP: RESOURCES,
  ITM: ['MFE'],
  VND: ['MFE', 'IVT'],
  PKG: ['MFE', 'VND', 'IVT'],
  IVT: ['MFE'],
  PR1: [...HEADS, ...PATIENT_LEVEL, 'OBR', 'OBX'],
  IN1: [...HEADS, 'ACC', 'UB1', 'UB2'],
  OBX: [...HEADS, ...PATIENT_LEVEL, 'OBR', 'PR1', 'RXA', 'RXD', 'PID'],
}
const DEFAULT_STOPS = [...HEADS, ...PATIENT_LEVEL]

/**
 * Index after the last segment of the group that `anchor` opens at `start`.
 *
 * A transaction (FT1) holds its ORC and OBR in a DFT, and in DFT^P11 its diagnoses and insurance too; in every other message it
 * ends at the next ORC. In a DFT the orders stand before the transactions and end at the first FT1.
 */
export function groupEnd(message: Segments, anchor: string, start: number, type: string, trigger: string): number {
  const stops = stopsOf(anchor, type, trigger)
  let end = start + 1
  while (end < message.segmentCount) {
    const name = message.segmentName(end)
    if (name === anchor || stops.includes(name)) break
    end++
  }
  return end
}

const TRANSACTION_STOPS: Readonly<Record<string, readonly string[]>> = {
  P03: PATIENT_LEVEL,
  P11: ['ACC'],
  other: [...PATIENT_LEVEL, 'ORC'],
}
const CHARGED_ORDER_STOPS = ['ORC', 'FT1', ...PATIENT_LEVEL]

function stopsOf(anchor: string, type: string, trigger: string): readonly string[] {
  if (anchor === 'FT1') return TRANSACTION_STOPS[type === 'DFT' ? (trigger === 'P11' ? 'P11' : 'P03') : 'other'] ?? PATIENT_LEVEL
  const stops = STOPS[anchor] ?? DEFAULT_STOPS
  return type === 'DFT' && stops === ORDER_DETAIL ? CHARGED_ORDER_STOPS : stops
}
