/** What an independent parser (node-x12) says of what we read: the same segments with the same values. */
import test from 'ava'
import { X12Parser } from 'node-x12'
import type { X12Interchange } from 'node-x12'
import { readInterchange } from '../../../mappers/x12/index.ts'
import { acknowledgement, interchange, invoice, received, shipment } from './samples.ts'

test('810, 855, 856 and 997 are read segment by segment as an independent parser reads them, in 004010 and 005010', (t) => {
  for (const version of [
    { version: '00401', repetition: 'U', gs: '004010' },
    { version: '00501', repetition: '^', gs: '005010' },
  ]) {
    const text = interchange([[invoice], [acknowledgement], [shipment], [received]], version)
    const theirs = (new X12Parser(true).parse(text) as X12Interchange).functionalGroups.map((group) =>
      group.transactions.map((one) => one.segments.map(({ elements, tag }) => [tag, ...elements.map(({ value }) => value)])),
    )
    const ours = readInterchange(text)?.groups.map((group) =>
      group.transactions.map((one) => one.segments.slice(1, -1).map(({ elements, id }) => [id, ...elements])),
    )
    t.deepEqual(ours, theirs)
    t.is(ours?.length, 4)
  }
})
