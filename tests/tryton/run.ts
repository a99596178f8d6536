/**
 * `npm run test:tryton [-- postgres]`: installs Tryton where it may, furnishes a database once, and runs the tests on it; `postgres` runs those
 * on PostgreSQL, whose furnishing takes minutes, and those alone. Without Tryton it says so and ends well.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hasTryton, template } from './erp/start.ts'

const INSTALL = fileURLToPath(new URL('../../../tests/tryton/erp/install.sh', import.meta.url))

if (!hasTryton() && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
  console.log('Tryton is not installed; installing it with apt.')
  spawnSync(INSTALL, { stdio: 'inherit', timeout: 180_000 })
}
const onPostgres = process.argv.includes('postgres')
const skipped = (why: string): void => console.log(`\nSKIPPED: ${why}\n`)

if (!hasTryton()) {
  skipped('the tests on Tryton, since it is neither installed nor installable here (Debian 12 has it; tests/tryton/erp/install.sh, as root).')
} else if (onPostgres && spawnSync('/usr/bin/python3', ['-c', 'import psycopg2']).status !== 0) {
  skipped('the tests of Tryton on PostgreSQL, since python3-psycopg2 is missing.')
} else {
  if (!onPostgres) await template()
  const named = process.argv.slice(2).filter((one) => one !== 'postgres')
  const all = readdirSync('tests/tryton').filter((file) => file.endsWith('.tryton.ts') && (file === 'postgres.tryton.ts') === onPostgres)
  const files = named.length > 0 ? named : all.map((file) => `tests/tryton/${file}`)
  const { status } = spawnSync('npx', ['ava', '--config', 'ava.tryton.config.js', ...files], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
