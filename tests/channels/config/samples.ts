/** A small folder without faults, for tests to spoil. */
export const CHANNEL = `channel: or-supply-usage
about: Implants and supplies documented in the OR
owner: periop-interfaces
listen:
  mllp: { host: 127.0.0.1, port: 2575, messages: [DFT^P03], acknowledge: when-stored, charset: utf-8 }
accept: exists("FT1") && v("MSH-11.1") == "P"
lane: PID-18.1
map:
  - id: usage
    for_each: FT1
    when: v("FT1-6.1") in ["CG", "CD"]
    to: SupplyUsed
    business_key: [PID-18.1, FT1-2]
    set:
      occurredAt: FT1-4.1
      quantity: { from: FT1-10, default: 1, minus: 'v("FT1-6.1") == "CD"' }
      item: { from: FT1-7.1, system: FT1-7.3 }
      unitCost: { from: FT1-22, currency: USD }
      department: { from: FT1-13.1, table: departments }
deliver:
  - to: erp
`

export const FILES: Readonly<Record<string, string>> = {
  'engine.yaml': 'installation: test-house\n',
  'channels/or-supply-usage/channel.yaml': CHANNEL,
  'channels/or-supply-usage/channel.test.yaml': 'tests: []\n',
  'destinations/erp.yaml': 'type: http\nurl: http://127.0.0.1:9000/\n',
  'tables/departments.csv': 'code,value\n7010,OR-MAIN\n',
}

/** The sample folder with the channel's text changed. */
export function withChannel(change: (text: string) => string): Readonly<Record<string, string>> {
  return { ...FILES, 'channels/or-supply-usage/channel.yaml': change(CHANNEL) }
}
