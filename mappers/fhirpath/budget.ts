/**
 * How much one evaluation may do. FHIRPath has no loop without an end here (`repeat()`, `children()` and `descendants()` are refused), but nested
 * `where` and doubled collections multiply: what passes these bounds is refused instead of holding up everybody else's messages.
 */

/** Elements looked at. About a tenth of a second at worst (bench/mapping), a thousand times what a rule of a large Procedure needs. */
const MOST_STEPS = 200_000
/** Characters of a text that an expression makes. */
const MOST_TEXT = 100_000

/** Thrown when an evaluation passes its bounds. */
export class TooMuch extends Error {}

export class Budget {
  #left = MOST_STEPS

  start(): void {
    this.#left = MOST_STEPS
  }

  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw new TooMuch()
  }

  text(value: unknown): void {
    if (typeof value === 'string' && value.length > MOST_TEXT) throw new TooMuch()
  }
}
