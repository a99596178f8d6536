export interface SearchParameter {
  readonly code: string
  readonly base: readonly string[]
  readonly type: string
  readonly expression?: string
  readonly target?: readonly string[]
}

/**
 * Type → `[[name, type, [path], [target]]]`. A path is names with dots; `:T` picks a type of a choice, `{T}` keeps references to T, `[a=b]` keeps
 * members whose a is b, `[0]` the first, and `!` at the end asks whether there is something other than false.
 */
export function searchesOf(types: readonly string[], parameters: readonly SearchParameter[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const type of types) {
    const lines = parameters.flatMap((each) => {
      const base = [type, 'DomainResource', 'Resource'].find((name) => each.base.includes(name))
      if (base === undefined || each.expression === undefined || each.type === 'composite' || each.type === 'special') return []
      if (each.code === '_id' || each.code === '_lastUpdated') return []
      const paths = partsOf(each.expression).flatMap((part) => {
        const path = pathOf(part, base)
        return path === null ? [] : [path]
      })
      if (paths.length === 0) return []
      return [[each.code, each.type, paths, ...(each.type === 'reference' ? [targetsOf(each)] : [])]]
    })
    texts.set(type, JSON.stringify(lines))
  }
  return texts
}

/** Which types it may point to; empty: any. */
const targetsOf = ({ target }: SearchParameter): readonly string[] => (target === undefined || target.length > 100 ? [] : target)

/** Splits at `|` outside parentheses. */
function partsOf(expression: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const mark of expression) {
    depth += mark === '(' ? 1 : mark === ')' ? -1 : 0
    if (mark === '|' && depth === 0) {
      parts.push(part)
      part = ''
    } else part += mark
  }
  return [...parts, part].map((each) => each.trim())
}

function pathOf(part: string, base: string): string | null {
  let path = part
  const whole = /^\((.*)\)$/.exec(path)?.[1]
  if (whole !== undefined) path = whole
  if (!new RegExp(`^\\(?${base}\\b`).test(path)) return null
  const exists = /^([A-Za-z.]+)\.exists\(\) and \1 != false$/.exec(path)?.[1]
  if (exists !== undefined) return `${exists.slice(base.length + 1)}!`
  path = path
    .replace(/\.where\(resolve\(\) is (\w+)\)/g, '{$1}')
    .replace(/\.where\((\w+)='([\w-]+)'\)/g, '[$1=$2]')
    .replace(/\.as\((\w+)\)/g, ':$1')
    .replace(/^\((.*) as (\w+)\)/, '$1:$2')
    .replace(/ as (\w+)$/, ':$1')
  if (path === base) return ''
  const steps = path.slice(base.length + 1)
  if (!/^[a-z]\w*(?::\w+|\{\w+\}|\[[\w=-]+\])?(?:\.[a-z]\w*(?::\w+|\{\w+\}|\[[\w=-]+\])?)*$/.test(steps))
    throw new Error(`A search parameter's path has a new form: ${part}`)
  return steps
}
