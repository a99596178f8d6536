/** What a transaction means before the channel's names and tables come in: an event without envelope. */
import type { EventType } from '../../canonical/index.ts'
import type { Interchange, Group, Transaction } from '../x12/index.ts'
import type { Line } from './transaction.ts'

export interface Source {
  readonly interchange: Interchange
  readonly group: Group
  readonly transaction: Transaction
  readonly lines: readonly Line[]
  /** Day of receipt, for dates that are not stated. */
  readonly today: string
}

export interface Meaning {
  /** Beneath the transaction: `HL(2)`; '' for the only one of it. */
  readonly part: string
  readonly type: EventType
  /** Fields but for supplier and currency. */
  readonly body: Readonly<Record<string, unknown>>
  /** Field → where it stands. */
  readonly places: Readonly<Record<string, string>>
  /** Where the supplier's id may stand, the most telling first; null when the event has no supplier. */
  readonly partners: readonly Partner[] | null
  /** Does it state amounts, so that it needs a currency? */
  readonly amounts: boolean
  /** Why a person must look at it although it can be read. */
  readonly doubts: readonly string[]
}

export interface Partner {
  readonly code: string
  readonly place: string
}

/** Who the supplier is, as the interchange says: N104 of the seller, GS02, ISA06. */
export function partnersOf({ group, interchange, lines }: Pick<Source, 'group' | 'interchange' | 'lines'>): readonly Partner[] {
  const sellers = ['SE', 'SU', 'VN', 'SF', 'RE'].flatMap((role) => lines.filter((line) => line.id === 'N1' && line.at(1) === role && line.at(4) !== ''))
  const found = sellers.map((line) => ({ code: line.at(4), place: `${line.place}-4` }))
  const envelope = [
    { code: group.header[1]?.trim() ?? '', place: 'GS-2' },
    { code: interchange.header[5]?.trim() ?? '', place: 'ISA-6' },
  ]
  return [...found, ...envelope].filter(({ code }) => code !== '')
}
