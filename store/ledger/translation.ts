/** Values that persons gave for a code: later events that lack the same get them at once. */
import type { EventRecord, ForgetOp } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, selectFrom, textOf } from '../sql/port.ts'
import type { Cell } from '../sql/port.ts'
import { audit } from './administration.ts'
import { fillField } from './fill.ts'
import type { Writing } from './writing.ts'

type Need = EventRecord['needs'][number]

const selectTranslation = selectFrom(tables.translation)
const insertTranslation = insertInto(tables.translation, 'replace')
const insertCorrection = insertInto(tables.correction, 'replace')

export function needKey(need: { readonly kind: string; readonly subject: string }): string {
  return `${need.kind}\u0001${need.subject}`
}

interface Given {
  readonly value: string
  readonly by: string
  readonly item: number
}

export class Answers {
  readonly #given: ReadonlyMap<string, Given>

  constructor(given: ReadonlyMap<string, Given>) {
    this.#given = given
  }

  has(key: string): boolean {
    return this.#given.has(key)
  }

  /** The event's body with every answered field filled, each with its correction. */
  async fill(w: Writing, message: number, event: { readonly n: number; readonly body: string; readonly needs: readonly Need[] }): Promise<string> {
    let body = event.body
    const corrections: Cell[][] = []
    for (const need of event.needs) {
      const given = this.#given.get(needKey(need))
      if (!given) continue
      body = fillField(body, need.field, given.value)
      corrections.push([message, event.n, need.field, given.value, given.by, 'given before for the same code', w.now, given.item])
    }
    await w.sql.insert(insertCorrection, corrections)
    return body
  }
}

const NONE = new Answers(new Map())

/** Which of these needs a person has answered before. */
export async function answerNeeds(w: Writing, needs: readonly Need[]): Promise<Answers> {
  // A release is for one event alone.
  const asked = needs.filter((need) => need.field !== 'released')
  if (asked.length === 0) return NONE
  const keys = new Map(asked.map((need) => [needKey(need), [need.kind, need.subject] as const]))
  const given = new Map<string, Given>()
  for (const row of await w.sql.select(selectTranslation, [...keys.values()])) {
    given.set(`${textOf(row['kind'])}\u0001${textOf(row['subject'])}`, { value: textOf(row['value']), by: textOf(row['by']), item: numberOf(row['item']) })
  }
  return given.size === 0 ? NONE : new Answers(given)
}

export async function remember(w: Writing, kind: string, subject: string, given: Given): Promise<void> {
  await w.sql.insert(insertTranslation, [[kind, subject, given.value, given.by, w.now, given.item]])
}

export async function correct(w: Writing, message: number, n: number, field: string, given: Given, reason: string): Promise<void> {
  await w.sql.insert(insertCorrection, [[message, n, field, given.value, given.by, reason, w.now, given.item]])
}

/** Takes one back. What it filled before stays filled. */
export async function forget(w: Writing, op: ForgetOp): Promise<{ readonly forgotten: boolean }> {
  if ((await w.sql.select(selectTranslation, [[op.kind, op.subject]])).length === 0) return { forgotten: false }
  await w.sql.run('delete from translation where kind = ? and subject = ?', [op.kind, op.subject])
  await audit(w, [{ op: 'audit', who: op.by, what: 'translation.forget', subject: `${op.kind} ${op.subject}` }])
  return { forgotten: true }
}
