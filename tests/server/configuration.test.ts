import test from 'ava'
import { formatIssue } from '../../channels/config/index.ts'
import { compileArchived, compileConfiguration } from '../../server/configuration.ts'
import { FILES, withChannel } from '../channels/config/samples.ts'

const FILE = 'channels/or-supply-usage/channel.yaml'
const told = (change: (text: string) => string) =>
  compileConfiguration({ files: withChannel(change), overrides: {}, env: {} }).issues.map((found) => formatIssue(found).replace(FILE, ''))
const CHARSET = '(5,96) utf-9 is no known character set [unknown-charset] — did you mean utf-8?'

test('a charset that is none is told, also in a file that has other mistakes', (t) => {
  const spoilt = (text: string) => text.replace('utf-8', 'utf-9')
  t.deepEqual(told(spoilt), [CHARSET])
  t.deepEqual(
    told((text) => spoilt(text).replace('lane:', 'lne:')),
    [CHARSET, '(7,1) lne is not recognised [unknown-field] — did you mean lane?'],
  )
})

test('a mistake that parser and mapper both see is told once', (t) => {
  t.deepEqual(
    told((text) => text.replace('      item:', '      itm:')),
    ['(17,7) SupplyUsed has no field itm [unknown-event-field] — did you mean item?'],
  )
  for (const [from, to] of [
    ['table: departments', 'table: departmens'],
    ['to: SupplyUsed', 'to: SupplyUse'],
    ['to: SupplyUsed', 'to: SupplyReturned'],
    ['      occurredAt: FT1-4.1\n', ''],
  ] as const)
    t.is(told((text) => text.replace(from, to)).length, 1, to)
})

test('what was perhaps meant is asked as a question', (t) => {
  t.deepEqual(
    told((text) => text.replace('currency: USD', 'as: date, currency: USD')),
    ['(18,37) unitCost is of kind money; date does not give that [bad-conversion] — did you mean money?'],
  )
})

test('a channel whose override stays behind does not stop a reload, nor what is archived from running again', (t) => {
  const overrides = { 'channels.gone.lane': 'PID-3' }
  const compile = (lenientOverrides: boolean) => compileConfiguration({ files: FILES, overrides, env: {}, lenientOverrides })
  t.is(compile(false).compiled, null)
  const { compiled, issues } = compile(true)
  t.deepEqual(issues.map(formatIssue), ['--set channels.gone.lane(1,1) warning: the configuration has nothing at channels.gone.lane [bad-override]'])
  t.truthy(compiled)
  t.is(compileArchived(FILES, overrides)?.configuration.id, compiled?.configuration.id)
})
