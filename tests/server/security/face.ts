/** The API with SMART settings, a clock that is moved, and a client that asks it. */
import type { ExecutionContext } from 'ava'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, SmartClient, SmartSettings } from '../../../channels/contract/index.ts'
import { house } from '../api/house.ts'
import type { House } from '../api/house.ts'
import { ask, assertion, pair } from './client.ts'
import type { Assertion, Pair } from './client.ts'

export const NOW = Date.UTC(2026, 2, 2, 9, 0, 0)
const FACE = '/fhir/SupplyDelivery'
export const rs = await pair('RS384', 'rs-1')
export const es = await pair('ES384', 'es-1')

export interface Face extends House {
  now: number
  settings: SmartSettings | null
  readonly dataDir: string
  /** The token endpoint as clients must name it. */
  readonly audience: string
  readonly audits: readonly (readonly unknown[])[]
  /** Asks with an assertion of a client, by default `ehr-feed` with its RSA key. */
  token(options?: {
    readonly by?: string
    readonly key?: Pair
    readonly scope?: string
    readonly like?: Assertion
    readonly more?: Readonly<Record<string, string | undefined>>
  }): ReturnType<typeof ask>
  read(token: string, path?: string): Promise<Response>
}

export const client = (id: string, keys: SmartClient['keys'], ...scopes: string[]): SmartClient => ({ id, keys, scopes })
export const inPlace = (...pairs: readonly Pair[]): SmartClient['keys'] => ({ kind: 'set', keys: pairs.map(({ jwk }) => ({ ...jwk })) })
export const CLIENTS = [
  client('ehr-feed', inPlace(rs, es), 'system/Procedure.cruds', 'system/SupplyDelivery.rs'),
  client('other', inPlace(rs), 'system/*.read'),
]

export async function face(
  t: ExecutionContext,
  options: { readonly clients?: readonly SmartClient[]; readonly dataDir?: string; readonly once?: Set<string>; readonly publicUrl?: string } = {},
): Promise<Face> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'aqueduct-smart-'))
  if (options.dataDir === undefined) t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
  const settings: SmartSettings = { publicUrl: options.publicUrl ?? null, tokenLifetimeMs: 300_000, clients: options.clients ?? CLIENTS }
  const used = options.once ?? new Set<string>()
  const audits: unknown[][] = []
  const state = { now: NOW, settings: settings as SmartSettings | null }
  const clock: Clock = { now: () => state.now, after: () => () => undefined }
  const made = await house(t, {
    control: { audit: (...said) => Promise.resolve(void audits.push(said)) },
    registry: { once: ({ scope, value }) => Promise.resolve(used.size < used.add(`${scope} ${value}`).size) },
    api: { clock, smart: { settings: () => state.settings, dataDir } },
  })
  const audience = `${options.publicUrl ?? made.url}/auth/token`
  return Object.assign(state, made, {
    dataDir,
    audience,
    audits,
    async token({ by = 'ehr-feed', key = rs, scope = 'system/SupplyDelivery.rs', like = {}, more = {} } = {}) {
      return ask(made.url, await assertion(key, by, audience, state.now, like), scope, more)
    },
    read: (token: string, path = FACE) => fetch(made.url + path, { headers: { authorization: `Bearer ${token}` } }),
  } satisfies Omit<Face, keyof House | keyof typeof state>)
}

/** A search that finds nothing; a token that holds gets 400 (no identifier) or 200, never 401. */
export const holds = async (face: Face, token: string) => ![401, 403].includes((await face.read(token)).status)
