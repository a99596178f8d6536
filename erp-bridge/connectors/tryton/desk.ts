/** Records of Tryton for one piece of work: searched, read, made, changed, and taken through their buttons. */
import type { Calls } from './client.ts'
import type { TrytonConfig } from './config.ts'
import { Failure, idOf, refuse, textIn } from './values.ts'
import type { Row } from './values.ts'

export type Domain = readonly unknown[]
export type Values = Readonly<Record<string, unknown>>

/** From a state, the button that leads on. */
export type Path = Readonly<Record<string, string>>

export interface Desk {
  readonly config: TrytonConfig
  call(method: string, params: readonly unknown[], context?: Row): Promise<unknown>
  rows(
    model: string,
    domain: Domain,
    fields: readonly string[],
    options?: { readonly limit?: number; readonly order?: Domain; readonly context?: Row },
  ): Promise<readonly Row[]>
  /** The only one, or null. @throws Failure when there are several */
  only(model: string, domain: Domain, fields: readonly string[], what: string): Promise<Row | null>
  /** Answers the id. */
  create(model: string, values: Values): Promise<number>
  /** Ids and values in turn; all of them in one transaction. */
  write(model: string, ...pairs: readonly (readonly number[] | Values)[]): Promise<void>
  remove(model: string, ids: readonly number[]): Promise<void>
  button(model: string, name: string, id: number): Promise<unknown>
  /** Presses buttons until the record is in one of the states. Buttons that are not allowed do nothing, so the state is read after each. */
  bring(model: string, id: number, path: Path, until: readonly string[]): Promise<string>
  context(): Promise<Row>
  /** Notes the step that is confirmed; it goes with whatever fails afterwards. */
  reached(step: string): void
  readonly step: string | null
}

function list(value: unknown): readonly Row[] {
  if (!Array.isArray(value)) throw new Failure({ kind: 'failed', code: 'ERP_REFUSED', text: 'The ERP answered something else than records.' })
  return value as readonly Row[]
}

export function openDesk(calls: Calls, config: TrytonConfig): Desk {
  let step: string | null = null
  const desk: Desk = {
    config,
    call: (method, params, context) => calls.call(method, params, context),
    context: () => calls.context(),
    async rows(model, domain, fields, { limit, order, context } = {}) {
      return list(await calls.call(`model.${model}.search_read`, [domain, 0, limit ?? null, order ?? null, fields], context))
    },
    async only(model, domain, fields, what) {
      const found = await desk.rows(model, domain, fields, { limit: 2 })
      if (found.length > 1) throw refuse(`The ERP has more than one ${what}.`)
      return found[0] ?? null
    },
    async create(model, values) {
      const ids = await calls.call(`model.${model}.create`, [[values]])
      const id: unknown = Array.isArray(ids) ? ids[0] : null
      if (typeof id !== 'number') throw new Failure({ kind: 'failed', code: 'NO_ANSWER', text: 'The ERP answered no id.' })
      return id
    },
    async write(model, ...pairs) {
      await calls.call(`model.${model}.write`, pairs)
    },
    async remove(model, ids) {
      await calls.call(`model.${model}.delete`, [ids])
    },
    button: (model, name, id) => calls.call(`model.${model}.${name}`, [[id]]),
    async bring(model, id, path, until) {
      let state = await stateOf(desk, model, id)
      while (!until.includes(state)) {
        const button = path[state]
        if (button === undefined) throw refuse(`The ERP has it as “${state}”, from where the bridge does not lead on.`)
        await desk.button(model, button, id)
        const next = await stateOf(desk, model, id)
        if (next === state) throw refuse(`The ERP left it as “${state}”: it does not allow “${button}”.`)
        state = next
        desk.reached(state)
      }
      return state
    },
    reached(name) {
      step = name
    },
    get step() {
      return step
    },
  }
  return desk
}

async function stateOf(desk: Desk, model: string, id: number): Promise<string> {
  const [row] = list(await desk.call(`model.${model}.read`, [[id], ['state']]))
  if (row === undefined || idOf(row) !== id) throw refuse('The ERP no longer has the record.')
  return textIn(row, 'state')
}
