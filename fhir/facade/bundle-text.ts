/** Bundles as text: resources stand in them as they are stored, digit for digit, without being read. */
import type { ResourceVersion } from '../../channels/contract/index.ts'
import { etagOf } from './exchange.ts'

export interface Link {
  readonly relation: 'self' | 'first' | 'previous' | 'next' | 'last'
  readonly url: string
}

export interface BundleHead {
  readonly type: string
  readonly id?: string
  readonly timestamp?: string
  readonly total?: number
  readonly link?: readonly Link[]
}

/** @param entries each as JSON */
export function bundleText({ type, id, timestamp, total, link }: BundleHead, entries: readonly string[]): string {
  const head = JSON.stringify({ resourceType: 'Bundle', id, type, timestamp, total, link })
  return entries.length === 0 ? head : `${head.slice(0, -1)},"entry":[${entries.join(',')}]}`
}

/** @param rest members besides the resource */
export function entryText(fullUrl: string | null, resource: string | null, rest: Readonly<Record<string, unknown>>): string {
  const before = fullUrl === null ? '' : `"fullUrl":${JSON.stringify(fullUrl)},`
  return `{${before}${resource === null ? '' : `"resource":${resource},`}${JSON.stringify(rest).slice(1)}`
}

const REQUESTS = { create: 'POST', update: 'PUT', delete: 'DELETE' } as const
const STATUSES = { create: '201 Created', update: '200 OK', delete: '204 No Content' } as const

export function historyEntry(base: string, { type, id, version, method, updated, body }: ResourceVersion): string {
  return entryText(`${base}/${type}/${id}`, body, {
    request: { method: REQUESTS[method], url: method === 'create' ? type : `${type}/${id}` },
    response: { status: STATUSES[method], etag: etagOf(version), lastModified: new Date(updated).toISOString() },
  })
}

export function searchEntry(base: string, { type, id, body }: ResourceVersion, mode: 'match' | 'include'): string {
  return entryText(`${base}/${type}/${id}`, body, { search: { mode } })
}
