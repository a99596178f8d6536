/** X12 interchanges for tests, built from segments. All names are made up. */
import type { LookupTable } from '../../../channels/contract/index.ts'

export const AT = Date.UTC(2026, 2, 10, 9, 15)

export interface SetOf {
  readonly set: string
  readonly segments: readonly string[]
  readonly control?: string
}

const GROUPS: Readonly<Record<string, string>> = { 810: 'IN', 850: 'PO', 855: 'PR', 856: 'SH', 997: 'FA' }

export function isa(
  more: { readonly version?: string; readonly repetition?: string; readonly control?: string; readonly acknowledge?: string; readonly end?: string } = {},
): string {
  const { acknowledge = '0', control = '000000017', end = '~', repetition = 'U', version = '00401' } = more
  return `ISA*00*          *00*          *ZZ*ACMEMED        *ZZ*NORTHGATE      *260310*0915*${repetition}*${version}*${control}*${acknowledge}*P*>${end}`
}

export function transaction({ control = '0001', segments, set }: SetOf): readonly string[] {
  return [`ST*${set}*${control}`, ...segments, `SE*${String(segments.length + 2)}*${control}`]
}

/** One interchange with a group for each list of transactions. */
export function interchange(groups: readonly (readonly SetOf[])[], more: Parameters<typeof isa>[0] & { readonly gs?: string } = {}): string {
  const { control = '000000017', end = '~\n', gs = '004010' } = more
  const inner = groups.flatMap((sets, n) => [
    `GS*${GROUPS[sets[0]?.set ?? ''] ?? 'IN'}*ACMEMED*NORTHGATE*20260310*0915*${String(n + 17)}*X*${gs}`,
    ...sets.flatMap((one, k) => transaction({ control: String(k + 1).padStart(4, '0'), ...one })),
    `GE*${String(sets.length)}*${String(n + 17)}`,
  ])
  return isa({ ...more, end }) + [...inner, `IEA*${String(groups.length)}*${control}`].map((segment) => segment + end).join('')
}

export const INVOICE = [
  'BIG*20260309*INV-881*20260302*PO-1001***DI',
  'CUR*SE*USD',
  'REF*VR*V-77',
  'N1*SE*ACME MEDICAL*92*ACME-9',
  'N1*ST*NORTHGATE*92*NGH',
  'IT1*1*10*EA*12.5**VN*A-1*UK*00844588003288',
  'PID*F****TITANIUM SCREW',
  'REF*LI*3',
  'IT1*2*2*BX*40**IN*IMP-1*VN*A-2',
  'SAC*C*D240***1500',
  'TXI*ST*4.25',
  'TDS*22425',
  'CTT*2',
]
export const invoice: SetOf = { set: '810', segments: INVOICE }

export const acknowledgement: SetOf = {
  set: '855',
  segments: [
    'BAK*00*AC*PO-1001*20260303****SO-5*20260304',
    'N1*SE*ACME MEDICAL*92*ACME-9',
    'PO1*1*10*EA*12.5**VN*A-1',
    'ACK*IA*6*EA*068*20260306',
    'ACK*IB*4*EA*068*20260320',
    'PO1*2*2*BX*41**VN*A-2',
    'ACK*IP*2*BX',
    'PO1*3*1*EA***VN*A-3',
    'ACK*IR*1*EA',
    'PO1*4*5*EA***VN*A-4',
    'ACK*IS*5*EA****VN*A-4B',
    'CTT*4',
  ],
}

export const shipment: SetOf = {
  set: '856',
  segments: [
    'BSN*00*SHP-9*20260305*0800*0001',
    'HL*1**S*1',
    'REF*CN*TRACK-1',
    'DTM*067*20260307',
    'HL*2*1*O*1',
    'PRF*PO-1001',
    'HL*3*2*P*1',
    'HL*4*3*I*0',
    'LIN*1*VN*A-1*LT*LOT-7',
    'SN1*1*6*EA',
    'DTM*036*20280131',
    'HL*5*3*I*0',
    'LIN*2*VN*A-2',
    'SN1*2*2*EA',
    'REF*SE*S-1',
    'REF*SE*S-2',
    'HL*6*1*O*1',
    'PRF*PO-1002',
    'HL*7*6*I*0',
    'LIN*1*UP*00844588003288',
    'SN1*1*1*EA',
    'CTT*7',
  ],
}

export const received: SetOf = { set: '997', segments: ['AK1*PO*123456789', 'AK2*850*0001', 'AK3*PO1*6**8', 'AK4*3*355*7', 'AK5*R*5', 'AK9*R*1*1*0'] }

export const table = (name: string, rows: Readonly<Record<string, string>>): readonly [string, LookupTable] => [
  name,
  { name, file: `tables/${name}.csv`, find: (code) => rows[code] },
]
export const partners = table('x12-partners', { 'ACME-9': 'ACME', ACMEMED: 'ACME' })
