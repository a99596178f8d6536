/** The messages in a file, byte for byte: split where a line starts with MSH and a delimiter; batch segments and MLLP framing bytes belong to none. */

const isLineStart = (bytes: Buffer, at: number) => at === 0 || bytes[at - 1] === 0x0d || bytes[at - 1] === 0x0a || bytes[at - 1] === 0x0b

export function messagesOf(file: Buffer): Buffer[] {
  const starts: number[] = []
  const ends: number[] = []
  for (let at = 0; at < file.length; at++) {
    if (!isLineStart(file, at)) continue
    const name = file.toString('latin1', at, at + 3)
    if (name === 'MSH') {
      if (starts.length > ends.length) ends.push(at)
      starts.push(at)
    } else if (['FHS', 'BHS', 'BTS', 'FTS'].includes(name) && starts.length > ends.length) ends.push(at)
  }
  if (starts.length > ends.length) ends.push(file.length)
  return starts.map((start, i) => {
    let end = ends[i] as number
    while (end > start && (file[end - 1] === 0x0b || file[end - 1] === 0x1c || (file[end - 1] === 0x0d && file[end - 2] === 0x1c))) end--
    return file.subarray(start, end)
  })
}
