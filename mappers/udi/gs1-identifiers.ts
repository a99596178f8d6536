/**
 * GS1 application identifiers (General Specifications §3.2): how long the data of each is. `fixed` data needs no separator when
 * `plain`; everything else ends at a separator (FNC1, transmitted as GS) or at its greatest length.
 */
export interface ApplicationIdentifier {
  readonly max: number
  readonly fixed: boolean
  readonly digits: boolean
  /** Digits that carry a check digit of their own, counted from the start; 0 for none. */
  readonly checked: number
}

const table = new Map<string, ApplicationIdentifier>()

/** `spec`: n14 (digits, fixed), n..8 (digits, up to), x..20 (text, up to), x30 (text, fixed). */
function add(identifiers: string, spec: string, checked = 0): void {
  const found = /^([nx])(\.\.)?(\d+)$/.exec(spec)
  const entry = { max: Number(found?.[3]), fixed: found?.[2] === undefined, digits: found?.[1] === 'n', checked }
  for (const part of identifiers.split(' ')) {
    const [from = '', to = from] = part.split('-')
    for (let i = Number(from); i <= Number(to); i++) table.set(String(i).padStart(from.length, '0'), entry)
  }
}

add('00', 'n18', 18)
add('01-03', 'n14', 14)
add('04', 'n16')
add('11-19', 'n6')
add('20', 'n2')
add('10 21 22 243 254', 'x..20')
add('235', 'x..28')
add('240 241 250 251 400 401 403', 'x..30')
add('242', 'n..6')
add('253 255', 'x..30')
add('30 37', 'n..8')
add('3100-3699', 'n6')
add('3900-3919', 'n..18')
add('3920-3939', 'n..18')
add('3940-3949', 'n4')
add('3950-3959', 'n6')
add('402', 'n17', 17)
add('410-417', 'n13', 13)
add('420', 'x..20')
add('421', 'x..12')
add('422 424-426', 'n3')
add('423', 'n..15')
add('427', 'x..3')
add('4300-4309', 'x..70')
add('4310-4319', 'x..70')
add('4320', 'x..35')
add('4321-4323', 'n1')
add('4324-4325', 'n10')
add('4326', 'n6')
add('4330-4333', 'x..7')
add('7001', 'n13')
add('7002', 'x..30')
add('7003', 'n10')
add('7004', 'n..4')
add('7005', 'x..12')
add('7006', 'n6')
add('7007', 'n..12')
add('7008', 'x..3')
add('7009', 'x..10')
add('7010', 'x..2')
add('7011', 'n..10')
add('7020-7022', 'x..20')
add('7023', 'x..30')
add('7030-7039', 'x..30')
add('7040', 'x..4')
add('710-717', 'x..20')
add('7230-7239', 'x..30')
add('7240 7242', 'x..25')
add('7241', 'n2')
add('8001', 'n14')
add('8002', 'x..20')
add('8003', 'x..30')
add('8004', 'x..30')
add('8005', 'n6')
add('8006 8026', 'n18', 14)
add('8007', 'x..34')
add('8008', 'n..12')
add('8009', 'x..50')
add('8010', 'x..30')
add('8011', 'n..12')
add('8012', 'x..20')
add('8013', 'x..25')
add('8017-8018', 'n18', 18)
add('8019', 'n..10')
add('8020', 'x..25')
add('8110 8112 8200', 'x..70')
add('8111', 'n4')
add('90', 'x..30')
add('91-99', 'x..90')

/** The identifier that `text` starts with at `at`, or null. */
export function identifierAt(text: string, at: number): { readonly code: string; readonly identifier: ApplicationIdentifier } | null {
  for (const length of [2, 3, 4]) {
    const code = text.slice(at, at + length)
    const identifier = table.get(code)
    if (identifier !== undefined && code.length === length) return { code, identifier }
  }
  return null
}

/** The identifier with exactly this code. */
export function identifierOf(code: string): ApplicationIdentifier | undefined {
  return table.get(code)
}
