/** Any carrier to what it says. */
import type { Draft, Udi } from './device.ts'
import { looksLikeGs1, readGs1 } from './gs1.ts'
import { readHibcc } from './hibcc.ts'
import { readIccbba } from './iccbba.ts'

/**
 * Reads a carrier of GS1, HIBCC or ICCBBA, scanned or as printed. Never refuses: most real carriers have some flaw, so what is
 * wrong is in `problems` and the text is kept as it came.
 *
 * @param currentYear decides the century of two-digit years
 */
export function parseUdi(carrier: string, currentYear: number): Udi {
  const text = carrier.trim()
  const draft = read(text, currentYear)
  const { problems, ...parts } = draft
  return problems.length === 0 ? { carrier, ...parts } : { carrier, ...parts, problems }
}

function read(text: string, currentYear: number): Draft {
  if (/^\*?\+./.test(text)) return readHibcc(text, currentYear)
  if (/^(?:=[/)>,}]|=[A-Z]\d{4}|&[,)>}])/.test(text)) return readIccbba(text)
  if (looksLikeGs1(text)) return readGs1(text, currentYear)
  return { problems: ['the carrier is of no known issuing agency'] }
}
