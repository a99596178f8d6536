import test from 'ava'
import type { ExecutionContext } from 'ava'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bearerOf, checkToken, createToken, lockDataDirectory, readEngineFile, removeEngineFile, writeEngineFile } from '../../../server/security/index.ts'

function directory(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-lock-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A process that tries to take the lock, says what it got and stays. */
async function starter(t: ExecutionContext, dir: string) {
  const module = new URL('../../../server/security/index.js', import.meta.url).href
  const script = `import { lockDataDirectory } from ${JSON.stringify(module)}
const lock = lockDataDirectory(${JSON.stringify(dir)})
console.log(JSON.stringify({ ok: lock.ok, pid: lock.pid }))
setInterval(() => undefined, 1 << 30)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, answer: JSON.parse(line.toString()) as { ok: boolean; pid?: number } }
}

test('tokens differ, and only the very same one is accepted', (t) => {
  const token = createToken()
  t.not(token, createToken())
  t.true(token.length >= 43)
  t.true(checkToken(token, token))
  for (const wrong of ['', token.slice(1), `${token}=`, token.toLowerCase(), createToken()]) t.false(checkToken(token, wrong))
  t.false(checkToken('', ''))
})

test('a bearer header gives its token, anything else none', (t) => {
  t.is(bearerOf('Bearer abc-_.~+/=='), 'abc-_.~+/==')
  t.is(bearerOf('bearer abc'), 'abc')
  for (const header of [undefined, '', 'Bearer', 'Bearer a b', 'Basic abc', 'Bearer ä']) t.is(bearerOf(header), null)
})

test('the engine file is for its owner alone and is read back; what is no engine file is none', (t) => {
  const dir = directory(t)
  t.is(readEngineFile(dir), null)
  const file = { pid: process.pid, api: 'http://127.0.0.1:1', token: 'x' }
  writeFileSync(join(dir, 'engine.json'), 'old', { mode: 0o644 })
  t.is(readEngineFile(dir), null)
  writeEngineFile(dir, file)
  t.deepEqual(readEngineFile(dir), file)
  t.is(statSync(join(dir, 'engine.json')).mode & 0o777, 0o600)
  t.deepEqual(readdirSync(dir), ['engine.json'])
  writeEngineFile(dir, { ...file, pid: 1 })
  removeEngineFile(dir)
  t.is(readEngineFile(dir)?.pid, 1)
  writeEngineFile(dir, file)
  removeEngineFile(dir)
  t.deepEqual(readdirSync(dir), [])
})

test('a locked directory is refused with who has it, also to the same process, until it is released', (t) => {
  const dir = directory(t)
  const first = lockDataDirectory(dir)
  t.true(first.ok)
  const second = lockDataDirectory(dir)
  t.like(second, { ok: false, pid: process.pid })
  t.deepEqual(readdirSync(dir), ['engine.lock'])
  if (first.ok) first.release()
  t.deepEqual(readdirSync(dir), [])
  t.true(lockDataDirectory(dir).ok)
})

test('a lock held by another process is refused, and is free once that process was killed', async (t) => {
  const dir = directory(t)
  const { child, answer } = await starter(t, dir)
  t.true(answer.ok)
  t.like(lockDataDirectory(dir), { ok: false, pid: child.pid })
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.true(lockDataDirectory(dir).ok)
  t.deepEqual(readdirSync(dir), ['engine.lock'])
})

test('a lock of a pid that was given to another process since is stale', (t) => {
  const dir = directory(t)
  writeFileSync(join(dir, 'engine.lock'), JSON.stringify({ pid: process.ppid, started: 'another-boot/1', nonce: 'abcd' }))
  t.true(lockDataDirectory(dir).ok)
})

for (const content of ['', 'null', '{"pid":"x"}', '{"pid":1,"nonce":"../../x"}']) {
  test(`a lock file that says ${JSON.stringify(content)} holds nothing`, (t) => {
    const dir = directory(t)
    writeFileSync(join(dir, 'engine.lock'), content)
    const lock = lockDataDirectory(dir)
    t.true(lock.ok)
    t.is((JSON.parse(readFileSync(join(dir, 'engine.lock'), 'utf8')) as { pid: number }).pid, process.pid)
  })
}

test('a takeover that died half way is taken over too', (t) => {
  const dir = directory(t)
  writeFileSync(join(dir, 'engine.lock'), JSON.stringify({ pid: 1, started: 'another-boot/1', nonce: 'aaaa' }))
  writeFileSync(join(dir, 'engine.lock.aaaa'), JSON.stringify({ pid: 1, started: 'another-boot/2', nonce: 'bbbb' }))
  t.true(lockDataDirectory(dir).ok)
  t.deepEqual(readdirSync(dir), ['engine.lock'])
})

test('of several that start at once on a stale lock exactly one gets it', async (t) => {
  const dir = directory(t)
  writeFileSync(join(dir, 'engine.lock'), JSON.stringify({ pid: 1, started: 'another-boot/1', nonce: 'aaaa' }))
  const starters = await Promise.all([1, 2, 3, 4].map(() => starter(t, dir)))
  const winners = starters.filter(({ answer }) => answer.ok)
  t.is(winners.length, 1)
  t.like(lockDataDirectory(dir), { ok: false, pid: winners[0]?.child.pid })
})
