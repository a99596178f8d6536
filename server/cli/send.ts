import { createMllpSender } from '../../listeners/mllp/index.ts'
import type { MllpTarget } from '../../listeners/mllp/index.ts'
import { EXIT } from './command.ts'
import type { Command, Io } from './command.ts'
import { readMessages } from './message-files.ts'
import { misuse, parseOptions, wholeNumber } from './options.ts'
import { sendFhir } from './send-fhir.ts'
import { sendAll } from './sending.ts'
import type { Tally } from './sending.ts'

export const sendCommand: Command = {
  name: 'send',
  summary: 'Sends HL7 v2 messages from files over MLLP, or FHIR resources to a FHIR server, and reports the answers.',
  usage: `usage: aqueduct send FILE|DIR --to HOST:PORT|URL [--token TOKEN] [--connections N] [--rate N] [--repeat N] [--timeout SECONDS] [--tls] [--json]

A file may hold several messages; line ends of any kind become CR. Each connection sends one message at a time.

  --to HOST:PORT    where to; a FHIR server by its base URL: http://127.0.0.1:8686/fhir
  --token TOKEN     bearer token for a FHIR server; the engine's own is in engine.json
  --connections N   how many at once (default 1)
  --rate N          at most so many messages a second in all
  --repeat N        send everything N times (the same control ids: the engine answers resends with the stored ack)
  --timeout SECONDS how long to wait for one acknowledgement (default 30)
  --tls             TLS with the machine’s certificate authorities
  --json            print the summary as JSON only

JSON files go to a FHIR server one at a time: bundles to its base, resources to their place.

Exit code 1 when a message was not answered AA or CA (by FHIR: 2xx), 3 when nothing can be reached.`,
  async run(args, io) {
    const parsed = parseOptions(args, {
      options: { to: 'one', token: 'one', connections: 'one', rate: 'one', repeat: 'one', timeout: 'one', tls: 'flag', json: 'flag' },
      positionals: [1, 1],
    })
    if (!parsed.ok) return misuse(sendCommand, io, parsed.text)
    const { options } = parsed
    const to = options.one('to')
    const url = to !== undefined && /^https?:\/\//.test(to) ? to : null
    const address = addressOf(to)
    if (address === null && url === null) return misuse(sendCommand, io, '--to takes HOST:PORT, or the base URL of a FHIR server')
    const connections = wholeNumber(options, 'connections', 1, 1, 1000)
    const rate = wholeNumber(options, 'rate', 0, 1, 1_000_000)
    const repeat = wholeNumber(options, 'repeat', 1, 1, 1_000_000)
    const timeout = wholeNumber(options, 'timeout', 30, 1, 3600)
    for (const number of [connections, rate, repeat, timeout]) if (typeof number !== 'number') return misuse(sendCommand, io, number.text)
    const path = options.positionals[0] ?? ''
    const messages = await readMessages(path).catch(() => null)
    if (messages === null) return misuse(sendCommand, io, `${path} cannot be read`)
    if (messages.length === 0) return misuse(sendCommand, io, `${path} holds no message`)

    if (url !== null) {
      return sendFhir({ messages, to: url, token: options.one('token') ?? null, timeoutMs: Number(timeout) * 1000, json: options.flag('json') }, io)
    }
    if (address === null) return EXIT.usage
    const target: MllpTarget = { ...address, timeoutMs: Number(timeout) * 1000, ...(options.flag('tls') ? { tls: {} } : {}) }
    const json = options.flag('json')
    const tally = await sendAll({
      messages,
      connect: () => createMllpSender(target),
      connections: Number(connections),
      rate: Number(rate),
      repeat: Number(repeat),
      signal: io.signal,
      progress: json ? () => undefined : (text) => io.err(text),
    })
    io.out(json ? JSON.stringify(tally) : summary(tally))
    return exitCode(tally, `${address.host}:${address.port}`, io)
  },
}

/** `host:port`, `[::1]:2575` or `:2575` (this machine). */
function addressOf(text: string | undefined): { readonly host: string; readonly port: number } | null {
  const match = /^(?:mllp:\/\/)?(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text ?? '')
  if (!match) return null
  const port = Number(match[3])
  const host = match[1] ?? match[2] ?? ''
  return port > 0 && port < 65_536 ? { host: host === '' ? '127.0.0.1' : host, port } : null
}

function summary(tally: Tally): string {
  const { sent, seconds, latency } = tally
  const answers = Object.entries(tally.answers).map(([code, n]) => `${code} ${n}`)
  const pace = seconds > 0 ? ` in ${seconds.toFixed(2)} s (${(sent / seconds).toFixed(0)}/s)` : ''
  const lines = [`sent ${sent}${pace}: ${[...answers, `no answer ${tally.timeouts}`, `connection lost ${tally.lost}`, `not sent ${tally.unsent}`].join(', ')}`]
  if (latency !== null) lines.push(`latency ms: p50 ${latency.p50}, p95 ${latency.p95}, p99 ${latency.p99}, max ${latency.max}`)
  return lines.join('\n')
}

function exitCode(tally: Tally, address: string, io: Io): number {
  if (tally.sent === 0 && tally.unreachable !== null) {
    io.err(`aqueduct: ${address} cannot be reached: ${tally.unreachable}`)
    return EXIT.unreachable
  }
  const good = (tally.answers['AA'] ?? 0) + (tally.answers['CA'] ?? 0)
  return good === tally.wanted ? EXIT.good : EXIT.findings
}
