/** One search parameter with its modifier and value as a criterion of the store. */
import type { ResourceCriterion, ResourceMatch } from '../../../channels/contract/index.ts'
import type { IssueCode } from '../operation-outcome.ts'
import { isResourceType } from '../tables.ts'
import type { SearchParam } from './parameters.ts'
import { rangeOfDate, rangeOfNumber } from './ranges.ts'
import { folded, relative } from './texts.ts'
import { splitAt, unescaped } from './values.ts'

export interface Refused {
  readonly code: IssueCode
  readonly text: string
}
type Matched = readonly ResourceMatch[] | Refused

const bad = (text: string): Refused => ({ code: 'value', text })
const isRefused = (matched: Matched): matched is Refused => 'text' in matched

export function criterionOf(param: SearchParam, modifier: string, value: string, base: string): ResourceCriterion | Refused {
  const { name } = param
  if (modifier === 'missing')
    return value === 'true' || value === 'false' ? { param: name, any: [], missing: value === 'true' } : bad('Expected true or false.')
  const read = reader(param, modifier, base)
  if (read === null) return { code: 'not-supported', text: `The modifier is not supported for this parameter.` }
  const any: ResourceMatch[] = []
  for (const part of splitAt(value, ',')) {
    const matched = part === '' ? bad('A value is missing.') : read(part)
    if (isRefused(matched)) return matched
    any.push(...matched)
  }
  const suffix = modifier === 'exact' || modifier === 'identifier' ? `:${modifier}` : ''
  return { param: name + suffix, any, ...(modifier === 'not' ? { not: true } : {}) }
}

/** How a value is read; null: not with this modifier. */
function reader(param: SearchParam, modifier: string, base: string): ((part: string) => Matched) | null {
  switch (param.type) {
    case 'token':
      return modifier === '' || modifier === 'not' ? token : null
    case 'reference':
      if (modifier === 'identifier') return token
      if (modifier !== '' && !isResourceType(modifier)) return null
      return (part) => reference(param, modifier, unescaped(part), base)
    case 'date':
      return modifier === '' ? date : null
    case 'string': {
      if (modifier === 'exact') return (part) => [{ value: unescaped(part) }]
      const how = modifier === '' ? 'starts' : modifier === 'contains' ? 'contains' : null
      return how === null ? null : (part) => [{ value: folded(unescaped(part)), how }]
    }
    case 'uri':
      if (modifier === '') return (part) => [{ value: unescaped(part) }]
      return modifier === 'below' ? (part) => [{ value: unescaped(part).replace(/\/+$/, ''), how: 'below' }] : null
    case 'number':
      return modifier === '' ? number : null
    case 'quantity':
      return modifier === '' ? quantity : null
  }
}

/** `system|code` that one, `|code` without a system, `code` in any, `system|` anything of it. */
function token(part: string): Matched {
  const [first = '', second, ...rest] = splitAt(part, '|').map(unescaped)
  if (rest.length > 0) return bad('Expected system|code; write a bar in a code as \\|.')
  if (second === undefined) return [{ value: first }]
  if (second !== '') return [{ system: first, value: second }]
  return first === '' ? bad('Neither system nor code is given.') : [{ system: first }]
}

/** `Type/id`, an absolute URL or URN, or an id alone, then of each type that the parameter may point to. */
function reference(param: SearchParam, type: string, part: string, base: string): Matched {
  const value = relative(part, base)
  const [named = ''] = value.split('/')
  if (type !== '' && /^[A-Za-z0-9.-]{1,64}$/.test(value)) return [{ value: `${type}/${value}` }]
  if (type !== '' && named !== type) return bad('The reference is to another type than the modifier says.')
  if (!/^[A-Za-z0-9.-]{1,64}$/.test(value)) return [{ value }]
  if (param.targets.length === 0) return bad('The id of which type? Write Type/id.')
  return param.targets.map((target) => ({ value: `${target}/${value}` }))
}

function date(part: string): Matched {
  const range = rangeOfDate(unescaped(part))
  return range === null ? bad('A date, dateTime or instant with or without a prefix is expected.') : [{ range }]
}

function number(part: string): Matched {
  const range = rangeOfNumber(unescaped(part))
  return range === null ? bad('A number with or without a prefix is expected.') : [{ range }]
}

/** `5.4`, `5.4|system|code` or `5.4||unit`. */
function quantity(part: string): Matched {
  const [amount = '', system, unit, ...rest] = splitAt(part, '|').map(unescaped)
  const range = rangeOfNumber(amount)
  if (range === null || rest.length > 0 || (system !== undefined && unit === undefined)) return bad('Expected number, number|system|code or number||unit.')
  return [{ range, ...(system === undefined || system === '' ? {} : { system }), ...(unit === undefined || unit === '' ? {} : { value: unit }) }]
}
