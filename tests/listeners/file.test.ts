import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { Clock, Intake } from '../../channels/contract/index.ts'
import { startFileListener } from '../../listeners/file/index.ts'
import type { FileListenerOptions } from '../../listeners/file/index.ts'

const TA1 = (code: string) =>
  `ISA*00*          *00*          *ZZ*NORTHGATE      *ZZ*ACMEMED        *260310*0915*U*00401*000000017*0*P*>~TA1*000000018*260310*0915*${code}*000~IEA*0*000000017~`
const DAY = '2026-03-10'

interface House {
  readonly dir: string
  readonly taken: { readonly text: string; readonly size: number | null }[]
  readonly problems: string[]
  readonly door: { ready: boolean; reply: Uint8Array | null | 'later' }
  readonly answers: ((reply: Uint8Array | null) => void)[]
  readonly resumes: (() => void)[]
  /** Time passes and the folder is looked into. */
  look(): Promise<void>
  readonly drop: (name: string, text: string) => void
  start(more?: Partial<FileListenerOptions>): Promise<Awaited<ReturnType<typeof startFileListener>>>
  readonly names: (folder: string) => readonly string[]
}

function house(t: ExecutionContext): House {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-files-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const taken: House['taken'] = []
  const problems: string[] = []
  const door: House['door'] = { ready: true, reply: Buffer.from(TA1('A')) }
  const answers: House['answers'] = []
  const resumes: House['resumes'] = []
  const answered = (answer: (reply: Uint8Array | null) => void): void => {
    const { reply } = door
    if (reply === 'later') answers.push(answer)
    else setImmediate(() => answer(reply))
  }
  const intake: Intake = {
    take(raw, answer) {
      taken.push({ text: Buffer.from(raw).toString(), size: null })
      answered(answer)
    },
    takeOversized(head, size, answer) {
      taken.push({ text: String(head.length), size })
      answered(answer)
    },
    ready: () => door.ready,
    whenReady: (resume) => void resumes.push(resume),
  }
  // Nothing runs by itself: the tests look when they want to.
  const clock: Clock = { now: () => Date.UTC(2026, 2, 10), after: () => () => undefined }
  let running: Awaited<ReturnType<typeof startFileListener>> | null = null
  const made: House = {
    dir,
    taken,
    problems,
    door,
    answers,
    resumes,
    async look() {
      await running?.look()
    },
    drop: (name, text) => writeFileSync(join(dir, 'in', name), text),
    names: (folder) => (existsSync(join(dir, folder)) ? readdirSync(join(dir, folder)).sort() : []),
    async start(more = {}) {
      running = await startFileListener(
        {
          type: 'file',
          channel: 'suppliers',
          folder: 'in',
          done: 'done',
          refused: 'refused',
          answers: 'answers',
          pattern: '*.edi',
          pollMs: 1000,
          messages: ['*'],
          acknowledge: 'when-stored',
          ackTimeoutMs: 1000,
          charset: 'utf-8',
          maxMessageBytes: 1000,
          ...more,
        },
        intake,
        { clock, emit: (name, event) => void (name === 'listener:problem' && problems.push((event as { what: string }).what)), dataDir: dir, graceMs: 50 },
      )
      t.teardown(() => running?.stop())
      return running
    },
  }
  return made
}

test('a file whose size stood still is taken, answered beside and moved to done', async (t) => {
  const { dir, drop, look, names, start, taken } = house(t)
  t.like((await start()).address, { type: 'file', host: join(dir, 'in') })
  drop('a.edi', 'A')
  drop('b.txt', 'no')
  drop('.c.edi', 'hidden')
  await look()
  t.deepEqual(taken, [])
  await look()
  t.deepEqual(taken, [{ text: 'A', size: null }])
  t.deepEqual(names(`in/done/${DAY}`), ['a.edi'])
  t.is(readFileSync(join(dir, 'in/answers/a.edi.answer'), 'utf8'), TA1('A'))
  t.deepEqual(names('in'), ['.c.edi', '.taking', 'answers', 'b.txt', 'done', 'refused'])
  t.deepEqual(names('in/.taking'), [])
})

test('a file that still grows is left until it is whole', async (t) => {
  const { dir, drop, look, start, taken } = house(t)
  await start()
  drop('a.edi', 'A')
  await look()
  appendFileSync(join(dir, 'in', 'a.edi'), 'B')
  await look()
  t.deepEqual(taken, [])
  await look()
  t.deepEqual(taken, [{ text: 'AB', size: null }])
})

test('files are taken in order of their names, one at a time', async (t) => {
  const { answers, door, drop, look, start, taken } = house(t)
  await start()
  for (const name of ['b.edi', 'a.edi', 'c.edi']) drop(name, name)
  await look()
  door.reply = 'later'
  const looking = look()
  while (taken.length < 3) {
    await new Promise((resolve) => setImmediate(resolve))
    t.true(answers.length <= 1)
    answers.pop()?.(new Uint8Array(0))
  }
  answers.pop()?.(new Uint8Array(0))
  await looking
  t.deepEqual(
    taken.map(({ text }) => text),
    ['a.edi', 'b.edi', 'c.edi'],
  )
})

test('what was not kept stays and is taken again, also by the next engine', async (t) => {
  const { dir, door, drop, look, names, start, taken } = house(t)
  const first = await start()
  drop('a.edi', 'A')
  door.reply = Buffer.from('AGAIN the disk is full\n')
  await look()
  await look()
  t.is(taken.length, 1)
  t.deepEqual(names('in/.taking'), ['a.edi'])
  door.reply = null
  await look()
  t.is(taken.length, 2)
  await first.stop()
  await start()
  door.reply = Buffer.from(TA1('A'))
  await look()
  t.is(taken.length, 3)
  t.deepEqual(names(`in/done/${DAY}`), ['a.edi'])
  t.true(existsSync(join(dir, 'in/answers/a.edi.answer')))
})

test('a file that a crash left claimed is taken at the next start, before newer ones', async (t) => {
  const { dir, drop, look, start, taken } = house(t)
  mkdirSync(join(dir, 'in/.taking'), { recursive: true })
  writeFileSync(join(dir, 'in/.taking/z.edi'), 'Z')
  await start()
  drop('a.edi', 'A')
  await look()
  await look()
  t.deepEqual(
    taken.map(({ text }) => text),
    ['Z', 'A'],
  )
})

test('a second file of the same name waits for the first and overwrites nothing', async (t) => {
  const { dir, door, drop, look, names, start, taken } = house(t)
  await start()
  door.reply = null
  drop('a.edi', 'first')
  await look()
  await look()
  drop('a.edi', 'second')
  await look()
  await look()
  t.true(taken.every(({ text }) => text === 'first'))
  door.reply = new Uint8Array(0)
  await look()
  await look()
  t.deepEqual(names(`in/done/${DAY}`), ['a-2.edi', 'a.edi'])
  t.is(readFileSync(join(dir, `in/done/${DAY}/a.edi`), 'utf8'), 'first')
  t.is(readFileSync(join(dir, `in/done/${DAY}/a-2.edi`), 'utf8'), 'second')
})

test('nothing is written when there is nothing to answer, or words instead of an answer', async (t) => {
  const { door, drop, look, names, start } = house(t)
  await start()
  for (const [name, reply] of [
    ['a.edi', ''],
    ['b.edi', 'REFUSED NOT_X12 no\n'],
  ] as const) {
    door.reply = Buffer.from(reply)
    drop(name, name)
    await look()
    await look()
  }
  t.deepEqual(names('in/answers'), [])
  t.deepEqual(names(`in/done/${DAY}`), ['a.edi'])
})

test('a file that is refused, without an answer or with one that rejects all, is put aside and told', async (t) => {
  const { door, drop, look, names, problems, start } = house(t)
  await start()
  for (const [name, reply] of [
    ['garbage.edi', 'REFUSED NOT_X12 no interchange\n'],
    ['envelope.edi', TA1('R')],
    ['hl7.edi', 'MSH|^~\\&|A|B|C|D|20260310||ACK|1|P|2.5.1\rMSA|AR|1\r'],
    // It is in ERROR and waits to be run again: that is no refusal.
    ['error.edi', 'MSH|^~\\&|A|B|C|D|20260310||ACK|1|P|2.5.1\rMSA|AE|1\rERR||||E\r'],
  ] as const) {
    door.reply = Buffer.from(reply)
    drop(name, name)
    await look()
    await look()
  }
  t.deepEqual(names(`in/refused/${DAY}`), ['envelope.edi', 'garbage.edi', 'hl7.edi'])
  t.deepEqual(names(`in/done/${DAY}`), ['error.edi'])
  t.deepEqual(problems, Array(3).fill('a file was refused and put aside'))
})

test('an empty file is told and put aside; an oversized one is taken by its head', async (t) => {
  const { drop, look, names, problems, start, taken } = house(t)
  await start()
  drop('empty.edi', '')
  drop('large.edi', 'x'.repeat(70_000))
  await look()
  await look()
  t.deepEqual(problems, ['an empty file was put aside'])
  t.deepEqual(taken, [{ text: '65536', size: 70_000 }])
  t.deepEqual(names(`in/refused/${DAY}`), ['empty.edi'])
  t.deepEqual(names(`in/done/${DAY}`), ['large.edi'])
})

const asRoot = process.getuid?.() === 0
test('a file that cannot be read is told once and left where it is', async (t) => {
  const { dir, drop, look, problems, start, taken } = house(t)
  await start()
  drop('a.edi', 'A')
  chmodSync(join(dir, 'in/a.edi'), 0o000)
  for (let n = 0; n < 4; n++) await look()
  if (asRoot) return t.is(taken.length, 1, 'nothing is unreadable for root')
  t.deepEqual(problems, ['a file cannot be read (EACCES)'])
  chmodSync(join(dir, 'in/a.edi'), 0o600)
  await look()
  t.is(taken.length, 1)
})

test('a folder that goes away is told once, and work goes on when it is back', async (t) => {
  const { dir, drop, look, problems, start, taken } = house(t)
  await start()
  renameSync(join(dir, 'in'), join(dir, 'gone'))
  await look()
  await look()
  t.deepEqual(problems, ['the folder cannot be used (ENOENT)'])
  renameSync(join(dir, 'gone'), join(dir, 'in'))
  drop('a.edi', 'A')
  await look()
  await look()
  t.is(taken.length, 1)
})

test('while the engine has no room nothing is handed over; stopping meanwhile leaves the file for later', async (t) => {
  const { door, drop, look, names, resumes, start, taken } = house(t)
  const running = await start()
  drop('a.edi', 'A')
  await look()
  door.ready = false
  const looking = look()
  while (resumes.length === 0) await new Promise((resolve) => setImmediate(resolve))
  t.deepEqual(taken, [])
  await running.stop()
  await looking
  t.deepEqual(taken, [])
  t.deepEqual(names('in/.taking'), ['a.edi'])
})

test('folders may be absolute; a folder that cannot be made stops the start', async (t) => {
  const { dir, look, names, start } = house(t)
  await start({ folder: join(dir, 'elsewhere'), done: join(dir, 'archive'), refused: join(dir, 'no'), answers: null })
  writeFileSync(join(dir, 'elsewhere/a.edi'), 'A')
  await look()
  await look()
  t.deepEqual(names(`archive/${DAY}`), ['a.edi'])
  t.true(existsSync(join(dir, 'no')))
  writeFileSync(join(dir, 'file'), '')
  await t.throwsAsync(() => start({ folder: join(dir, 'file', 'in') }), { code: 'ENOTDIR' })
})
