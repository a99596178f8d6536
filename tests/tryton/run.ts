/** `npm run test:tryton`: installs Tryton where it may, furnishes a database once, and runs the tests on it. Without Tryton it says so and ends well. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hasTryton, template } from './erp/start.ts'

const INSTALL = fileURLToPath(new URL('../../../tests/tryton/erp/install.sh', import.meta.url))

if (!hasTryton() && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
  console.log('Tryton is not installed; installing it with apt.')
  spawnSync(INSTALL, { stdio: 'inherit', timeout: 180_000 })
}
if (hasTryton()) {
  await template()
  const { status } = spawnSync('npx', ['ava', '--config', 'ava.tryton.config.js', ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = status ?? 1
} else {
  console.log('\nSKIPPED: the tests on Tryton, since it is neither installed nor installable here (Debian 12 has it; tests/tryton/erp/install.sh, as root).\n')
}
