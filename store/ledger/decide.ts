/** Lets the bridge decide until nothing is READY. */
import { decideReady } from './bridge.ts'
import type { Resolution } from './worklist.ts'
import type { Writing } from './writing.ts'

/** More passes than this in one transaction mean that events wake each other: the rest is left to the next. */
const PASSES = 100

/** @param resolution what items are closed with that no decision asks for any more. Returns how many events were applied. */
export async function decideAll(w: Writing, resolution?: Resolution): Promise<number> {
  let applied = 0
  for (let pass = 0; w.memory.numbers.ready && pass < PASSES; pass++) applied += (await decideReady(w, resolution)).applied
  return applied
}
