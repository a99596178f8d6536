import test from 'ava'
import { loadConfiguration } from '../../../channels/config/index.ts'
import { FILES } from './samples.ts'

const BASE = `company: H1
currency: USD
stock_owner: bridge
reorder_owner: bridge
gl_owner: erp
`
const SANDBOX = 'type: sandbox\nurl: http://127.0.0.1:8090\n'

const loaded = (policies: string, erp = SANDBOX) =>
  loadConfiguration({ files: { ...FILES, 'destinations/erp.yaml': erp, 'policies/base.yaml': BASE + policies } })
const codes = (policies: string, erp?: string): readonly string[] => loaded(policies, erp).issues.map(({ code }) => code)

const ACCOUNTS = "accounts: { inventory: '1410', accrued: '2110', clearing: '2190', waste: '5190', expense: { default: '5120' } }\n"
const RULE = "posting: [{ when: invoice, debit: '2110', credit: '2000' }]\n"

test('R28: who books receipts and invoices is said of them alone', (t) => {
  const { configuration, issues } = loaded(`${ACCOUNTS}${RULE}owners: { receipt: { gl: bridge }, invoice: { gl: bridge } }\n`)
  t.deepEqual(issues, [])
  t.deepEqual(configuration?.policies.owners, { receipt: { gl: 'bridge' }, invoice: { gl: 'bridge' } })
  t.deepEqual(codes('owners: { receipt: { stock: bridge } }\n'), ['unknown-field'])
})

test('R27: the bridge can book neither without accounts, nor invoices without a rule that says what is owed', (t) => {
  t.true(codes('owners: { receipt: { gl: bridge } }\n').includes('missing-field'))
  const { issues } = loaded(`${ACCOUNTS}owners: { invoice: { gl: bridge } }\n`)
  t.deepEqual(
    issues.map(({ message }) => message),
    ['the bridge is to book supplier invoices, and no posting rule says on which account they are owed'],
  )
})

test('R28: an ERP that books its receipts and invoices itself and a bridge that does it too are refused', (t) => {
  const both = `${ACCOUNTS}${RULE}owners: { receipt: { gl: bridge }, invoice: { gl: bridge } }\n`
  t.deepEqual(codes(both, `${SANDBOX}options: { books_gl: true }\n`), ['two-gl-owners'])
})
