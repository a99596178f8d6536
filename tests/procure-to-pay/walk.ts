/**
 * `npm run crash:walk -- [--rounds 3]`: walks the scenario against the sandbox ERP and kills the engine, the ERP or both while each step is
 * done. Prints a report; exits 1 when something was lost, posted twice or left behind.
 */
import { parseArgs } from 'node:util'
import { openHospital } from './hospital.ts'
import { sandboxErp } from './sandbox.ts'
import { account, play } from './scenario.ts'
import type { Hazard } from './scenario.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '2' } } })
/** A kill comes within this time of the step's beginning, so that it falls into sending, storing, deciding or delivering. */
const WITHIN_MS = 250

const soon = (): Promise<void> => new Promise((wake) => setTimeout(wake, Math.random() * WITHIN_MS))
const HAZARDS: Readonly<Record<string, Hazard>> = {
  engine: async (_step, hospital) => {
    await soon()
    await hospital.crash()
  },
  erp: async (_step, hospital) => {
    await soon()
    await hospital.erp.crash()
  },
  both: async (_step, hospital) => {
    await soon()
    await Promise.all([hospital.crash(), hospital.erp.crash()])
  },
}

let broken = 0
let kills = 0
let documents = 0
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [victim, hazard] of Object.entries(HAZARDS)) {
    const hospital = await openHospital(await sandboxErp())
    try {
      let step = 'the beginning'
      const played = await play(
        hospital,
        async (name, where) => {
          step = name
          kills++
          await hazard(name, where)
        },
        (text) => (step = text),
      ).catch((error: unknown) => {
        throw new Error(`${victim} killed, at “${step}”: ${error instanceof Error ? error.message : String(error)}`)
      })
      documents += played.documents.length
      for (const fault of await account(hospital, played)) {
        broken++
        console.log(`broken: ${victim} killed: ${fault}`)
      }
    } catch (error) {
      broken++
      console.log(`broken: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      await hospital.stop()
    }
  }
}
console.log(JSON.stringify({ rounds: Number(values.rounds), victims: Object.keys(HAZARDS), kills, documents, broken }))
process.exitCode = broken === 0 ? 0 : 1
