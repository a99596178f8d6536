/**
 * `npm run conformance:fhir -- DIR [R5]`: every JSON file below DIR is read, written back with the same characters, and validated as R4. Prints
 * what was refused and why; exits 1 when one was. With `R5` the other way round: what is refused must be told to be R5, and what is also
 * valid R4 is listed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { cloneFhirJson, keysOf, parseFhirJson, validateResource, writeFhirJson } from '../../fhir/r4/index.ts'

const [, , dir, version = 'R4'] = process.argv
if (!dir) {
  console.error('usage: npm run conformance:fhir -- DIR [R5]')
  process.exit(2)
}

/** The same JSON without the spaces between its tokens and with one way to write a text. */
const dense = (text: string): string =>
  text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_all, literal: string | undefined) => (literal === undefined ? '' : JSON.stringify(JSON.parse(literal))))

/** What became of a file: accepted, or why not. */
function judge(text: string): readonly string[] {
  const parsed = parseFhirJson(text)
  if (!parsed.ok) return [`${parsed.at}: ${parsed.text}`]
  if (writeFhirJson(cloneFhirJson(parsed.value)) !== dense(text)) return ['comes back changed']
  keysOf(parsed.value)
  return validateResource(parsed.value).map(({ expression, diagnostics }) => `${expression ?? ''}: ${diagnostics}`)
}

const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
let accepted = 0
let wrong = 0
for (const entry of files) {
  const path = join(entry.parentPath, entry.name)
  const problems = judge(readFileSync(path, 'utf8').replace(/^\ufeff/, ''))
  if (problems.length === 0) accepted += 1
  const expected = version === 'R5' ? problems.some((each) => each.includes('This is FHIR R5')) || problems.length === 0 : problems.length === 0
  if (!expected) wrong += 1
  if (!expected || (version === 'R5' && problems.length === 0)) console.log(`${relative(dir, path)}: ${problems.slice(0, 3).join('; ') || 'is valid R4 too'}`)
}
console.log(`${String(files.length)} files, ${String(accepted)} accepted, ${String(wrong)} not as expected`)
process.exitCode = wrong === 0 && files.length > 0 ? 0 : 1
