import test from 'ava'
import fc from 'fast-check'
import type { ResourceMatch, ResourcesOp } from '../../channels/contract/index.ts'
import { harness, idAt, intakeOp } from './fixtures.ts'
import type { Harness } from './fixtures.ts'
import { key, query, resources, write } from './suite-resources.ts'

const value = fc.constantFrom('a', 'b')
const match: fc.Arbitrary<ResourceMatch> = fc.oneof(
  value.map((text) => ({ value: text })),
  value.map((text) => ({ value: text })),
  value.map((text) => ({ system: 'urn:1', value: text })),
  value.map((text) => ({ value: text, how: 'starts' as const })),
  fc.constant<ResourceMatch>({ range: { prefix: 'ge', low: 2, high: 2 } }),
)
const expectation = fc
  .record({
    any: fc.array(match, { minLength: 1, maxLength: 2 }),
    param: fc.constantFrom('identifier', 'status'),
    not: fc.boolean(),
    found: fc.constantFrom<readonly string[]>([], [], ['1'], ['2']),
    byId: fc.boolean(),
  })
  .map(({ any, param, not, found, byId }) => ({
    query: query({ ids: byId ? ['1', '2'] : null, criteria: [{ param, any, not }] }),
    found: found.map((id) => `Procedure/${id}`),
  }))
const written = fc.record({
  id: fc.constantFrom('1', '2'),
  version: fc.constantFrom(1, 1, 2, 2, 3),
  values: fc.subarray(['a', 'b']),
  system: fc.boolean(),
  gone: fc.boolean(),
})
interface Draw {
  readonly op: Pick<ResourcesOp, 'writes' | 'expects'>
  readonly controlId: string
}
const drawn: fc.Arbitrary<Draw> = fc
  .record({
    writes: fc.array(written, { maxLength: 1 }),
    expects: fc.array(expectation, { maxLength: 1 }),
    controlId: fc.constantFrom('', '', 'K'),
  })
  .map(({ writes, expects, controlId }) => ({
    controlId,
    op: {
      expects,
      writes: writes.map(({ id, version, values, system, gone }) =>
        write(id, {
          version,
          ...(gone && version > 1 ? { method: 'delete' as const } : {}),
          keys:
            gone && version > 1
              ? []
              : values.flatMap((text, i) => [
                  key('identifier', { value: text, system: system ? 'urn:1' : '' }),
                  key('status', { value: text, low: i, high: i }),
                ]),
        }),
      ),
    },
  }))

test('a batch of writes comes out as one by one', async (t) => {
  const stores = [await harness(t, { kind: 'sqlite', file: ':memory:' }), await harness(t, { kind: 'sqlite', file: ':memory:' })] as const
  let run = 0
  /** Types keep the runs apart. */
  const submit = (h: Harness, draws: readonly Draw[], type: string) =>
    draws.map(({ op, controlId }) => {
      const raw = Buffer.from(controlId)
      const dedupe = controlId === '' ? { controlId: '' } : { controlId: `${controlId}${type}`, raw }
      const message = intakeOp(idAt(h.clock), { ...dedupe, events: [], deliveries: [], state: 'FILTERED' })
      const expects = op.expects.map(({ query: asked, found }) => ({
        query: { ...asked, types: [type] },
        found: found.map((name) => name.replace('Procedure', type)),
      }))
      return () => h.value(resources({ messages: [message], writes: op.writes.map((each) => ({ ...each, type })), expects }))
    })
  const all = async (h: Harness, type: string) => ({
    found: (await h.reader.resources(query({ types: [type] }))).items.map(({ id, version, body }) => [id, version, body]),
    history: (await h.reader.resourceHistory({ type, id: '', since: 0, offset: 0, limit: 99 })).items.map(({ id, version }) => [id, version]),
    keyed: (await h.reader.resources(query({ types: [type], criteria: [{ param: 'identifier', any: [{ value: 'a' }] }] }))).total,
  })
  await fc.assert(
    fc.asyncProperty(fc.array(drawn, { minLength: 3, maxLength: 9 }), async (draws) => {
      const type = `T${String(++run)}`
      const together = await Promise.all(submit(stores[0], draws, type).map((send) => send()))
      const apart = []
      for (const send of submit(stores[1], draws, type)) apart.push(await send())
      t.deepEqual(together, apart)
      t.deepEqual(await all(stores[0], type), await all(stores[1], type))
    }),
    { numRuns: 500 },
  )
})
