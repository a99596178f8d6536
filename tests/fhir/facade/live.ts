/** A real engine with a real store, asked over its FHIR face. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { startEngineChild } from '../../crash/engine.ts'
import type { EngineChild } from '../../crash/engine.ts'
import { asker } from './face.ts'
import type { Face } from './face.ts'

export interface LiveFace extends Omit<Face, 'fake'> {
  readonly engine: EngineChild
}

/** @param store the URL of a PostgreSQL database, or null: SQLite */
export async function liveFace(t: ExecutionContext, store: string | null = null): Promise<LiveFace> {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-fhir-'))
  const engine = await startEngineChild({
    data: join(dir, 'data'),
    set: {
      'channels.crash.listen.mllp.port': '0',
      'destinations.sink.url': 'http://127.0.0.1:9/',
      ...(store === null ? {} : { 'store.url': '${FACE_STORE_URL}' }),
    },
    ...(store === null ? {} : { env: { FACE_STORE_URL: store } }),
  })
  t.teardown(async () => {
    await engine.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  })
  return { engine, ...asker(`${engine.api}/fhir`, engine.token) }
}
