/** JSON Patch (RFC 6902) on a resource; numbers keep their digits. */
import { cloneFhirJson, isArray, isObject, lexemeOf, withLexeme } from '../r4/index.ts'
import type { Json, JsonObject } from '../r4/index.ts'

export type Patched =
  { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly text: string; /** `[2]`: the operation. */ readonly at: string }

/** A number with its digits: it cannot carry them by itself. */
interface Held {
  readonly value: Json
  readonly lexeme: string | undefined
}

class Unfit extends Error {}

/** @param operations as parsed, each `{op, path, …}` */
export function applyPatch(resource: JsonObject, operations: readonly Json[]): Patched {
  // The document hangs below a root, so that it can be replaced whole.
  const root = { '': cloneFhirJson(resource) as Json }
  for (const [n, operation] of operations.entries()) {
    try {
      if (!isObject(operation)) throw new Unfit('An operation is an object with op and path.')
      apply(root, operation)
    } catch (error) {
      if (error instanceof Unfit) return { ok: false, text: error.message, at: `[${String(n)}]` }
      throw error
    }
  }
  const value = root['']
  return isObject(value) ? { ok: true, value } : { ok: false, text: 'What is left is no resource.', at: `[${String(operations.length - 1)}]` }
}

function apply(root: { '': Json }, operation: JsonObject): void {
  const path = pointer(operation['path'])
  switch (operation['op']) {
    case 'add':
      return put(root, path, given(operation), 'add')
    case 'replace':
      take(root, path)
      return put(root, path, given(operation), 'put back')
    case 'remove':
      take(root, path)
      return remove(root, path)
    case 'move': {
      const from = pointer(operation['from'])
      if (path.length > from.length && from.every((step, i) => path[i] === step)) throw new Unfit('It cannot be moved into itself.')
      const moved = take(root, from)
      remove(root, from)
      return put(root, path, moved, 'add')
    }
    case 'copy': {
      const { value, lexeme } = take(root, pointer(operation['from']))
      return put(root, path, { value: cloneFhirJson(value), lexeme }, 'add')
    }
    case 'test': {
      if (canonical(take(root, path).value) !== canonical(given(operation).value)) throw new Unfit('The value is not as the test says.')
      return
    }
    default:
      throw new Unfit('op is add, remove, replace, move, copy or test.')
  }
}

function pointer(text: Json | undefined): readonly string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) throw new Unfit('path and from are JSON Pointers.')
  const steps = text.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (steps.includes('__proto__')) throw new Unfit('There is no such place.')
  return steps
}

function given(operation: JsonObject): Held {
  if (operation['value'] === undefined) throw new Unfit('The operation needs a value.')
  return { value: cloneFhirJson(operation['value']), lexeme: lexemeOf(operation, 'value') }
}

type Container = Json[] | Record<string, Json>

function holderOf(root: { '': Json }, path: readonly string[]): Container {
  let at: Json = root
  for (const step of path.slice(0, -1)) {
    const inner: Json | undefined = isArray(at) ? at[index(step, at.length - 1)] : isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
    if (inner === undefined) throw new Unfit('There is no such place.')
    at = inner
  }
  if (!isArray(at) && !isObject(at)) throw new Unfit('There is no such place.')
  return at as Container
}

function index(step: string, most: number): number {
  if (!/^(0|[1-9]\d{0,8})$/.test(step) || Number(step) > most) throw new Unfit('There is no such place.')
  return Number(step)
}

function take(root: { '': Json }, path: readonly string[]): Held {
  const holder = holderOf(root, path)
  const last = path.at(-1) ?? ''
  const key = isArray(holder) ? index(last, holder.length - 1) : last
  if (!Object.hasOwn(holder, key)) throw new Unfit('There is no such place.')
  return { value: (holder as Record<string | number, Json>)[key] ?? null, lexeme: lexemeOf(holder, key) }
}

function put(root: { '': Json }, path: readonly string[], { value, lexeme }: Held, how: 'add' | 'put back'): void {
  const holder = holderOf(root, path)
  const last = path.at(-1) ?? ''
  const at = Array.isArray(holder) ? (last === '-' ? holder.length : index(last, holder.length)) : last
  if (Array.isArray(holder) && how === 'add') holder.splice(Number(at), 0, value)
  else (holder as Record<string | number, Json>)[at] = value
  if (lexeme !== undefined) withLexeme(holder, at, lexeme)
}

function remove(root: { '': Json }, path: readonly string[]): void {
  const holder = holderOf(root, path)
  const last = path.at(-1) ?? ''
  if (Array.isArray(holder)) holder.splice(index(last, holder.length - 1), 1)
  else Reflect.deleteProperty(holder, last)
}

/** Members in one order; numbers by value (RFC 6902 §4.6). */
function canonical(value: Json): string {
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const keys = Object.keys(value).toSorted()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`
}
