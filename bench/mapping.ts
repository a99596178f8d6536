/** Messages and events a second through parsing and mapping: the channel of the README's example on a 1.3 KB DFT^P03. */
import type { ChannelDefinition, FieldRule } from '../channels/contract/index.ts'
import { hl7v2Format } from '../mappers/hl7v2/index.ts'
import { compileChannel } from '../mappers/index.ts'

const ROUNDS = 5
const MESSAGES = 20_000

const none: FieldRule = {
  from: null,
  value: null,
  default: null,
  system: null,
  text: null,
  unit: null,
  as: null,
  currency: null,
  table: null,
  missing: 'worklist',
  minus: null,
}
const from = (path: string, more: Partial<FieldRule> = {}): FieldRule => ({ ...none, from: path, ...more })

const definition: ChannelDefinition = {
  name: 'or-supply-usage',
  format: 'hl7v2',
  about: '',
  owner: '',
  file: '',
  listen: [],
  accept: 'exists("FT1") && v("MSH-11.1") == "P"',
  lane: 'PID-18.1',
  laneGroup: null,
  deliver: [],
  map: [
    {
      id: 'usage',
      forEach: 'FT1',
      when: 'v("FT1-6.1") in ["CG", "CD"]',
      to: 'SupplyUsed',
      businessKey: ['PID-18.1', 'FT1-2'],
      set: {
        occurredAt: from('FT1-4.1'),
        case: from('PID-18.1'),
        quantity: from('FT1-10', { default: '1', minus: 'v("FT1-6.1") == "CD"' }),
        item: from('FT1-7.1', { system: 'FT1-7.3' }),
        udi: from('ZPA-5', { as: 'udi' }),
        unitCost: from('FT1-22', { as: 'money', currency: 'USD' }),
        department: from('FT1-13.1', { table: 'departments' }),
      },
    },
  ],
}

/** A DFT of about 1.3 KB with `lines` transactions, the last of them with a carrier. */
function buildMessage(n: number, lines: number): Buffer {
  const time = '20260412091500'
  const person = '7700900001^SAMPLE^SURGEON^^^DR^MD^^NPI'
  const segments = [
    `MSH|^~\\&|ORLOG|NORTHSITE|AQUEDUCT|CORP|${time}||DFT^P03^DFT_P03|B${n}|P|2.5.1|||AL|NE|USA|UNICODE UTF-8`,
    `EVN|P03|${time}|||OR17^SAMPLE^NURSE^^^^RN`,
    `PID|1||P${200000 + n}^^^NORTHSITE^MR~${800000000 + n}^^^STATE^SS||SAMPLE^PATIENT^ONE^^MX^^L||19800101|F||2106-3^White^HL70005|1 SAMPLE ROAD^FLAT 2^SAMPLETON^IL^60000^USA^H||^PRN^PH^^1^555^0100100|^WPN^PH^^1^555^0100101|EN|M|NON|C${9000 + n}^^^NORTHSITE^AN|000-00-0000`,
    `PV1|1|O|OR3^BAY1^BED1^NORTHSITE||||${person}|${person}|${person}|ORT||||1|||${person}|OP|V${n}^^^NORTHSITE^VN|SELF||||||||||||||||01|||NORTHSITE||||${time}`,
  ]
  for (let i = 1; i <= lines; i++) {
    segments.push(
      `FT1|${i}|T${n}-${i}|B1|${time}|${time}|CG|IMP-${i}^SAMPLE IMPLANT SCREW TITANIUM^ITEM|||${i}|125.00^USD|125.00^USD|7010^SURGERY|PLAN1|||OR3^BAY1||S82.1^SAMPLE DIAGNOSIS^I10|${person}||41.50^USD|ORD${n}`,
    )
  }
  segments.push('ZPA|1|SHELF-4|||(01)00844588003288(17)271231(10)A1B2C3(21)000123')
  return Buffer.from(segments.join('\r') + '\r')
}

const { channel, problems } = compileChannel(definition, new Map([['departments', { name: 'departments', file: '', find: () => 'SURG' }]]), {
  eventsPerMessage: 1000,
})
if (channel === null) throw new Error(JSON.stringify(problems))

for (const lines of [1, 3]) {
  const frames = Array.from({ length: 500 }, (_, n) => buildMessage(n, lines))
  const rates: number[] = []
  const cpu: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage()
    const start = process.hrtime.bigint()
    let events = 0
    for (let i = 0; i < MESSAGES; i++) {
      const outcome = channel.run(hl7v2Format.read(frames[i % frames.length] ?? Buffer.alloc(0), { charset: 'utf-8' }), {
        message: i + 1,
        recordedAt: 1_776_000_000_000,
      })
      if (outcome.kind === 'mapped') events += outcome.events.length
    }
    if (events !== MESSAGES * lines) throw new Error(`${events} events`)
    cpu.push((process.cpuUsage(before).user + process.cpuUsage(before).system) / MESSAGES)
    rates.push((MESSAGES / Number(process.hrtime.bigint() - start)) * 1e9)
  }
  rates.sort((a, b) => a - b)
  cpu.sort((a, b) => a - b)
  const median = rates[Math.floor(ROUNDS / 2)] ?? 0
  const rate = (value: number | undefined): string => Math.round(value ?? 0).toLocaleString('en')
  console.log(
    `${frames[0]?.length} bytes, ${lines} event(s): ${rate(median)} messages/s, ${rate(median * lines)} events/s (spread ${rate(rates[0])}–${rate(rates.at(-1))}), ${(cpu[Math.floor(ROUNDS / 2)] ?? 0).toFixed(1)} µs CPU a message`,
  )
}
