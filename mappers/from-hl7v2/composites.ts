/** HL7 v2 composite types to canonical values: CWE, CX and XCN, CQ, MO and CP. */
import { codeOf, moneyOf, quantityOf } from '../fields/index.ts'
import type { Code, Identifier, Money, Quantity, Refusal } from '../fields/index.ts'
import { leaf } from '../language/index.ts'
import type { Reader, Scope } from '../language/index.ts'

/** Leaves of one occurrence of a field: what a composite is read from. */
export type Leaf = (component: number, subcomponent: number) => string

/** The leaves under a path, or null when there is none. A path that ends at a component gives its subcomponents as components. */
export function leavesOf(reader: Reader, scope: Scope): Leaf | null {
  const { message } = scope
  const segment = reader.segment(scope)
  if (segment < 0) return null
  const repetition = reader.repetition(message, segment)
  if (repetition === 0) return null
  const { field } = reader.path
  return (component, subcomponent) => leaf(message, segment, field, repetition, component, subcomponent)
}

/** Where the triplets of a CWE start: main, alternate, second alternate (v2.7). */
const TRIPLETS = [1, 4, 10]

/**
 * A CE or CWE. Senders fill the triplets in any order: where the rule names the coding system, the triplet of that system is the
 * code; a lone triplet without a system counts as it.
 */
export function readCode(leaves: Leaf, wanted: string): Code | undefined {
  const filled = TRIPLETS.filter((at) => leaves(at, 1) !== '')
  const first = filled[0]
  if (first === undefined) return undefined
  if (wanted === '') return codeOf(leaves(first, 1), leaves(first + 2, 1), leaves(first + 1, 1))
  const at =
    filled.find((start) => leaves(start + 2, 1).toUpperCase() === wanted.toUpperCase()) ??
    (filled.length === 1 && leaves(first + 2, 1) === '' ? first : undefined)
  return at === undefined ? undefined : codeOf(leaves(at, 1), wanted, leaves(at + 1, 1))
}

/** Fields of type XCN: their components 2 to 7 are a name. */
const PERSONS =
  /^(?:EVN-5|PV1-(?:7|8|9|17|52)|FT1-(?:20|21|24|38|40)|ORC-(?:10|11|12|19|27)|OBR-(?:10|16|28)|PR1-(?:8|11|12)|OBX-16|RXA-10|RXD-10|RXE-(?:13|14)|SCH-(?:12|16|20)|PRT-5|ROL-4|AIP-3|DG1-16|TXA-(?:5|9|10|11))(?![0-9])/

/** Is what the path reads a person who acts (XCN), not a number of a patient or an account (CX)? */
export function isPerson(path: string, field: string): boolean {
  return PERSONS.test(path) || field === 'performer'
}

/** CX: number, authority (component 4), type (5). XCN: id, authority (9), type (13). Names are never read. */
export function readIdentifier(leaves: Leaf, person: boolean): Identifier | undefined {
  const value = leaves(1, 1)
  if (value === '') return undefined
  const system = leaves(person ? 9 : 4, 1)
  const type = leaves(person ? 13 : 5, 1)
  return { value, ...(system === '' ? {} : { system }), ...(type === '' ? {} : { type }) }
}

const PRICE_TYPES: ReadonlySet<string> = new Set(['UP', 'TP', 'PF', 'AP', 'DC', 'IC', 'TF'])
/**
 * MO (`1250.00^USD`), CP (`100&USD^UP`) or a bare number. The currency of the value wins, then the rule's; none is assumed.
 *
 * @param fallback the rule's currency, '' when it names none
 * @param extended see {@link moneyOf}
 */
export function readMoney(leaves: Leaf, component: number | null, fallback: string, extended: boolean): Money | Refusal | undefined {
  const text = leaves(component ?? 1, 1)
  if (text === '') return undefined
  const stated = leaves(component ?? 1, 2)
  const beside = component === null ? leaves(2, 1) : ''
  return moneyOf(text, stated !== '' || PRICE_TYPES.has(beside) ? stated : beside, fallback, extended)
}

/** NM or CQ (`5^EA`). The rule's unit wins over the value's own. */
export function readQuantity(leaves: Leaf, component: number | null, unit: string): Quantity | Refusal | undefined {
  const text = leaves(component ?? 1, 1)
  if (text === '') return undefined
  return quantityOf(text, unit !== '' || component !== null ? unit : leaves(2, 1))
}
