/** Lets the bridge decide until nothing is READY. */
import { wakeAnswered } from './answers.ts'
import { decideReady } from './bridge.ts'
import type { Resolution } from './worklist.ts'
import type { Writing } from './writing.ts'

/** More passes than this in one transaction mean that events wake each other: the rest is left to the next. */
const PASSES = 100

/** @param resolution what items are closed with that no decision asks for any more. Returns how many events were applied. */
export async function decideAll(w: Writing, resolution?: Resolution): Promise<number> {
  let applied = 0
  let by = resolution
  for (let pass = 0; pass < PASSES; pass++) {
    if (!w.memory.numbers.ready) {
      // Master data of events counts once all of them are in; what it answers, no person answered.
      if (!(await wakeAnswered(w))) break
      by = undefined
    }
    applied += (await decideReady(w, by)).applied
  }
  await wakeAnswered(w)
  return applied
}
