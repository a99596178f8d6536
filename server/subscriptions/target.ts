/**
 * Where a webhook may go. Receivers of a hospital stand in private networks, so these are allowed; link-local addresses (where clouds
 * answer with credentials), unspecified and multicast ones are not, whatever name leads there. Redirects are never followed.
 */
import { lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'

const refused = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
] as const)
  refused.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
] as const)
  refused.addSubnet(net, bits, 'ipv6')

function isRefused(address: string): boolean {
  return refused.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Why a URL is no target, or null. Names are looked at again when they are dialled. */
export function refusalOf(text: string): string | null {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return 'must be a URL'
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be https or http'
  if (url.username !== '' || url.password !== '') return 'must have no user and password in it; the signature says who sends'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && isRefused(host)) return 'must not be a link-local, unspecified or multicast address'
  if (url.protocol === 'http:' && !isLoopback(host)) return 'must be https; http is for the same machine only'
  return null
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Name resolution that gives only addresses which may be dialled. */
export const guardedLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, [])
    const good = addresses.filter(({ address }) => !isRefused(address))
    const [first] = good
    if (first === undefined) return done(Object.assign(new Error('no address that may be dialled'), { code: 'ETARGET' }), [])
    if (options.all === true) done(null, good)
    else done(null, first.address, first.family)
  })
}
