/** The SQL of a {@link ResourceQuery}, for the reader's searches and for the conditions of the ledger's writes. Bounds compare as FHIR R4 §3.1.1.4.6 says. */
import type { ResourceCriterion, ResourceKey, ResourceMatch, ResourceQuery } from '../channels/contract/index.ts'
import * as tables from './schema/tables.ts'
import { numberOf, selectFrom, textOf } from './sql/port.ts'
import type { Cell, Row, Sql } from './sql/port.ts'

/** How much of a value its index holds: a text of any length may be a value, an index entry may not. */
const HEAD = 64
/** Rows that are counted of a criterion to find the one that has least: beyond it they are all many. */
const MANY = 500

type Range = NonNullable<ResourceMatch['range']>
type Dialect = Sql['dialect']
interface Part {
  readonly text: string
  readonly values: readonly Cell[]
}

/** The beginning of a value, never half a character. */
function headOf(value: string): string {
  if (value.length <= HEAD) return value
  const last = value.charCodeAt(HEAD - 1)
  return value.slice(0, last >= 0xd800 && last <= 0xdbff ? HEAD - 1 : HEAD)
}

/** A key as a row of `resource_key`. What has no text has bounds, also those of the instant 0. */
export function keyCells(type: string, id: string, n: number, key: ResourceKey): Cell[] {
  const bare = key.value === '' && key.system === ''
  const bounded = bare || key.low !== 0 || key.high !== 0
  return [type, id, n, key.param, key.system, key.value, bare ? null : headOf(key.value), bounded ? key.low : null, bounded ? key.high : null]
}

/** A list of a size that recurs: few texts are prepared. */
function listOf(values: readonly Cell[]): Part {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, values.length)))
  const filled = [...values, ...Array.from({ length: size - values.length }, () => values[0] ?? '')]
  return { text: size === 1 ? '= ?' : `in (${filled.map(() => '?').join(',')})`, values: filled }
}

const all = (parts: readonly Part[], word: 'and' | 'or' = 'and'): Part => ({
  text: parts.length === 0 ? '1 = 1' : parts.map((part) => (word === 'or' ? `(${part.text})` : part.text)).join(` ${word} `),
  values: parts.flatMap((part) => part.values),
})

/** Does what lies within [low, high] meet the bounds of the search? */
function rangePart(low: string, high: string, { prefix, low: from, high: to }: Range): Part {
  switch (prefix) {
    case 'eq':
      return { text: `${low} >= ? and ${high} <= ?`, values: [from, to] }
    case 'ne':
      return { text: `(${low} < ? or ${high} > ?)`, values: [from, to] }
    case 'gt':
      return { text: `${high} > ?`, values: [to] }
    case 'lt':
      return { text: `${low} < ?`, values: [from] }
    case 'ge':
      return { text: `(${high} > ? or (${low} >= ? and ${high} <= ?))`, values: [to, from, to] }
    case 'le':
      return { text: `(${low} < ? or (${low} >= ? and ${high} <= ?))`, values: [from, from, to] }
    case 'sa':
      return { text: `${low} > ?`, values: [to] }
    case 'eb':
      return { text: `${high} < ?`, values: [from] }
    case 'ap':
      return { text: `${low} <= ? and ${high} >= ?`, values: [to, from] }
  }
}

/** A bound of a column of whole numbers. */
const momentOf = (ms: number): number => Math.trunc(Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, ms)))

/** Above every text that begins with this one. */
const above = (text: string): string => `${text}\u{10FFFF}`

function valuePart(how: NonNullable<ResourceMatch['how']>, value: string, dialect: Dialect): Part {
  const head = headOf(value)
  const whole = head === value && value.length < HEAD
  const length = Array.from(value).length
  switch (how) {
    case 'equal':
      return whole ? { text: 'k.head = ?', values: [head] } : { text: 'k.head = ? and k.value = ?', values: [head, value] }
    case 'starts': {
      const near = { text: 'k.head >= ? and k.head < ?', values: [head, above(head)] }
      return head === value ? near : { text: `${near.text} and substr(k.value, 1, ${String(length)}) = ?`, values: [...near.values, value] }
    }
    case 'below':
      return {
        text: `k.head >= ? and k.head < ? and (k.value = ? or substr(k.value, 1, ${String(length + 1)}) = ?)`,
        values: [head, above(head), value, `${value}/`],
      }
    case 'contains':
      return { text: `k.head is not null and ${dialect === 'sqlite' ? 'instr' : 'strpos'}(k.value, ?) > 0`, values: [value] }
  }
}

/** Equal texts of one system are looked up as one list: a search for a thousand identifiers is one lookup, not a thousand. */
function gathered(any: readonly ResourceMatch[]): { readonly lists: readonly Part[]; readonly others: readonly ResourceMatch[] } {
  const bySystem = new Map<string | undefined, string[]>()
  const others: ResourceMatch[] = []
  for (const match of any) {
    const { value, how = 'equal', system, range } = match
    if (value === undefined || how !== 'equal' || range !== undefined) others.push(match)
    else {
      const values = bySystem.get(system)
      if (values) values.push(value)
      else bySystem.set(system, [value])
    }
  }
  const lists = [...bySystem].map(([system, values]) => {
    const heads = listOf(values.map(headOf))
    const parts: Part[] = [{ ...heads, text: `k.head ${heads.text}` }]
    if (values.some((value) => value.length >= HEAD)) {
      const whole = listOf(values)
      parts.push({ ...whole, text: `k.value ${whole.text}` })
    }
    if (system !== undefined) parts.push({ text: 'k.system = ?', values: [system] })
    return all(parts)
  })
  return { lists, others }
}

/** A key without bounds has those of 0. */
function matchPart(match: ResourceMatch, dialect: Dialect): Part {
  const parts: Part[] = []
  if (match.value !== undefined) parts.push(valuePart(match.how ?? 'equal', match.value, dialect))
  if (match.system !== undefined) parts.push({ text: 'k.system = ?', values: [match.system] })
  if (match.range !== undefined) parts.push(rangePart('coalesce(k.low, 0)', 'coalesce(k.high, 0)', match.range))
  return all(parts)
}

const isNegative = (criterion: ResourceCriterion): boolean => criterion.missing ?? criterion.not ?? false

/** Would 0 be found? */
function takesZero({ prefix, low, high }: Range): boolean {
  const within = low <= 0 && high >= 0
  switch (prefix) {
    case 'eq':
    case 'ap':
      return within
    case 'ne':
      return !within
    case 'gt':
    case 'sa':
      return high < 0
    case 'lt':
    case 'eb':
      return low > 0
    case 'ge':
      return within || high < 0
    case 'le':
      return within || low > 0
  }
}

/** What meets a match, by the indexes that hold it. A text of 0 has no bounds, so it is in the index of texts alone. */
function indexedParts(match: ResourceMatch, dialect: Dialect): readonly { readonly index: string; readonly meets: Part }[] {
  const { range } = match
  const texts = (meets: Part, more = '') => ({ index: 'resource_key_head', meets: { ...meets, text: `k.head is not null${more} and ${meets.text}` } })
  if (!range || match.value !== undefined || match.system !== undefined) return [texts(matchPart(match, dialect))]
  const meets = rangePart('k.low', 'k.high', range)
  const bounds = { index: 'resource_key_low', meets: { ...meets, text: `k.low is not null and ${meets.text}` } }
  return takesZero(range) ? [bounds, texts(all([]), ' and k.low is null')] : [bounds]
}

/** The resources that have a key which meets one of the matches. SQLite, which has no statistics, is told the index of each. */
function keysPart(types: readonly string[], { param, any }: ResourceCriterion, dialect: Dialect, columns: string, word: string): Part {
  const of = listOf(types)
  const { lists, others } = gathered(any)
  const found = [
    ...lists.map((meets) => ({ index: 'resource_key_head', meets: { ...meets, text: `k.head is not null and ${meets.text}` } })),
    ...others.flatMap((match) => indexedParts(match, dialect)),
  ]
  const parts = found.map(({ index, meets }): Part => {
    const hint = dialect === 'sqlite' ? `indexed by ${index}` : ''
    const text = `select ${columns} from resource_key k ${hint} where k.type ${of.text} and k.param = ? and ${meets.text}`
    return { text, values: [...of.values, param, ...meets.values] }
  })
  return { text: parts.map(({ text }) => text).join(` ${word} `), values: parts.flatMap(({ values }) => values) }
}

/** Where to begin: at the keys of a criterion, else at the resources. SQLite joins a cross join in the order it is written. */
function fromPart(types: readonly string[], driving: ResourceCriterion | null, dialect: Dialect): Part {
  if (driving === null) return { text: 'resource r where', values: [] }
  const keys = keysPart(types, driving, dialect, 'distinct k.type, k.id', 'union')
  return { text: `(${keys.text}) d cross join resource r where r.type = d.type and r.id = d.id and`, values: keys.values }
}

/** Looks at the keys of one resource: they lie together, and no other index is to be taken for them. */
function checkPart(criterion: ResourceCriterion, dialect: Dialect): Part {
  const { lists, others } = gathered(criterion.any)
  const any = criterion.missing === undefined ? all([...lists, ...others.map((match) => matchPart(match, dialect))], 'or') : all([])
  if (criterion.missing === undefined && criterion.any.length === 0) return { text: isNegative(criterion) ? '1 = 1' : '1 = 0', values: [] }
  const param = dialect === 'sqlite' ? '+k.param' : 'k.param'
  return {
    text: `${isNegative(criterion) ? 'not ' : ''}exists (select 1 from resource_key k where k.type = r.type and k.id = r.id and ${param} = ? and (${any.text}))`,
    values: [criterion.param, ...any.values],
  }
}

/** `resource r where` … */
function foundPart(query: ResourceQuery, driving: ResourceCriterion | null, dialect: Dialect): Part {
  const from = fromPart(query.types, driving, dialect)
  const types = listOf(query.types)
  const parts: Part[] = [driving === null ? { text: `r.deleted = 0 and r.type ${types.text}`, values: types.values } : { text: 'r.deleted = 0', values: [] }]
  if (query.ids !== null) {
    const ids = listOf(query.ids)
    parts.push({ text: `r.id ${ids.text}`, values: ids.values })
  }
  for (const range of query.updated) parts.push(rangePart('r.updated', 'r.updated', { ...range, low: momentOf(range.low), high: momentOf(range.high) }))
  for (const criterion of query.criteria) if (criterion !== driving) parts.push(checkPart(criterion, dialect))
  const where = all(parts)
  return { text: `${from.text} ${where.text}`, values: [...from.values, ...where.values] }
}

/** The criterion that finds least, by counting a little of each. */
async function drivingOf(sql: Sql, query: ResourceQuery): Promise<ResourceCriterion | null> {
  if (query.ids !== null) return null
  const candidates = query.criteria.filter((criterion) => !isNegative(criterion) && criterion.missing === undefined && criterion.any.length > 0)
  let best = candidates[0] ?? null
  if (candidates.length < 2) return best
  let least = MANY
  for (const criterion of candidates) {
    const keys = keysPart(query.types, criterion, sql.dialect, '1', 'union all')
    const count = numberOf((await sql.ask(`select count(*) as n from (select 1 from (${keys.text}) k limit ${String(MANY)}) c`, keys.values))[0]?.['n'])
    if (count < least) [best, least] = [criterion, count]
  }
  return best
}

function orderPart(sort: ResourceQuery['sort']): { readonly columns: Part; readonly order: string } {
  const columns: Part[] = []
  const order: string[] = []
  sort.forEach(({ param, descending }, i) => {
    const way = descending ? ' desc' : ''
    if (param === '_id') order.push(`r.id${way}`)
    else if (param === '_lastUpdated') order.push(`r.updated${way}`)
    else {
      const [low, text] = [`s${String(i)}l`, `s${String(i)}t`]
      const of = `from resource_key k where k.type = r.type and k.id = r.id and k.param = ?`
      columns.push({ text: `(select min(coalesce(k.low, 0)) ${of}) as ${low}, (select min(k.value) ${of}) as ${text}`, values: [param, param] })
      // Those without come last either way.
      order.push(`(case when ${text} is null then 1 else 0 end)`, `${low}${way}`, `${text}${way}`)
    }
  })
  const list = all(columns)
  return {
    columns: columns.length === 0 ? list : { text: columns.map(({ text }) => text).join(', '), values: list.values },
    order: [...order, 'r.type', 'r.id'].join(', '),
  }
}

/** Rows of `resource` of a page, and how many there are in all. */
export async function findResources(sql: Sql, query: ResourceQuery): Promise<{ readonly rows: readonly Row[]; readonly total: number }> {
  if (query.types.length === 0 || query.ids?.length === 0) return { rows: [], total: 0 }
  const found = foundPart(query, await drivingOf(sql, query), sql.dialect)
  const total = numberOf((await sql.ask(`select count(*) as n from ${found.text}`, found.values))[0]?.['n'])
  if (query.limit <= 0 || total <= query.offset) return { rows: [], total }
  const { columns, order } = orderPart(query.sort)
  const extra = columns.values.length === 0 ? '' : `, ${columns.text}`
  // The order stands outside: PostgreSQL takes names of columns only by themselves.
  const inner = `select r.type, r.id, r.version, r.updated, r.deleted, r.seq${extra} from ${found.text}`
  const rows = await sql.ask(`select * from (${inner}) r order by ${order} limit ? offset ?`, [...columns.values, ...found.values, query.limit, query.offset])
  return { rows, total }
}

/** What a query finds, as `Type/id`, up to a number of them. */
async function findNames(sql: Sql, query: ResourceQuery, most: number): Promise<readonly string[]> {
  if (query.types.length === 0 || query.ids?.length === 0) return []
  const found = foundPart(query, await drivingOf(sql, query), sql.dialect)
  const rows = await sql.ask(`select r.type, r.id from ${found.text} limit ?`, [...found.values, most])
  return rows.map((row) => `${textOf(row['type'])}/${textOf(row['id'])}`)
}

const selectByHead = selectFrom(tables.resourceKey, {
  columns: ['type', 'id', 'param', 'system', 'value', 'head'],
  key: ['type', 'param', 'head'],
  where: '"head" is not null',
})

/** A condition on one identifier, as most conditional creates have: many are looked up at once. */
function identifierOf(query: ResourceQuery): { readonly type: string; readonly match: ResourceMatch & { readonly value: string } } | null {
  const [type, ...types] = query.types
  const [criterion, ...criteria] = query.criteria
  if (type === undefined || types.length > 0 || query.ids !== null || query.updated.length > 0 || !criterion || criteria.length > 0) return null
  const [match, ...matches] = criterion.any
  // Few resources share an identifier; a status is shared by all of them.
  if (criterion.param !== 'identifier' || isNegative(criterion) || criterion.missing !== undefined || !match || matches.length > 0) return null
  const { value, how = 'equal', range } = match
  return value === undefined || how !== 'equal' || range !== undefined ? null : { type, match: { ...match, value } }
}

/** Does each query find exactly these, as `Type/id`? */
export async function areFound(sql: Sql, asked: readonly { readonly query: ResourceQuery; readonly found: readonly string[] }[]): Promise<readonly boolean[]> {
  const simple = asked.map(({ query }) => identifierOf(query))
  const keys = new Map(
    simple.flatMap((one) => (one ? [[`${one.type}\u0001${one.match.value}`, [one.type, 'identifier', headOf(one.match.value)]] as const] : [])),
  )
  const rows = new Map<string, Row[]>()
  for (const row of await sql.select(selectByHead, [...keys.values()])) {
    const name = `${textOf(row['type'])}\u0001${textOf(row['value'])}`
    const list = rows.get(name)
    if (list) list.push(row)
    else rows.set(name, [row])
  }
  const answers: boolean[] = []
  for (const [i, { query, found }] of asked.entries()) {
    const expected = new Set(found)
    const one = simple[i]
    const names = one
      ? (rows.get(`${one.type}\u0001${one.match.value}`) ?? [])
          .filter((row) => one.match.system === undefined || row['system'] === one.match.system)
          .map((row) => `${textOf(row['type'])}/${textOf(row['id'])}`)
      : await findNames(sql, query, expected.size + 1)
    const distinct = new Set(names)
    answers.push(distinct.size === expected.size && [...distinct].every((name) => expected.has(name)))
  }
  return answers
}
