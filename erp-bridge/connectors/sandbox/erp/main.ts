/** `main.js --port 0 --data FILE`: the sandbox ERP as a program. Says `{"ready":true,"url":…}` on stdout; SIGTERM and SIGINT end it. */
import { parseArgs } from 'node:util'
import { startSandboxErp } from './server.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, data: { type: 'string', default: 'sandbox-erp.sqlite' } } })
const erp = await startSandboxErp({ port: Number(values.port), file: values.data })
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    erp.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
}
console.log(JSON.stringify({ ready: true, pid: process.pid, url: erp.url }))
