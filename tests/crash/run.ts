/** `npm run crash -- [--rounds 50] [--store sqlite|postgres] [--connections 8]`: prints a report, exits 1 when a promise broke. */
import { parseArgs } from 'node:util'
import { startPostgres } from '../postgres.ts'
import { crashRounds } from './rounds.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '50' }, store: { type: 'string', default: 'sqlite' }, connections: { type: 'string', default: '8' } },
})
const rounds = (postgres: string | null) =>
  crashRounds({ rounds: Number(values.rounds), connections: Number(values.connections), postgres, random: Math.random, tell: (text) => console.error(text) })

async function onPostgres() {
  const postgres = await startPostgres()
  try {
    await postgres.createDatabase('crash')
    return await rounds(postgres.url('crash'))
  } finally {
    await postgres.stop()
  }
}

const report = await (values.store === 'postgres' ? onPostgres() : rounds(null))
const { broken, ...counts } = report
console.log(JSON.stringify({ store: values.store, ...counts, broken: broken.length }))
for (const each of broken.slice(0, 20)) console.log(`broken: ${each}`)
process.exitCode = broken.length === 0 ? 0 : 1
