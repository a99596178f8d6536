import { createServer } from 'node:http'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { X12Parser } from 'node-x12'
import type { X12Interchange } from 'node-x12'
import type { DeliveryOutcome, DestinationDefinition, Outgoing } from '../../../channels/contract/index.ts'
import { createX12Destination } from '../../../channels/destinations/x12/index.ts'
import { readInterchange, usable } from '../../../mappers/x12/index.ts'

const never = new AbortController().signal
const AT = Date.UTC(2026, 2, 10, 9, 15)
const OPTIONS = {
  sender: { id: 'NORTHGATE' },
  receivers: { ACME: { id: '5551234567', qualifier: '12', group: 'ACMEMED' }, NEWCO: { id: 'NEWCO', version: '5010' } },
}
const definition = (url: string, options: Readonly<Record<string, unknown>> = OPTIONS): DestinationDefinition => ({
  name: 'suppliers',
  type: 'x12',
  url,
  timeoutMs: 500,
  concurrency: 2,
  retry: { firstMs: 1, maxMs: 1, attempts: null },
  settleMs: 0,
  body: 'document',
  headers: {},
  breaker: { failures: 5, openMs: 1000 },
  options,
  file: 'destinations/suppliers.yaml',
})
const ORDER = {
  order: 'PO-1001',
  supplier: 'ACME',
  company: 'NGH',
  currency: 'USD',
  orderDate: '2026-03-02',
  shipTo: 'STORE-1',
  lines: [
    {
      line: 1,
      item: 'IMP-1',
      description: 'Titanium screw',
      quantity: '10',
      unit: 'EA',
      vendorCatalog: 'A-1',
      unitPrice: '12.50',
      currency: 'USD',
      amount: '125.00',
    },
    { line: 2, item: 'IMP-2', quantity: '2.5', unit: 'BX', unitPrice: '0', currency: 'USD', amount: '0.00' },
  ],
}
const work = (body: unknown = ORDER, more: Partial<Outgoing> = {}): Outgoing => ({
  id: 'm1.d1',
  key: 'ABCDEFGH2345',
  kind: 'supplier-order',
  controlId: 'C1',
  lane: 'a',
  body: JSON.stringify(body),
  step: null,
  attempt: 1,
  ...more,
})
const NAME = '850-ABCDEFGH2345.edi'

function refused(t: ExecutionContext, outcome: DeliveryOutcome, text: RegExp): void {
  t.like(outcome, { kind: 'failed', code: 'DESTINATION_REFUSED' })
  if (outcome.kind === 'failed') t.regex(outcome.text, text)
}

function folder(t: ExecutionContext): string {
  const made = mkdtempSync(join(tmpdir(), 'aqueduct-x12-'))
  t.teardown(() => rmSync(made, { recursive: true, force: true }))
  return made
}
const toFolder = (dir: string, options?: Readonly<Record<string, unknown>>) => createX12Destination(definition('file:out', options), () => AT, dir)
const visible = (dir: string) => readdirSync(join(dir, 'out')).filter((name) => !name.startsWith('.'))

test('an order becomes an 850 that an independent parser reads, in 4010 and in 5010', async (t) => {
  const dir = folder(t)
  const destination = toFolder(dir)
  const sent = await destination.deliver(work(), never)
  const text = readFileSync(join(dir, 'out', NAME), 'utf8')
  const read = readInterchange(text)
  t.is(read?.note, '000')
  t.is(read && usable(read).length, 1)
  t.deepEqual(sent, { kind: 'sent', reference: `${read?.groups[0]?.header[5] ?? ''}/0001` })
  const parsed = new X12Parser(true).parse(text) as X12Interchange
  const segments = parsed.functionalGroups[0]?.transactions[0]?.segments.map(({ elements, tag }) => [tag, ...elements.map(({ value }) => value)].join('*'))
  t.deepEqual(segments, [
    'BEG*00*SA*PO-1001**20260302',
    'CUR*BY*USD',
    'REF*CR*ABCDEFGH2345',
    'N1*BY**92*NGH',
    'N1*ST**92*STORE-1',
    'PO1*1*10*EA*12.50**VN*A-1*IN*IMP-1',
    'PID*F****Titanium screw',
    'PO1*2*2.5*BX*0**IN*IMP-2',
    'CTT*2',
  ])
  await destination.deliver(work({ ...ORDER, supplier: 'NEWCO' }, { key: 'NEWKEY234567' }), never)
  const newer = readInterchange(readFileSync(join(dir, 'out', '850-NEWKEY234567.edi'), 'utf8'))
  t.deepEqual([newer?.header[11], newer?.delimiters.repetition, newer?.groups[0]?.header[7]], ['00501', '^', '005010'])
})

test('a retry has the same control number and replaces the same file', async (t) => {
  const dir = folder(t)
  const first = await toFolder(dir).deliver(work(), never)
  const second = await toFolder(dir).deliver(work(ORDER, { attempt: 2 }), never)
  t.deepEqual(first, second)
  t.deepEqual(visible(dir), [NAME])
})

test('control numbers are nine digits without leading zeros, stable for a key and different for another', async (t) => {
  const dir = folder(t)
  const destination = toFolder(dir)
  const references = new Set<string>()
  for (let n = 0; n < 20; n++) {
    const outcome = await destination.deliver(work(ORDER, { key: `KEY${String(n)}` }), never)
    if (outcome.kind === 'sent') references.add(outcome.reference ?? '')
  }
  t.is(references.size, 20)
  for (const reference of references) t.regex(reference, /^[1-9]\d{8}\/0001$/)
})

test('a lookup finds the file, also when the transport has renamed or taken it, and its control number', async (t) => {
  const dir = folder(t)
  const destination = toFolder(dir)
  const lookup = () => destination.lookup?.('ABCDEFGH2345', 'supplier-order', never)
  t.deepEqual(await lookup(), { kind: 'absent' })
  const outcome = await destination.deliver(work(), never)
  const present = { kind: 'present', reference: outcome.kind === 'sent' ? outcome.reference : '' } as const
  t.deepEqual(await lookup(), present)
  renameSync(join(dir, 'out', NAME), join(dir, 'out', `${NAME}.sent`))
  t.deepEqual(await lookup(), present)
  rmSync(join(dir, 'out', `${NAME}.sent`))
  t.deepEqual(await lookup(), present)
})

test('a crash before the rename leaves nothing that counts as sent', async (t) => {
  const dir = folder(t)
  const destination = toFolder(dir)
  await destination.deliver(work(), never)
  // As it lies after a crash between the second name and the rename.
  renameSync(join(dir, 'out', NAME), join(dir, 'out', `.${NAME}.part`))
  t.deepEqual(await destination.lookup?.('ABCDEFGH2345', 'supplier-order', never), { kind: 'absent' })
  t.is((await destination.deliver(work(), never)).kind, 'sent')
  t.deepEqual(visible(dir), [NAME])
})

test('a value with a separator in it is refused with its place, and no file is made', async (t) => {
  const dir = folder(t)
  const refusal = (body: unknown, options?: Readonly<Record<string, unknown>>) => toFolder(dir, options).deliver(work(body), never)
  const [line] = ORDER.lines
  refused(t, await refusal({ ...ORDER, lines: [{ ...line, description: 'a*b' }] }), /^PID-5: .*separator/)
  refused(t, await refusal({ ...ORDER, lines: [{ ...line, vendorCatalog: 'A~1' }] }), /^PO1-7/)
  refused(t, await refusal({ ...ORDER, lines: [{ ...line, unit: 'EACH' }] }), /^PO1-3/)
  refused(t, await refusal({ ...ORDER, supplier: 'NOBODY' }), /receivers has no NOBODY/)
  t.throws(() => visible(dir))
  const separators = { element: '|', component: ':', repetition: '^', segment: '~' }
  t.is((await refusal({ ...ORDER, lines: [{ ...line, description: 'a*b' }] }, { ...OPTIONS, separators })).kind, 'sent')
})

test('whatever the values, what is sent is read back with the same values or refused', async (t) => {
  const dir = folder(t)
  const destination = toFolder(dir)
  const text = fc.string({ minLength: 1, maxLength: 100 })
  await fc.assert(
    fc.asyncProperty(text, text, fc.string({ maxLength: 200 }), async (order, catalog, description) => {
      const outcome = await destination.deliver(work({ ...ORDER, order, lines: [{ ...ORDER.lines[0], vendorCatalog: catalog, description }] }), never)
      if (outcome.kind === 'failed') return outcome.code === 'DESTINATION_REFUSED'
      const read = readInterchange(readFileSync(join(dir, 'out', NAME), 'utf8'))
      const segments = read?.groups[0]?.transactions[0]?.segments ?? []
      const of = (id: string) => segments.filter((segment) => segment.id === id)
      return (
        read !== null &&
        usable(read).length === 1 &&
        of('BEG')[0]?.elements[2] === order &&
        of('PO1')[0]?.elements[6] === catalog &&
        of('PID')
          .map(({ elements }) => elements[4])
          .join('') === description
      )
    }),
    { numRuns: 60 },
  )
  t.pass()
})

test('other documents than orders are refused', async (t) => {
  refused(t, await toFolder(folder(t)).deliver(work(ORDER, { kind: 'journal' }), never), /journal/)
})

test('a folder that cannot be written is tried again', async (t) => {
  const dir = folder(t)
  writeFileSync(join(dir, 'out'), 'a file stands in the way')
  t.like(await toFolder(dir).deliver(work(), never), { kind: 'failed', code: 'DESTINATION_UNREACHABLE' })
})

test('an order is posted as EDI with its key; there is no lookup', async (t) => {
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push(request.headers['content-type'], String(request.headers['idempotency-key']), Buffer.concat(chunks).toString().slice(0, 3))
      response.writeHead(seen.length > 3 ? 503 : 200).end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  t.teardown(() => server.close())
  const destination = createX12Destination(definition(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/edi`), () => AT, '/')
  t.teardown(() => destination.stop())
  t.is(destination.lookup, null)
  const sent = await destination.deliver(work(), never)
  t.regex(sent.kind === 'sent' ? (sent.reference ?? '') : sent.text, /^\d{9}\/0001$/)
  t.deepEqual(seen, ['application/edi-x12', 'ABCDEFGH2345', 'ISA'])
  t.like(await destination.deliver(work(), never), { kind: 'failed', code: 'DESTINATION_BUSY' })
})

test('options that cannot be used are said when the engine starts', (t) => {
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{}, /options\.(sender|receivers) is missing/],
    [{ ...OPTIONS, sender: {} }, /sender\.id is missing/],
    [{ ...OPTIONS, sender: { id: 'LONGERTHANFIFTEEN' } }, /at most 15/],
    [{ ...OPTIONS, version: '3040' }, /4010 or 5010/],
    [{ ...OPTIONS, receivers: { ACME: 'x' } }, /receivers\.ACME is a block/],
    [{ ...OPTIONS, separators: { element: '~' } }, /four different signs/],
  ]
  for (const [options, message] of cases) t.throws(() => toFolder('/nowhere', options), { message })
})
