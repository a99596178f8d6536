/** Reading: a resource, a version of it, histories. */
import type { ResourceVersion } from '../../channels/contract/index.ts'
import { forbid } from './authorize.ts'
import { bundleText, historyEntry } from './bundle-text.ts'
import type { Link } from './bundle-text.ts'
import { etagOf, versionOf } from './exchange.ts'
import type { FaceAnswer, FaceRequest } from './exchange.ts'
import type { FaceParts } from './ports.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { pairsOf } from './search-string.ts'

export async function readResource(type: string, id: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const refused = forbid(parts.authority, request.caller, 'read', type)
  if (refused) return refused
  const found = await parts.reader.resource(type, id)
  if (found === null) return refuse(404, 'not-found', `There is no ${type} with this id.`)
  if (found.body === null) return gone(found)
  const known = request.header('if-none-match')
  const since = Date.parse(request.header('if-modified-since'))
  const unchanged =
    known === ''
      ? !Number.isNaN(since) && Math.floor(found.updated / 1000) * 1000 <= since
      : known.split(',').some((tag) => tag.trim() === '*' || versionOf(tag) === found.version)
  if (unchanged) return { status: 304, headers: versionHeaders(found), body: null }
  return shown(found, `read ${type}`)
}

export async function readVersion(type: string, id: string, version: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const refused = forbid(parts.authority, request.caller, 'vread', type)
  if (refused) return refused
  const found = /^[1-9]\d{0,14}$/.test(version) ? await parts.reader.resourceVersion(type, id, Number(version)) : null
  if (found === null) return refuse(404, 'not-found', `There is no such version of a ${type} with this id.`)
  return found.body === null ? gone(found) : shown(found, `vread ${type}`)
}

export function versionHeaders({ version, updated }: Pick<ResourceVersion, 'version' | 'updated'>): Readonly<Record<string, string>> {
  return { etag: etagOf(version), 'last-modified': new Date(updated).toUTCString() }
}

function gone(found: ResourceVersion): Refusal {
  return refuse(410, 'deleted', `This ${found.type} was deleted.`, undefined, versionHeaders(found))
}

function shown(found: ResourceVersion, what: string): FaceAnswer {
  return {
    status: 200,
    headers: versionHeaders(found),
    body: found.body,
    shows: { what, subject: `${found.type}/${found.id}/_history/${String(found.version)}` },
  }
}

const DEFAULT_COUNT = 50
const MOST = 1000

/** @param type '' for the whole server; @param id '' for the whole type */
export async function readHistory(type: string, id: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const { base, caller } = request
  const refused = forbid(parts.authority, caller, id === '' ? (type === '' ? 'history-system' : 'history-type') : 'history-instance', type === '' ? null : type)
  if (refused) return refused
  const asked = new Map(pairsOf(request.query))
  const since = asked.has('_since') ? Date.parse(asked.get('_since')?.replaceAll(' ', '+') ?? '') : 0
  if (Number.isNaN(since)) return refuse(400, 'value', '_since is no instant.', '_since')
  const numbers = ['_count', '_offset', '_of'].map((name) => [name, asked.get(name)] as const)
  const wrong = numbers.find(([, text]) => text !== undefined && !/^\d{1,15}$/.test(text))
  if (wrong) return refuse(400, 'value', 'A count is a whole number from 0.', wrong[0])
  const count = Math.min(Number(asked.get('_count') ?? DEFAULT_COUNT), MOST)
  const offset = Number(asked.get('_offset') ?? 0)
  // A history only grows, at its new end: by how much it grew since the first page, this one begins later.
  const head = { type, id, since }
  const grown = asked.has('_of') ? Math.max(0, (await parts.reader.resourceHistory({ ...head, offset: 0, limit: 0 })).total - Number(asked.get('_of'))) : 0
  const page = await parts.reader.resourceHistory({ ...head, offset: offset + grown, limit: count })
  const total = page.total - grown
  if (id !== '' && page.total === 0 && (await parts.reader.resource(type, id)) === null) return refuse(404, 'not-found', `There is no ${type} with this id.`)
  const path = [base, type, id, '_history'].filter((each) => each !== '').join('/')
  const url = (at: number) =>
    `${path}?${new URLSearchParams({ ...(asked.has('_since') ? { _since: asked.get('_since') ?? '' } : {}), _count: String(count), _offset: String(at), _of: String(total) }).toString()}`
  const self = request.query === '' ? path : `${path}?${request.query}`
  const items = page.items.filter((each) => type !== '' || parts.authority.mayReceive(caller, each.type))
  const link = pageLinks(self, url, { offset, count, total })
  return {
    status: 200,
    headers: {},
    body: bundleText(
      { type: 'history', id: parts.newId(), timestamp: new Date(parts.clock.now()).toISOString(), total, link },
      items.map((each) => historyEntry(base, each)),
    ),
    shows: { what: `history ${type === '' ? '*' : type}`, subject: subjectOf(items) },
  }
}

export function pageLinks(
  self: string,
  url: (offset: number) => string,
  { offset, count, total }: { offset: number; count: number; total: number },
): readonly Link[] {
  return [
    { relation: 'self', url: self },
    ...(count > 0 && offset > 0 ? [{ relation: 'previous' as const, url: url(Math.max(0, offset - count)) }] : []),
    ...(count > 0 && offset + count < total ? [{ relation: 'next' as const, url: url(offset + count) }] : []),
  ]
}

const NAMED = 20

/** What an audit line names: the first resources by their ids, and how many there were. */
export function subjectOf(items: readonly Pick<ResourceVersion, 'type' | 'id'>[]): string {
  const names = [...new Set(items.map(({ type, id }) => `${type}/${id}`))]
  if (names.length === 0) return 'nothing'
  return names.length <= NAMED ? names.join(' ') : `${names.slice(0, NAMED).join(' ')} and ${String(names.length - NAMED)} more`
}
