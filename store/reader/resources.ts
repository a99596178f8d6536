/** FHIR resources: by name, by version, by message, by search. */
import type { Reader, ResourceMethod, ResourceQuery, ResourceVersion } from '../../channels/contract/index.ts'
import { findResources } from '../resource-query.ts'
import * as tables from '../schema/tables.ts'
import { numberOf, selectFrom, textOf, textOrNull } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import type { Source } from './source.ts'

const selectVersions = selectFrom(tables.resourceVersion)

function versionOf(row: Row): ResourceVersion {
  return {
    type: textOf(row['type']),
    id: textOf(row['id']),
    version: numberOf(row['version']),
    method: textOf(row['method']) as ResourceMethod,
    updated: numberOf(row['updated']),
    body: textOrNull(row['body']),
    message: numberOf(row['message']),
  }
}

export async function currentResource(source: Source, type: string, id: string): Promise<ResourceVersion | null> {
  const rows = await source.sql.all('select v.* from resource r join resource_version v on v.seq = r.seq where r.type = ? and r.id = ?', [type, id])
  return rows[0] ? versionOf(rows[0]) : null
}

export async function resourceVersion(source: Source, type: string, id: string, version: number): Promise<ResourceVersion | null> {
  if (!Number.isSafeInteger(version)) return null
  const rows = await source.sql.all('select * from resource_version where type = ? and id = ? and version = ?', [type, id, version])
  return rows[0] ? versionOf(rows[0]) : null
}

export async function resourcesOfMessage(source: Source, message: number): Promise<readonly ResourceVersion[]> {
  const first = (await source.sql.all('select first from resource_message where message = ?', [message]))[0]
  const rows = await source.sql.all('select * from resource_version where message = ? and message <> 0 order by seq', [
    first ? numberOf(first['first']) : message,
  ])
  return rows.map(versionOf)
}

type History = Parameters<Reader['resourceHistory']>[0]

export async function resourceHistory(source: Source, query: History): ReturnType<Reader['resourceHistory']> {
  const { type, id, since, offset, limit } = query
  const where: string[] = []
  const values: Cell[] = []
  if (type !== '') {
    where.push('type = ?')
    values.push(type)
  }
  if (id !== '') {
    where.push('id = ?')
    values.push(id)
  }
  where.push('updated >= ?')
  values.push(Math.ceil(since))
  const from = `from resource_version where ${where.join(' and ')}`
  const total = numberOf((await source.sql.all(`select count(*) as n ${from}`, values))[0]?.['n'])
  if (limit <= 0 || total <= offset) return { items: [], total }
  const order = id === '' ? 'updated desc, seq desc' : 'version desc'
  const rows = await source.sql.all(`select * ${from} order by ${order} limit ? offset ?`, [...values, limit, offset])
  return { items: rows.map(versionOf), total }
}

export async function searchResources(source: Source, query: ResourceQuery): ReturnType<Reader['resources']> {
  const { rows, total } = await findResources(source.sql, query)
  const bodies = new Map<number, Row>()
  for (const row of await source.sql.select(
    selectVersions,
    rows.map((row) => [numberOf(row['seq'])]),
  ))
    bodies.set(numberOf(row['seq']), row)
  const items = rows.flatMap((row) => {
    const found = bodies.get(numberOf(row['seq']))
    return found ? [versionOf(found)] : []
  })
  return { items, total }
}
