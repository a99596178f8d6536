/** Under which address the engine is reached: as configured, else as the socket knows it, never as a request alone says. */
import type { IncomingMessage } from 'node:http'

/**
 * Base address without a final slash. Without a configured one the Host header counts only where it names the very address of the socket: an
 * assertion made for another server could else be used here by whoever it was made for, with that server's name as Host.
 */
export function addressOf(request: IncomingMessage, publicUrl: string | null): string {
  if (publicUrl !== null) return publicUrl
  const { localAddress = '127.0.0.1', localPort = 0 } = request.socket
  const plain = localAddress.replace(/^::ffff:(?=\d+\.)/, '')
  const own = `${plain.includes(':') ? `[${plain}]` : plain}:${String(localPort)}`
  const isLoopback = plain === '::1' || plain.startsWith('127.')
  const host = request.headers.host?.toLowerCase() ?? ''
  return `http://${host === own || (isLoopback && host === `localhost:${String(localPort)}`) ? host : own}`
}
