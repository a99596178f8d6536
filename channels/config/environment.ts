/** `${NAME}` in texts, and secrets that stand in clear. */
import type { Issue } from '../contract/index.ts'
import { nearest } from './nearest.ts'
import type { Source } from './source.ts'
import { isRecord } from './yaml-file.ts'
import type { Path } from './yaml-file.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const REFERENCE = /\$\{([^}]*)\}/g
const SECRET_KEY = /pass(word|wd|phrase)|secret|token(?!_lifetime$)|api[-_]?key|authorization|credential|cookie/i
const URL_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s:]*:([^@/\s]+)@/i

/** Replaces every `${NAME}`; finds those that are not set, and secrets that are no reference. Never quotes a value. */
export function applyEnvironment(source: Source, env: Environment): readonly Issue[] {
  const issues: Issue[] = []
  const walk = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item, n) => walk(item, [...path, n]))
    if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner, [...path, key])]))
    const key = String(path[path.length - 1] ?? '')
    if (typeof value !== 'string') {
      if (isSecret(key) && value !== null && typeof value !== 'boolean') issues.push(clear(source, path, key))
      return value
    }
    const password = URL_PASSWORD.exec(value)?.[1]
    if (value !== '' && ((isSecret(key) && !hasReference(value)) || (password !== undefined && !hasReference(password)))) issues.push(clear(source, path, key))
    return value.replace(REFERENCE, (whole, name: string) => {
      const set = env[name]
      if (set !== undefined && set !== '') return set
      const meant = nearest(
        name,
        Object.keys(env).filter((known) => env[known] !== undefined && !secretLooking(known, name)),
      )
      issues.push(
        source.report(path, {
          code: 'missing-env',
          message: `the environment has no ${name}`,
          suggestion: meant === undefined ? `set ${name} where the engine is started` : `did you mean ${meant}?`,
        }),
      )
      return whole
    })
  }
  source.plain = walk(source.plain, [])
  return issues
}

const isSecret = (key: string): boolean => SECRET_KEY.test(key)
const hasReference = (text: string): boolean => /\$\{[^}]+\}/.test(text)
const secretLooking = (known: string, name: string): boolean => known.length < 3 || Math.abs(known.length - name.length) > 2

function clear(source: Source, path: Path, key: string): Issue {
  const name = key === 'url' ? 'PASSWORD' : key.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase()
  return source.report(path, {
    code: 'secret-in-clear',
    message: `${key} holds a secret in clear`,
    suggestion: `write \${${name}} and set ${name} in the environment`,
  })
}
