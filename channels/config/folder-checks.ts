/** What the files of a folder say about each other: names, ports, destinations, owners. Works on files that have mistakes. */
import type { Issue } from '../contract/index.ts'
import { nearest } from './nearest.ts'
import { checkPolicies } from './policy-checks.ts'
import type { Source } from './source.ts'
import { ERP_TYPES } from './spec/destination.ts'
import { entries, items, part } from './yaml-file.ts'

export interface Folder {
  readonly engine: Source
  readonly channels: readonly Source[]
  readonly destinations: readonly Source[]
  readonly policies: Source
  /** Names of the channels that have a test file. */
  readonly tested: ReadonlySet<string>
}

export function checkFolder(folder: Folder): readonly Issue[] {
  return [
    ...checkNames(folder),
    ...checkPorts(folder),
    ...checkResources(folder),
    ...folder.channels.flatMap((channel) => checkDelivery(channel, folder)),
    ...checkClearText(folder),
    ...checkPolicies({ policies: folder.policies, destinations: folder.destinations, erps: erpsInUse(folder) }),
  ]
}

/** The ERP destinations that channels deliver to. */
function erpsInUse({ channels, destinations }: Folder): readonly Source[] {
  const targets = new Set(channels.flatMap((channel) => items(part(channel.plain, ['deliver'])).map((one) => part(one, ['to']))))
  return destinations.filter((destination) => targets.has(destination.name) && ERP_TYPES.includes(String(part(destination.plain, ['type']))))
}

function checkNames({ engine, channels, tested }: Folder): readonly Issue[] {
  const issues: Issue[] = []
  const names = new Map<string, string>()
  for (const channel of channels) {
    if (channel.broken) continue
    const name = part(channel.plain, ['channel'])
    if (!tested.has(channel.name))
      issues.push(
        channel.report(
          ['channel'],
          { code: 'no-tests', message: `channel ${channel.name} has no tests`, suggestion: `add channels/${channel.name}/channel.test.yaml` },
          'key',
        ),
      )
    if (typeof name !== 'string') continue
    const other = names.get(name)
    if (other !== undefined) issues.push(channel.report(['channel'], { code: 'duplicate-name', message: `${other} is called ${name} too` }))
    else names.set(name, channel.file)
    if (name !== channel.name)
      issues.push(
        channel.report(['channel'], {
          code: 'name-mismatch',
          message: `the channel is called ${name}, its folder ${channel.name}`,
          suggestion: `rename the folder to channels/${name}, or write channel: ${channel.name}`,
        }),
      )
  }
  if (!engine.broken && part(engine.plain, ['installation']) === undefined) {
    issues.push(engine.report([], { code: 'default-installation', message: 'installation is not named', suggestion: 'add installation: NAME to engine.yaml' }))
  }
  return issues
}

const EVERYWHERE = ['0.0.0.0', '::']

function checkPorts({ engine, channels }: Folder): readonly Issue[] {
  const issues: Issue[] = []
  const taken: { readonly host: string; readonly port: number; readonly by: string }[] = []
  const take = (source: Source, path: readonly string[], host: unknown, by: string, port: number): void => {
    if (!Number.isSafeInteger(port) || port === 0) return
    const one = { host: typeof host === 'string' ? host : '', port, by }
    const other = taken.find(
      (before) => before.port === port && (before.host === one.host || EVERYWHERE.includes(before.host) || EVERYWHERE.includes(one.host)),
    )
    if (other) issues.push(source.report(path, { code: 'port-taken', message: `port ${String(port)} is taken by ${other.by}` }))
    else taken.push(one)
  }
  take(engine, ['api', 'port'], part(engine.plain, ['api', 'host']) ?? '127.0.0.1', 'the operations API', Number(part(engine.plain, ['api', 'port']) ?? 8686))
  for (const channel of channels) {
    for (const [type, listen] of entries(part(channel.plain, ['listen']))) {
      const host = part(listen, ['host']) ?? (type === 'mllp' ? '0.0.0.0' : '127.0.0.1')
      take(channel, ['listen', type, 'port'], host, `${type} of channel ${channel.name}`, Number(part(listen, ['port']) ?? 0))
    }
  }
  return issues
}

/** What is written to the FHIR face goes to one channel a type: told twice, its events would be made twice. */
function checkResources({ channels }: Folder): readonly Issue[] {
  const takers = new Map<string, string>()
  return channels.flatMap((channel) =>
    items(part(channel.plain, ['listen', 'fhir', 'resources'])).flatMap((type, n): readonly Issue[] => {
      if (typeof type !== 'string') return []
      const other = takers.get(type)
      if (other === undefined) takers.set(type, channel.name)
      const message = other === channel.name ? `${type} stands here twice` : `${type} is taken by channel ${other ?? ''} already`
      return other === undefined ? [] : [channel.report(['listen', 'fhir', 'resources', n], { code: 'duplicate-name', message, suggestion: 'keep one' })]
    }),
  )
}

function checkDelivery(channel: Source, folder: Folder): readonly Issue[] {
  const issues: Issue[] = []
  const deliver = items(part(channel.plain, ['deliver']))
  const names = folder.destinations.map((destination) => destination.name)
  const said = part(channel.plain, ['deliver'])
  if (!channel.broken && deliver.length === 0 && (said === undefined || Array.isArray(said))) {
    issues.push(channel.report(['deliver'], { code: 'no-destination', message: `channel ${channel.name} delivers nowhere` }, 'key'))
  }
  const seen = new Set<string>()
  deliver.forEach((one, n) => {
    const to = part(one, ['to'])
    if (typeof to !== 'string') return
    if (seen.has(to)) issues.push(channel.report(['deliver', n, 'to'], { code: 'duplicate-name', message: `the channel delivers to ${to} already` }))
    seen.add(to)
    const target = folder.destinations.find((destination) => destination.name === to)
    if (part(target?.plain, ['type']) === 'x12')
      issues.push(
        channel.report(['deliver', n, 'to'], {
          code: 'bad-value',
          message: `${to} takes orders of the bridge, no events of channels`,
          suggestion: `remove it here; routes of the policies send documents to it`,
        }),
      )
    if (names.includes(to)) return
    const meant = nearest(to, names)
    issues.push(
      channel.report(['deliver', n, 'to'], {
        code: 'unknown-destination',
        message: `there is no destination ${to}`,
        suggestion: meant === undefined ? `add destinations/${to}.yaml` : `did you mean ${meant}?`,
      }),
    )
  })
  const erp = erpsInUse(folder).find((destination) => seen.has(destination.name))
  for (const [type, listen] of entries(part(channel.plain, ['listen']))) {
    if (erp && part(listen, ['acknowledge']) === 'when-delivered') {
      issues.push(
        channel.report(['listen', type, 'acknowledge'], {
          code: 'when-delivered-waits',
          message: `the sender would wait for ${erp.name}, whose documents may wait for a person`,
          suggestion: 'use when-stored or when-mapped',
        }),
      )
    }
  }
  return issues
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\./.test(host)
}

/** The host of an http address that is not on this machine. */
function clearHost(url: unknown): string | undefined {
  const host = typeof url === 'string' ? /^http:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#]*)/i.exec(url)?.[1] : undefined
  return host === undefined || isLoopback(host) ? undefined : host
}

function checkClearText({ channels, destinations }: Folder): readonly Issue[] {
  const issues: Issue[] = []
  for (const channel of channels) {
    const mllp = part(channel.plain, ['listen', 'mllp'])
    const host = part(mllp, ['host']) ?? '0.0.0.0'
    if (mllp !== undefined && part(mllp, ['tls']) === undefined && typeof host === 'string' && !isLoopback(host)) {
      issues.push(
        channel.report(
          ['listen', 'mllp'],
          { code: 'mllp-without-tls', message: `patient data crosses the network in clear text on ${host}`, suggestion: 'add tls, or host: 127.0.0.1' },
          'key',
        ),
      )
    }
    const path = ['listen', 'fhir_subscription', 'server']
    const server = clearHost(part(channel.plain, path))
    if (server !== undefined)
      issues.push(
        channel.report(path, { code: 'http-without-tls', message: `resources of ${server} cross the network in clear text`, suggestion: 'use https' }),
      )
  }
  for (const destination of destinations) {
    if (clearHost(part(destination.plain, ['url'])) !== undefined)
      issues.push(
        destination.report(['url'], {
          code: 'http-without-tls',
          message: `deliveries to ${destination.name} cross the network in clear text`,
          suggestion: 'use https',
        }),
      )
  }
  return issues
}
