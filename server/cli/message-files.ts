/** HL7 v2 messages from files: several may lie in one, with whatever line ends an editor left. */
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface MessageFile {
  /** Path of the file, with `#2` … for its second message and so on. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** The messages of a file, or of every file of a folder in order of name. @throws the file system’s own error */
export async function readMessages(path: string): Promise<readonly MessageFile[]> {
  if (!(await stat(path)).isDirectory()) return splitMessages(path, await readFile(path))
  const entries = await readdir(path, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name)
  const files = await Promise.all(names.sort().map(async (name) => splitMessages(join(path, name), await readFile(join(path, name)))))
  return files.flat()
}

/**
 * Splits at every line that starts with MSH. LF and CRLF become CR, MLLP frame bytes and batch envelopes (FHS BHS BTS FTS) are
 * dropped; nothing else is changed, whatever the character set: bytes are handled one by one. A file without MSH is one message
 * as it is, so that refusals can be tried too.
 */
export function splitMessages(name: string, bytes: Uint8Array): readonly MessageFile[] {
  const text = Buffer.from(bytes).toString('latin1')
  const lines = text.replace(/\x0b|\x1c\r?\n?/g, '\r').split(/\r\n|\r|\n/)
  const messages: string[][] = []
  for (const line of lines) {
    if (line.startsWith('MSH')) messages.push([line])
    else if (line !== '' && !/^(FHS|BHS|BTS|FTS)/.test(line)) messages.at(-1)?.push(line)
  }
  if (messages.length === 0) return bytes.length === 0 ? [] : [{ name, bytes }]
  return messages.map((segments, i) => ({ name: i === 0 ? name : `${name}#${i + 1}`, bytes: Buffer.from(segments.join('\r') + '\r', 'latin1') }))
}
