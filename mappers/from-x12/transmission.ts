/** 997 and TA1: whether the partner's machine could read what we sent. */
import type { Segment } from '../x12/index.ts'
import type { Meaning, Source } from './meaning.ts'
import { first, present } from './transaction.ts'
import type { Line } from './transaction.ts'

/** AK5 and AK9 → status. */
const STATUSES: Readonly<Record<string, string>> = { A: 'accepted', E: 'accepted', P: 'partly', R: 'rejected', M: 'rejected', W: 'rejected', X: 'rejected' }

/** One event for each AK2, `control` is `GS06/ST02` of ours. When it names none, the group's verdict is that of its only transaction, 0001. */
export function readTransmission(source: Source): readonly Meaning[] {
  const { lines } = source
  const group = first(lines, 'AK1')?.at(2) ?? ''
  const whole = first(lines, 'AK9')
  const answers = perTransaction(lines)
  if (answers.length === 0)
    return [meaningOf(source, { control: `${group}/0001`, code: whole?.at(1) ?? '', errors: codesOf(whole, 5, 'AK9'), part: '', place: 'AK9-1' })]
  return answers.map(({ head, inner }) => {
    const verdict = first(inner, 'AK5')
    const errors = [
      ...inner.filter(({ id }) => id === 'AK3').map((line) => `AK3:${line.at(1)}(${line.at(2)}):${line.at(4)}`),
      ...inner.filter(({ id }) => id === 'AK4').map((line) => `AK4:${line.at(1)}:${line.at(3)}`),
      ...codesOf(verdict, 2, 'AK5'),
    ]
    return meaningOf(source, {
      control: `${group}/${head.at(2)}`,
      code: verdict?.at(1) ?? whole?.at(1) ?? '',
      errors,
      part: head.place,
      place: verdict?.place ?? 'AK9-1',
    })
  })
}

/** A TA1 that rejects: nothing of our interchange was taken. Its control number is that of the group too, as we number them. */
export function readInterchangeAnswer(answer: Segment, today: string): readonly Meaning[] {
  const [control = '', , , code = '', note = ''] = answer.elements
  if (code !== 'R') return []
  const body = { occurredAt: today, control: `${control}/0001`, status: 'rejected', errors: [`TA1:${note}`] }
  return [
    {
      part: '',
      type: 'TransmissionAcknowledged',
      body,
      places: { control: 'TA1-1', status: 'TA1-4', errors: 'TA1-5' },
      partners: null,
      amounts: false,
      doubts: [],
    },
  ]
}

function perTransaction(lines: readonly Line[]): readonly { readonly head: Line; readonly inner: readonly Line[] }[] {
  const found: { head: Line; inner: Line[] }[] = []
  for (const line of lines) {
    if (line.id === 'AK2') found.push({ head: line, inner: [] })
    else if (line.id !== 'AK1' && line.id !== 'AK9') found.at(-1)?.inner.push(line)
  }
  return found
}

interface Verdict {
  readonly control: string
  readonly code: string
  readonly errors: readonly string[]
  readonly part: string
  readonly place: string
}

function meaningOf(source: Source, { code, control, errors, part, place }: Verdict): Meaning {
  return {
    part,
    type: 'TransmissionAcknowledged',
    body: present({ occurredAt: source.today, control, status: STATUSES[code] ?? 'rejected', errors: errors.length === 0 ? undefined : errors }),
    places: { control: 'AK1-2', status: place, errors: 'AK3' },
    partners: null,
    amounts: false,
    doubts: [],
  }
}

function codesOf(line: Line | undefined, from: number, name: string): readonly string[] {
  return line === undefined ? [] : [0, 1, 2, 3, 4].flatMap((n) => (line.at(from + n) === '' ? [] : [`${name}:${line.at(from + n)}`]))
}
