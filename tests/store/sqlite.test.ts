import test from 'ava'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { harness } from './fixtures.ts'
import { suite } from './suite.ts'

suite(test, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'aqueduct-store-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return harness(t, { kind: 'sqlite', file: join(folder, 'store.sqlite') })
})
