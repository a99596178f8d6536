/**
 * The grammar against @medplum/core: read a DFT^P03 of 1.3 KB from its bytes, read leaves, write the acknowledgement. Both sides
 * take turns in every round, because machines and moments differ; what counts is the ratio.
 *
 * Usage: node build/bench/parse.js [rounds]
 */
import { Hl7Message as MedplumMessage } from '@medplum/core'
import { hl7v2Format, Hl7Message } from '../mappers/hl7v2/index.ts'

const SAMPLE = Buffer.from(
  [
    'MSH|^~\\&|ORLOG|GENHOSP|AQUEDUCT|SUPPLY|20260301142233||DFT^P03^DFT_P03|M00000001|P|2.5.1|||AL|NE|USA|UNICODE UTF-8',
    'EVN|P03|20260301142233|||OPR42^SAMPLE^FLORENCE^^^^RN',
    'PID|1||MRN1000001^^^GENHOSP^MR~9000000001^^^NHS^NH||TESTPATIENT^AMELIA^ROSE^^MS^^L||19720614|F||2106-3^White^HL70005|42 EXAMPLE STREET^APT 7^SPRINGFIELD^IL^62701^USA^H||^PRN^PH^^1^217^5550142|^WPN^PH^^1^217^5550199|EN|M|CHR|ACC1001^^^GENHOSP^AN|999-99-0001',
    'PV1|1|O|OR3^ROOM12^BED2^GENHOSP||||1234567893^SAMPLE^ALICE^M^^DR^MD^^NPI|2234567894^SAMPLE^ROBERT^^^DR^MD^^NPI|3234567895^SAMPLE^CARLA^^^DR^MD^^NPI|CAR||||1|||1234567893^SAMPLE^ALICE|OP|V500001^^^GENHOSP^VN|SELF||||||||||||||||01|||GENHOSP||||20260301142233',
    'FT1|1|T1A|B77|20260301142233|20260301142233|CG|IMP-100^HIP STEM 12 MM^LOCAL|||1|1250.00^USD|1250.00^USD|OR3|PLAN01|||OR3^ROOM12||M16.1^EXAMPLE^I10|1234567893^SAMPLE^ALICE|||ORD1',
    'FT1|2|T1B|B77|20260301142233|20260301142233|CG|SUT-20^SUTURE 2-0^LOCAL|||4|8.50^USD|34.00^USD|OR3|PLAN01|||OR3^ROOM12||M16.1^EXAMPLE^I10|1234567893^SAMPLE^ALICE|||ORD1',
    'FT1|3|T1C|B77|20260301142233|20260301142233|CG|GLV-75^GLOVES 7.5^LOCAL|||2|3.25^USD|6.50^USD|OR3|PLAN01|||OR3^ROOM12||M16.1^EXAMPLE^I10|1234567893^SAMPLE^ALICE|||ORD1',
  ].join('\r') + '\r',
)

/** Segment, occurrence, field, repetition, component: 20 leaves, one of them in each transaction. */
const LEAVES: readonly (readonly [string, number, number, number, number])[] = [
  ['MSH', 1, 9, 1, 1],
  ['MSH', 1, 9, 1, 2],
  ['MSH', 1, 10, 1, 1],
  ['MSH', 1, 11, 1, 1],
  ['PID', 1, 3, 1, 1],
  ['PID', 1, 3, 2, 1],
  ['PID', 1, 18, 1, 1],
  ['PV1', 1, 3, 1, 1],
  ['PV1', 1, 19, 1, 1],
  ...[1, 2, 3].flatMap((n): [string, number, number, number, number][] => [
    ['FT1', n, 4, 1, 1],
    ['FT1', n, 7, 1, 1],
    ['FT1', n, 10, 1, 1],
  ]),
  ['FT1', 1, 13, 1, 1],
  ['FT1', 1, 22, 1, 1],
]

function own(): number {
  const inbound = hl7v2Format.read(SAMPLE, { charset: 'MSH-18' })
  const message = inbound.content
  if (!(message instanceof Hl7Message)) throw new Error('the sample is not HL7')
  let seen = 0
  for (const [name, occurrence, field, repetition, component] of LEAVES)
    seen += message.value(message.find(name, occurrence), field, repetition, component, 0).length
  return seen + inbound.acknowledge('AA', { at: 1772374953000, id: 'A1' }).length
}

/** As many reads as the published comparison made, fewer than {@link own} makes. */
const MEDPLUM_LEAVES = LEAVES.slice(0, 15)

function medplum(): number {
  const message = MedplumMessage.parse(SAMPLE.toString('utf8'))
  let seen = 0
  for (const [name, occurrence, field, repetition, component] of MEDPLUM_LEAVES) {
    seen += (message.getAllSegments(name)[occurrence - 1]?.getComponent(field, component, undefined, repetition - 1) ?? '').length
  }
  return seen + Buffer.from(message.buildAck().toString(), 'utf8').length
}

function perSecond(work: () => number, ms: number): number {
  const start = performance.now()
  let count = 0
  let elapsed = 0
  while (elapsed < ms) {
    for (let i = 0; i < 200; i++) work()
    count += 200
    elapsed = performance.now() - start
  }
  return (count / elapsed) * 1000
}

const rounds = Number(process.argv[2] ?? 5)
perSecond(own, 300)
perSecond(medplum, 300)
const ratios: number[] = []
for (let round = 1; round <= rounds; round++) {
  const ours = perSecond(own, 500)
  const theirs = perSecond(medplum, 500)
  ratios.push(ours / theirs)
  console.log(`round ${round}: own ${Math.round(ours)}/s, @medplum/core ${Math.round(theirs)}/s, ratio ${(ours / theirs).toFixed(1)}`)
}
ratios.sort((a, b) => a - b)
const at = (share: number): string => (ratios[Math.round((ratios.length - 1) * share)] ?? Number.NaN).toFixed(1)
console.log(`ratio: median ${at(0.5)}, from ${at(0)} to ${at(1)} (${LEAVES.length} leaves against ${MEDPLUM_LEAVES.length}, message of ${SAMPLE.length} bytes)`)
