/** From the files of a folder to a configuration, or to everything that is wrong with it. Pure. */
import { createHash } from 'node:crypto'
import type { ChannelDefinition, Configuration, DestinationDefinition, Issue, LookupTable } from '../contract/index.ts'
import { applyEnvironment } from './environment.ts'
import type { Environment } from './environment.ts'
import { checkFhirSubscription } from './fhir-subscription.ts'
import { checkFormat } from './format-checks.ts'
import { checkFolder } from './folder-checks.ts'
import { inOrder, issue } from './lints.ts'
import type { Place } from './lints.ts'
import { checkMapping } from './mapping-checks.ts'
import { channelDraft, channelMeaning, destinationMeaning, engineMeaning } from './meaning.ts'
import { applyOverrides } from './overrides.ts'
import { sortFiles } from './places.ts'
import { policiesMeaning } from './policies-meaning.ts'
import { checkSmart, smartMeaning } from './smart.ts'
import { source } from './source.ts'
import type { Source } from './source.ts'
import { channelSpec, NAME_FORM } from './spec/channel.ts'
import { destinationSpec, ERP_TYPES } from './spec/destination.ts'
import { engineSpec } from './spec/engine.ts'
import { policiesSpec } from './spec/policies.ts'
import { readTable } from './tables.ts'
import { validate } from './validate.ts'
import { isRecord, readYaml } from './yaml-file.ts'
import type { Path, YamlFile } from './yaml-file.ts'

export type Locate = (file: string, path: Path) => Place

export interface Loaded {
  /** Null when one of the issues is an error. */
  readonly configuration: Configuration | null
  readonly issues: readonly Issue[]
  /** Place of a path in a YAML file of the folder; 1,1 of a file that was not read. */
  readonly locate: Locate
  /**
   * Every channel whose file could be read, in spite of mistakes: to look for more of them in paths and conditions, so that one
   * `check` names all. Never to run.
   */
  readonly drafts: readonly ChannelDefinition[]
  readonly tables: ReadonlyMap<string, LookupTable>
}

export interface ConfigurationText {
  /** Path in the folder → text. */
  readonly files: Readonly<Record<string, string>>
  /** `--set` pairs. */
  readonly overrides?: Readonly<Record<string, string>>
  /** What `${NAME}` stands for. */
  readonly env?: Environment
  /** An override of a channel or destination that is not there is a warning: it may have been removed since the start. */
  readonly lenientOverrides?: boolean
}

const DAY = 86_400_000

/** Reads, completes and checks a configuration. Never throws; every problem is in `issues`, in order of place. */
export function loadConfiguration({ files, overrides = {}, env = {}, lenientOverrides = false }: ConfigurationText): Loaded {
  const sorted = sortFiles(Object.keys(files))
  const issues: Issue[] = [...sorted.issues]
  const yaml = new Map<string, YamlFile>()
  const read = (file: string): YamlFile => {
    const made = readYaml(file, files[file] ?? '')
    yaml.set(file, made)
    return made
  }
  const open = (kind: Source['kind'], name: string, names: readonly string[], fallback: string): Source => {
    const made = source(kind, name, names.map(read), fallback)
    issues.push(...made.issues)
    return made.source
  }
  const engine = open('engine', 'engine', sorted.engine === undefined ? [] : [sorted.engine], 'engine.yaml')
  const channels = sorted.channels.map(({ name, file }) => open('channel', name, [file], file))
  const destinations = sorted.destinations.map(({ name, file }) => open('destination', name, [file], file))
  const policies = open('policies', 'policies', sorted.policies, 'policies/policies.yaml')
  const sources = [engine, ...channels, ...destinations, policies]

  const tables = new Map<string, LookupTable>()
  for (const file of sorted.tables) {
    const made = readTable(file, files[file] ?? '')
    issues.push(...made.issues)
    tables.set(made.table.name, made.table)
  }
  issues.push(...applyOverrides(overrides, sources, lenientOverrides))
  for (const one of sources) {
    issues.push(...applyEnvironment(one, env))
    if (one.kind === 'channel') one.plain = withoutShorthand(one.plain)
  }
  const parsed = <Value>(spec: Parameters<typeof validate<Value>>[0], one: Source): Value | undefined => {
    if (one.broken) return undefined
    const validated = validate(spec, one.plain, one)
    issues.push(...validated.issues)
    return validated.value
  }
  const engineParsed = parsed(engineSpec, engine)
  if (engineParsed && (engineParsed.dedupe === 0 || engineParsed.dedupe % DAY !== 0))
    issues.push(engine.report(['dedupe'], { code: 'bad-value', message: 'dedupe: expected whole days such as 7d' }))
  issues.push(...checkSmart(engine, files))
  const policiesParsed = parsed(policiesSpec, policies)
  const destinationsParsed = destinations.flatMap((one): readonly DestinationDefinition[] => {
    if (!NAME_FORM.pattern.test(one.name))
      issues.push(issue(one.file, { line: 1, column: 1 }, { code: 'bad-name', message: `${one.name}: expected ${NAME_FORM.expected}` }))
    const spec = parsed(destinationSpec, one)
    return spec ? [destinationMeaning(spec, one.name, one.file)] : []
  })
  issues.push(...destinations.flatMap(checkUrl), ...destinations.flatMap(checkTryton))
  const drafts = channels.flatMap((one): readonly ChannelDefinition[] => {
    const spec = parsed(channelSpec, one)
    if (spec && Object.values(spec.listen).every((way) => way === undefined))
      issues.push(
        one.report(
          ['listen'],
          { code: 'missing-field', message: 'listen names no way in', suggestion: 'add mllp, http, file, fhir or fhir_subscription' },
          'key',
        ),
      )
    if (spec?.listen.fhir_subscription) issues.push(...checkFhirSubscription(one, spec.listen.fhir_subscription))
    issues.push(...(spec ? checkFormat(one, spec) : []), ...checkRules(one), ...checkMapping(one, new Set(tables.keys())))
    if (spec) return [channelMeaning(spec, one.file)]
    return one.broken ? [] : [channelDraft(one.plain, one.file, one.name)]
  })
  issues.push(...checkFolder({ engine, channels, destinations, policies, tested: sorted.tested }))

  const erps = destinationsParsed.filter((destination) => ERP_TYPES.includes(destination.type))
  const sound = !issues.some((found) => found.level === 'error')
  let configuration: Configuration | null = null
  if (sound && engineParsed && policiesParsed) {
    const running = Object.fromEntries(sorted.running.map((file) => [file, files[file] ?? '']))
    const settings = engineMeaning(engineParsed, smartMeaning(engineParsed.smart, files))
    configuration = {
      id: idOf(running, overrides),
      engine: settings,
      channels: drafts,
      destinations: destinationsParsed,
      tables,
      policies: policiesMeaning(policiesParsed, settings.installation, erps.length === 1 ? erps[0]?.name : undefined),
      files: running,
      overrides,
    }
  }
  return { configuration, issues: inOrder(issues), locate: (file, path) => yaml.get(file)?.locate(path) ?? { line: 1, column: 1 }, drafts, tables }
}

/** 12 hex digits over what runs, so that the same files and overrides are the same configuration wherever they lie. */
function idOf(files: Readonly<Record<string, string>>, overrides: Readonly<Record<string, string>>): string {
  const sorted = (pairs: Readonly<Record<string, string>>) => Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([sorted(files), sorted(overrides)]))
    .digest('hex')
    .slice(0, 12)
}

/** `occurredAt: FT1-4.1` is `occurredAt: { from: FT1-4.1 }`. */
function withoutShorthand(plain: unknown): unknown {
  if (!isRecord(plain) || !Array.isArray(plain['map'])) return plain
  const map = plain['map'].map((rule: unknown) => {
    if (!isRecord(rule) || !isRecord(rule['set'])) return rule
    return { ...rule, set: longForms(rule['set']) }
  })
  return { ...plain, map }
}

function longForms(set: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const forms = Object.entries(set).map(([field, how]) => {
    if (typeof how === 'string') return [field, { from: how }]
    return [field, isRecord(how) && isRecord(how['set']) ? { ...how, set: longForms(how['set']) } : how]
  })
  return Object.fromEntries(forms) as Record<string, unknown>
}

/** Exactly one of `from` and `value`, or `for_each` with `set`. */
function checkRules(channel: Source): readonly Issue[] {
  const issues: Issue[] = []
  const map: readonly unknown[] = isRecord(channel.plain) && Array.isArray(channel.plain['map']) ? channel.plain['map'] : []
  const check = (rule: unknown, at: Path): void => {
    if (!isRecord(rule) || !isRecord(rule['set'])) return
    for (const [field, how] of Object.entries(rule['set'])) {
      if (!isRecord(how)) continue
      const path = [...at, 'set', field]
      const parts = ['for_each', 'set'].filter((key) => how[key] !== undefined)
      const [only] = parts
      if (only !== undefined) {
        const other = ['from', 'value'].find((key) => how[key] !== undefined)
        if (parts.length === 1) {
          const lacks = only === 'set' ? 'for_each' : 'set'
          issues.push(channel.report(path, { code: 'missing-field', message: `${field} has ${only} and no ${lacks}`, suggestion: `add ${lacks}` }, 'key'))
        }
        if (other !== undefined)
          issues.push(
            channel.report([...path, other], { code: 'bad-value', message: `${field} has both for_each and ${other}`, suggestion: 'keep one' }, 'key'),
          )
        check(how, path)
      } else if (how['from'] !== undefined && how['value'] !== undefined)
        issues.push(
          channel.report(
            [...path, 'value'],
            { code: 'bad-value', message: `${field} has both from and value`, suggestion: 'keep one; a value for when the message has none is default' },
            'key',
          ),
        )
      else if (how['from'] === undefined && how['value'] === undefined)
        issues.push(
          channel.report(path, { code: 'missing-field', message: `${field} has neither from nor value`, suggestion: 'add from: PATH, or value: TEXT' }, 'key'),
        )
    }
  }
  map.forEach((rule, n) => check(rule, ['map', n]))
  return issues
}

const SCHEMES: Readonly<Record<string, { readonly form: RegExp; readonly example: string }>> = {
  http: { form: /^https?:\/\/[^/\s]+/, example: 'https://host/path' },
  sandbox: { form: /^https?:\/\/[^/\s]+/, example: 'http://127.0.0.1:8090' },
  tryton: { form: /^https?:\/\/[^/\s]+/, example: 'https://host' },
  fhir: { form: /^https?:\/\/[^/\s]+/, example: 'https://host/fhir' },
  x12: { form: /^(https?:\/\/[^/\s]+|file:(?!\/\/)\S+)/, example: 'https://host/path or file:edi/out' },
  mllp: { form: /^mllps?:\/\/[^/\s:]+:\d+$/, example: 'mllp://host:2575' },
}

function checkUrl(destination: Source): readonly Issue[] {
  const { type, url } = isRecord(destination.plain) ? destination.plain : {}
  const scheme = SCHEMES[String(type)]
  if (scheme === undefined || typeof url !== 'string' || url === '' || url.includes('${') || scheme.form.test(url)) return []
  return [destination.report(['url'], { code: 'bad-value', message: `url: expected an address such as ${scheme.example} for type ${String(type)}` })]
}

/** What Tryton can't be reached without. */
function checkTryton(destination: Source): readonly Issue[] {
  const { type, options } = isRecord(destination.plain) ? destination.plain : {}
  if (type !== 'tryton') return []
  const given = isRecord(options) ? options : {}
  return ['database', 'user'].flatMap((name) => {
    if (typeof given[name] === 'string' && given[name] !== '') return []
    const path = options === undefined ? [] : ['options']
    return [destination.report(path, { code: 'missing-field', message: `options.${name} is missing`, suggestion: `add ${name} under options` })]
  })
}

/**
 * An issue for a problem that a compiler found at a path of a file (HL7 paths, conditions, conversions): its codes are its own,
 * its suggestion is the word that was perhaps meant.
 */
export function issueAt(
  locate: Locate,
  file: string,
  path: Path,
  problem: { readonly code: string; readonly message: string; readonly suggestion?: string | undefined },
): Issue {
  const { line, column } = locate(file, path)
  return {
    file,
    line,
    column,
    code: problem.code,
    level: 'error',
    message: problem.message,
    ...(problem.suggestion === undefined ? {} : { suggestion: `did you mean ${problem.suggestion}?` }),
  }
}
