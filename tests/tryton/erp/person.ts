/** A person at the ERP: does what the bridge may not, and looks at what it did. */
import { setTimeout as wait } from 'node:timers/promises'

type Row = Readonly<Record<string, unknown>> & { readonly id: number }

export class Person {
  readonly #url: string
  #authorization = ''
  #context: Readonly<Record<string, unknown>> = {}

  private constructor(url: string) {
    this.#url = url
  }

  static async login(server: string, database: string, user: string, password: string): Promise<Person> {
    const person = new Person(`${server}${database}/`)
    const [id, key] = (await person.#post('common.db.login', [user, { password }])) as [number, string]
    person.#authorization = `Session ${Buffer.from(`${user}:${String(id)}:${key}`).toString('base64')}`
    person.#context = (await person.call('model.res.user.get_preferences', [true])) as Record<string, unknown>
    return person
  }

  async #post(method: string, params: readonly unknown[]): Promise<unknown> {
    const headers = { 'content-type': 'application/json', authorization: this.#authorization }
    const response = await fetch(this.#url, { method: 'POST', headers, body: JSON.stringify({ id: 1, method, params }) })
    if (!response.ok) throw new Error(`${method}: ${String(response.status)}`)
    const body = (await response.json()) as { readonly result?: unknown; readonly error?: unknown }
    if (body.error !== undefined) throw new Error(`${method}: ${JSON.stringify(body.error).slice(0, 600)}`)
    return body.result
  }

  call(method: string, params: readonly unknown[], context: object = {}): Promise<unknown> {
    return this.#post(method, [...params, { ...this.#context, ...context }])
  }
  async rows(model: string, domain: readonly unknown[], fields: readonly string[]): Promise<readonly Row[]> {
    return (await this.call(`model.${model}.search_read`, [domain, 0, null, [['id', 'ASC']], fields])) as Row[]
  }
  count(model: string, domain: readonly unknown[]): Promise<number> {
    return this.call(`model.${model}.search_count`, [domain]) as Promise<number>
  }
  async write(model: string, ids: readonly number[], values: object): Promise<void> {
    await this.call(`model.${model}.write`, [ids, values])
  }
  async press(model: string, button: string, ...ids: readonly number[]): Promise<void> {
    await this.call(`model.${model}.${button}`, [ids])
  }
  async wizard(name: string, model: string, ids: readonly number[], states: readonly string[]): Promise<void> {
    const [session] = (await this.call(`wizard.${name}.create`, [])) as [number]
    const context = { active_model: model, active_id: ids[0], active_ids: ids }
    for (const state of states) await this.call(`wizard.${name}.execute`, [session, {}, state], context)
    await this.call(`wizard.${name}.delete`, [session])
  }

  /** Approves a requisition and makes orders of its purchase requests, confirmed. Their ids. */
  async approve(requisition: number): Promise<readonly number[]> {
    await this.press('purchase.requisition', 'approve', requisition)
    const lines = await this.rows('purchase.requisition.line', [['requisition', '=', requisition]], [])
    const origins = lines.map(({ id }) => `purchase.requisition.line,${String(id)}`)
    const requests = await this.rows('purchase.request', [['origin', 'in', origins]], [])
    await this.wizard(
      'purchase.request.create_purchase',
      'purchase.request',
      requests.map(({ id }) => id),
      ['start'],
    )
    const made = await this.rows('purchase.request', [['origin', 'in', origins]], ['purchase'])
    const orders = [...new Set(made.map((row) => row['purchase'] as number))]
    for (const order of orders) await this.confirm(order)
    return orders
  }
  async confirm(order: number): Promise<void> {
    await this.press('purchase.purchase', 'quote', order)
    await this.press('purchase.purchase', 'confirm', order)
  }
}

/** Asks until it is so; for what another process does. */
export async function until(so: () => Promise<boolean>): Promise<void> {
  while (!(await so())) await wait(20)
}
