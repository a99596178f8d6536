/** From the words of the files to what the contract calls a configuration. */
import type { ChannelDefinition, DestinationDefinition, EngineSettings, FieldRule, Listen, MapRule } from '../contract/index.ts'
import { fhirSubscriptionMeaning } from './fhir-subscription.ts'
import type { ChannelSpec } from './spec/channel.ts'
import { DOCUMENT_TYPES } from './spec/destination.ts'
import type { DestinationSpec } from './spec/destination.ts'
import type { EngineSpec } from './spec/engine.ts'
import { entries, isRecord, items, part } from './yaml-file.ts'

const DAY = 86_400_000

export function channelMeaning(spec: ChannelSpec, file: string): ChannelDefinition {
  const listen: Listen[] = []
  const { mllp, http, file: folder } = spec.listen
  if (mllp) {
    listen.push({
      type: 'mllp',
      host: mllp.host,
      port: mllp.port,
      messages: mllp.messages,
      acknowledge: mllp.acknowledge,
      ackTimeoutMs: mllp.ack_timeout,
      ack: mllp.ack,
      charset: mllp.charset,
      maxMessageBytes: mllp.max_message,
      idleTimeoutMs: mllp.idle_timeout,
      maxConnections: mllp.max_connections,
      tls: mllp.tls ? { cert: mllp.tls.cert, key: mllp.tls.key, ca: mllp.tls.ca ?? null, requireClientCertificate: mllp.tls.require_client_certificate } : null,
    })
  }
  if (http) {
    listen.push({
      type: 'http',
      host: http.host,
      port: http.port,
      path: http.path,
      messages: http.messages,
      acknowledge: http.acknowledge,
      ackTimeoutMs: http.ack_timeout,
      charset: http.charset,
      maxMessageBytes: http.max_message,
    })
  }
  if (folder) {
    listen.push({
      type: 'file',
      folder: folder.folder,
      done: folder.done,
      refused: folder.refused,
      answers: folder.answers ?? null,
      pattern: folder.pattern,
      pollMs: folder.poll,
      messages: folder.messages,
      acknowledge: folder.acknowledge,
      ackTimeoutMs: folder.ack_timeout,
      charset: folder.charset,
      maxMessageBytes: folder.max_message,
    })
  }
  if (spec.listen.fhir) {
    const { acknowledge, max_message: maxMessageBytes, profiles, resources } = spec.listen.fhir
    listen.push({ type: 'fhir', messages: resources, profiles, acknowledge, ackTimeoutMs: 30_000, charset: 'utf-8', maxMessageBytes })
  }
  if (spec.listen.fhir_subscription) listen.push(fhirSubscriptionMeaning(spec.listen.fhir_subscription))
  return {
    name: spec.channel,
    format: spec.format,
    about: spec.about,
    owner: spec.owner,
    listen,
    accept: spec.accept ?? null,
    lane: spec.lane ?? null,
    laneGroup: spec.lane_group ?? null,
    map: spec.map.map((rule) => ({
      id: rule.id,
      forEach: rule.for_each ?? null,
      when: rule.when ?? null,
      line: rule.line ?? null,
      to: rule.to,
      businessKey: rule.business_key,
      set: Object.fromEntries(Object.entries(rule.set).map(([field, how]) => [field, { ...fieldRule(how), ...linesRule(how.for_each, how.set) }])),
    })),
    deliver: spec.deliver,
    ...(spec.interchange === undefined ? {} : { interchange: spec.interchange }),
    file,
  }
}

function fieldRule(how: Readonly<Partial<{ [Key in keyof FieldRule]: FieldRule[Key] | undefined }>>): FieldRule {
  return {
    from: how.from ?? null,
    value: how.value ?? null,
    default: how.default ?? null,
    system: how.system ?? null,
    text: how.text ?? null,
    unit: how.unit ?? null,
    as: how.as ?? null,
    currency: how.currency ?? null,
    table: how.table ?? null,
    missing: how.missing ?? 'worklist',
    minus: how.minus ?? null,
  }
}

function linesRule(forEach: string | undefined, set: Readonly<Record<string, Parameters<typeof fieldRule>[0]>> | undefined): Pick<FieldRule, 'lines'> {
  if (forEach === undefined || set === undefined) return {}
  return { lines: { forEach, set: Object.fromEntries(Object.entries(set).map(([field, how]) => [field, fieldRule(how)])) } }
}

const FORMATS = ['hl7v2', 'x12', 'fhir'] as const

/**
 * What can be read of a channel file that has mistakes: texts where texts stand, null elsewhere, rules at their own index. Good
 * enough to look for further mistakes in its paths and conditions, never to run.
 */
export function channelDraft(plain: unknown, file: string, name: string): ChannelDefinition {
  const map = items(part(plain, ['map'])).map((rule, n): MapRule => ({
    id: at(rule, 'id') ?? `rule-${String(n + 1)}`,
    forEach: at(rule, 'for_each'),
    when: at(rule, 'when'),
    line: at(rule, 'line'),
    to: at(rule, 'to') ?? '',
    businessKey: items(part(rule, ['business_key'])).map((path) => (typeof path === 'string' ? path : '')),
    set: draftSet(part(rule, ['set']), true),
  }))
  return {
    name,
    format: FORMATS.find((format) => format === part(plain, ['format'])) ?? 'hl7v2',
    about: '-',
    owner: '-',
    listen: draftListen(plain),
    accept: at(plain, 'accept'),
    lane: at(plain, 'lane'),
    laneGroup: at(plain, 'lane_group'),
    map,
    deliver: [],
    file,
  }
}

function at(value: unknown, key: string): string | null {
  const found = part(value, [key])
  return typeof found === 'string' && found !== '' ? found : typeof found === 'number' ? String(found) : null
}

const WORDS = ['from', 'value', 'default', 'system', 'text', 'unit', 'as', 'currency', 'table', 'minus'] as const

function draftSet(set: unknown, outer: boolean): Readonly<Record<string, FieldRule>> {
  const rules = entries(set).filter(([, how]) => isRecord(how))
  return Object.fromEntries(
    rules.map(([field, how]) => {
      const missing = at(how, 'missing')
      const rule: FieldRule = {
        ...fieldRule({}),
        ...Object.fromEntries(WORDS.map((key) => [key, at(how, key)])),
        missing: missing === 'keep' || missing === 'empty' || missing === 'reject' ? missing : 'worklist',
      }
      const forEach = outer ? at(how, 'for_each') : null
      return [field, forEach === null ? rule : { ...rule, lines: { forEach, set: draftSet(part(how, ['set']), false) } }]
    }),
  )
}

/** Ways in of a draft, of which only the charset is judged further. */
function draftListen(plain: unknown): readonly Listen[] {
  const common = { host: '', port: 0, messages: [], acknowledge: 'when-stored', ackTimeoutMs: 0, maxMessageBytes: 0 } as const
  const charsetOf = (type: Listen['type']): string => {
    const found = part(plain, ['listen', type, 'charset'])
    return typeof found === 'string' ? found : 'MSH-18'
  }
  return [
    { ...common, type: 'mllp', charset: charsetOf('mllp'), ack: 'auto', idleTimeoutMs: 0, maxConnections: 0, tls: null },
    { ...common, type: 'http', charset: charsetOf('http'), path: '' },
  ]
}

export function destinationMeaning(spec: DestinationSpec, name: string, file: string): DestinationDefinition {
  return {
    name,
    type: spec.type,
    url: spec.url,
    timeoutMs: spec.timeout,
    concurrency: spec.concurrency,
    retry: { firstMs: spec.retry.first, maxMs: spec.retry.max, attempts: spec.retry.attempts },
    settleMs: spec.settle,
    body: spec.body ?? (DOCUMENT_TYPES.includes(spec.type) ? 'document' : 'event'),
    headers: spec.headers,
    breaker: { failures: spec.breaker.failures, openMs: spec.breaker.open },
    ...(spec.pull === undefined ? {} : { pull: pullMeaning(spec.pull) }),
    options: spec.options,
    file,
  }
}

function pullMeaning({ every, full, deliver }: NonNullable<DestinationSpec['pull']>): NonNullable<DestinationDefinition['pull']> {
  const wanted = Object.entries(every).filter((entry): entry is [string, number] => entry[1] !== undefined)
  return { every: Object.fromEntries(wanted), fullMs: full, deliver }
}

export function engineMeaning(spec: EngineSpec, smart: EngineSettings['smart']): EngineSettings {
  return {
    installation: spec.installation,
    api: spec.api,
    store: { url: spec.store.url ?? null, minFreeBytes: spec.store.min_free },
    limits: { eventsPerMessage: spec.limits.events_per_message, openIntakes: spec.limits.open_intakes },
    dedupeDays: Math.max(1, Math.round(spec.dedupe / DAY)),
    smart,
  }
}
