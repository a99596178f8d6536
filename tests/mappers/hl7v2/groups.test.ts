import test from 'ava'
import { Hl7Message } from '../../../mappers/hl7v2/index.ts'

function groups(type: string, names: string, anchor: string): string[] {
  const m = Hl7Message.parse([`MSH|^~\\&|A|B|C|D|||${type}|1|P|2.5.1`, ...names.split(' ').map((name) => `${name}|x`)].join('\r'))
  if (m === null) throw new Error('not HL7')
  return m
    .groups(anchor)
    .map(({ start, end, occurrence }) => `${occurrence}:${Array.from({ length: end - start }, (_, i) => m.segmentName(start + i)).join(' ')}`)
}

test('a transaction holds what follows it up to the next, Z segments too', (t) => {
  t.deepEqual(groups('DFT^P03', 'EVN PID PV1 FT1 ZPA NTE PR1 FT1 ZPA', 'FT1'), ['1:FT1 ZPA NTE PR1', '2:FT1 ZPA'])
})

test('in DFT^P03 diagnoses and insurance after the last transaction are the patient’s', (t) => {
  t.deepEqual(groups('DFT^P03', 'PID FT1 FT1 PR1 OBX DG1 GT1 IN1 IN2', 'FT1'), ['1:FT1', '2:FT1 PR1 OBX'])
})

test('in DFT^P11 each transaction has its own diagnoses', (t) => {
  t.deepEqual(groups('DFT^P11', 'PID DG1 FT1 DG1 IN1 FT1 DG1', 'FT1'), ['1:FT1 DG1 IN1', '2:FT1 DG1'])
})

test('a transaction keeps its order in a DFT, and ends at the next order elsewhere', (t) => {
  t.deepEqual(groups('DFT^P03', 'FT1 ORC OBR FT1', 'FT1'), ['1:FT1 ORC OBR', '2:FT1'])
  t.deepEqual(groups('RDS^O13', 'PID ORC RXD FT1 ORC RXD FT1', 'FT1'), ['1:FT1', '2:FT1'])
})

test('orders before the transactions of a DFT do not hold them', (t) => {
  t.deepEqual(groups('DFT^P03', 'PID ORC OBR ORC OBR OBX FT1 FT1', 'ORC'), ['1:ORC OBR', '2:ORC OBR OBX'])
})

test('a requisition line ends at the next order', (t) => {
  t.deepEqual(groups('OMS^O05', 'PID ORC RQD RQ1 NTE ZQD ORC RQD ZQD', 'RQD'), ['1:RQD RQ1 NTE ZQD', '2:RQD ZQD'])
  t.deepEqual(groups('OMS^O05', 'PID ORC RQD ZQD ORC RQD', 'ORC'), ['1:ORC RQD ZQD', '2:ORC RQD'])
})

test('resources of an appointment end at the next resource of any kind', (t) => {
  t.deepEqual(groups('SIU^S12', 'SCH RGS AIS NTE AIG AIG AIL RGS AIS', 'AIG'), ['1:AIG', '2:AIG'])
})

test('a master file entry holds its item, vendors and locations', (t) => {
  t.deepEqual(groups('MFN^M16', 'MFI MFE ITM VND PKG PCE IVT ILT MFE ITM', 'MFE'), ['1:MFE ITM VND PKG PCE IVT ILT', '2:MFE ITM'])
  t.deepEqual(groups('MFN^M16', 'MFI MFE ITM VND PKG VND PKG IVT', 'VND'), ['1:VND PKG', '2:VND PKG'])
})

test('an anchor that is not there makes no group', (t) => {
  t.deepEqual(groups('DFT^P03', 'PID PV1', 'FT1'), [])
})
