import test from 'ava'
import { aqueduct } from './aqueduct.ts'

test('help lists every command with its summary and the exit codes', async (t) => {
  const { code, out } = await aqueduct(['help'])
  t.is(code, 0)
  for (const name of [
    'run',
    'check',
    'test',
    'explain',
    'send',
    'messages',
    'trace',
    'worklist',
    'resolve',
    'replay',
    'reload',
    'load',
    'channels',
    'demo',
    'version',
    'help',
  ])
    t.regex(out, new RegExp(`^  ${name} +\\S`, 'm'))
  t.true(out.includes('exit codes: 0 good, 1 findings, 2 usage, 3 unreachable'))
})

test('without a command the help goes to stderr and it is a usage error', async (t) => {
  const { code, out, err } = await aqueduct([])
  t.is(code, 2)
  t.is(out, '')
  t.true(err.includes('usage: aqueduct COMMAND'))
})

test('a mistyped command is answered with the one that was meant', async (t) => {
  const { code, err } = await aqueduct(['worklst'])
  t.is(code, 2)
  t.true(err.includes('unknown command “worklst”; did you mean “worklist”?'))
})

test('a mistyped option is answered with the one that was meant and the usage', async (t) => {
  const { code, out, err } = await aqueduct(['send', 'x.hl7', '--to', 'localhost:1', '--conections', '2'])
  t.is(code, 2)
  t.is(out, '')
  t.true(err.includes('unknown option --conections; did you mean --connections?'))
  t.true(err.includes('usage: aqueduct send'))
})

test('an option without its value, a flag with one, and too many words are usage errors', async (t) => {
  t.true((await aqueduct(['trace'])).err.includes('too few arguments: 1 needed, 0 given'))
  t.true((await aqueduct(['trace', 'A', 'B'])).err.includes('too many arguments: “B” is not expected'))
  t.true((await aqueduct(['trace', 'A', '--data'])).err.includes('--data needs a value'))
  t.true((await aqueduct(['trace', 'A', '--json=yes'])).err.includes('--json takes no value'))
  t.is((await aqueduct(['trace', 'A', '--data'])).code, 2)
})

test('resolve says what its action lacks', async (t) => {
  t.true((await aqueduct(['resolve', '3'])).err.includes('an action is needed'))
  t.true((await aqueduct(['resolve', '3', '--action', 'edit'])).err.includes('edit needs --value'))
  t.true((await aqueduct(['resolve', '3', '--action', 'link'])).err.includes('link needs --erp-ref'))
  t.true((await aqueduct(['resolve', '3', '--action', 'discard'])).err.includes('discard needs --reason'))
  t.true((await aqueduct(['resolve', 'x', '--action', 'retry'])).err.includes('ITEM is a number'))
})

test('a command that needs the engine ends with 3 when there is none', async (t) => {
  for (const command of [['messages'], ['worklist'], ['trace', 'X'], ['replay', 'm00000000100'], ['reload'], ['channels']]) {
    const { code, out, err } = await aqueduct([...command, '--data', 'build/no-such-data'])
    t.is(code, 3, command.join(' '))
    t.is(out, '')
    t.regex(err, /no engine runs on this data directory: .*engine\.json/)
  }
})

test('an API that does not answer ends with 3', async (t) => {
  const { code, err } = await aqueduct(['messages', '--api', 'http://127.0.0.1:1', '--token', 'x'])
  t.is(code, 3)
  t.true(err.includes('the engine at http://127.0.0.1:1 does not answer'))
})

test('help for one command prints its usage', async (t) => {
  const { code, out } = await aqueduct(['load', '--help'])
  t.is(code, 0)
  t.true(out.includes('item,description,base_uom,category,ownership,supplier,gtin,vendor_catalog,charge_code,lot_required,status'))
})

test('version prints JSON alone when asked', async (t) => {
  const { code, out } = await aqueduct(['version', '--json'])
  t.is(code, 0)
  t.regex((JSON.parse(out) as { version: string }).version, /^\d+\.\d+\.\d+/)
})
