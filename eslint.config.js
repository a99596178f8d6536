import boundaries from 'eslint-plugin-boundaries'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'
import importX from 'eslint-plugin-import-x'
import { dirname, join, relative, resolve } from 'node:path'
import tseslint from 'typescript-eslint'
import { layers, owned, ownedWithin, roomsOfModules, timed } from './eslint.layers.js'

const files = (zone) => `${layers[zone].folder}/**/*.ts`
const zones = Object.keys(layers)

/** The module that a file (path from the root) belongs to: its zone's folder, in a room of modules the folder below that. */
function moduleOf(path) {
  const zone = zones.find((name) => path.startsWith(`${layers[name].folder}/`))
  if (zone === undefined) return dirname(path)
  const { folder } = layers[zone]
  const [below = '', ...rest] = path.slice(folder.length + 1).split('/')
  return roomsOfModules.includes(zone) && rest.length > 0 ? `${folder}/${below}` : folder
}

/** A module's door is its index.ts: from outside nothing else of it may be imported. */
const door = {
  meta: { type: 'problem', schema: [], messages: { deep: 'Enter {{folder}} by an index.ts.' } },
  create(context) {
    const from = relative(context.cwd, context.filename)
    const check = (node) => {
      const specifier = node.source?.value
      if (typeof specifier !== 'string' || !specifier.startsWith('.') || !specifier.endsWith('.ts')) return
      const target = relative(context.cwd, resolve(dirname(context.filename), specifier))
      const folder = moduleOf(target)
      // A file that lies directly in a room of modules has no door of its own and belongs to all of them.
      if (target.endsWith('/index.ts') || folder === moduleOf(from) || from.startsWith(`${folder}/`)) return
      context.report({ node: node.source, messageId: 'deep', data: { folder } })
    }
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check }
  },
}

const clock = [
  ['CallExpression[callee.object.name="Date"][callee.property.name="now"]', 'Date.now'],
  ['NewExpression[callee.name="Date"][arguments.length=0]', 'new Date()'],
  ['CallExpression[callee.name=/^(setTimeout|setInterval)$/]', 'A timer'],
].map(([selector, what]) => ({ selector, message: `${what} belongs to the edges: take a Clock (channels/contract/clock.ts).` }))

const exportAll = { selector: 'ExportAllDeclaration', message: 'Re-export by name: the door says what is public.' }

/** Packages that a zone (or a folder inside one) must not import, as `no-restricted-imports` paths and patterns. */
function forbiddenPackages(zone, isForbidden) {
  const names = Object.entries(owned).filter(([name, owners]) => isForbidden(name, owners))
  const message = (owners) => `Only ${owners.map((owner) => layers[owner].folder).join(', ')} may use it.`
  return {
    paths: names.map(([name, owners]) => ({ name, message: message(owners) })),
    patterns: names.map(([name, owners]) => ({ group: [`${name}/*`], message: message(owners) })),
  }
}

/** The configuration for a house that stands at `root`; the tests build one of their own and plant violations in it. */
export function createConfig(root) {
  return tseslint.config(
    { ignores: ['build/**', 'coverage/**', 'node_modules/**', 'console/dist/**', 'data/**'] },
    { linterOptions: { reportUnusedDisableDirectives: 'error' } },
    {
      files: ['**/*.ts'],
      ignores: ['console/**'],
      languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true, tsconfigRootDir: root } },
      plugins: { boundaries, 'import-x': importX, '@typescript-eslint': tseslint.plugin, aqueduct: { rules: { door } } },
      settings: {
        'import-x/resolver-next': [createTypeScriptImportResolver({ project: join(root, 'tsconfig.json') })],
        'import-x/extensions': ['.ts'],
        'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
        'import/resolver': { typescript: { alwaysTryTypes: true, project: join(root, 'tsconfig.json') } },
        'boundaries/root-path': root,
        // From the root: `channels/destinations/fhir` is no part of `fhir`. The first that fits is the zone.
        'boundaries/elements': zones.map((type) => ({ type, pattern: layers[type].folder, partialMatch: false, stopMatching: true })),
      },
      rules: {
        'import-x/no-cycle': 'error',
        '@typescript-eslint/no-floating-promises': 'error',
        '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
        '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
        '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
        '@typescript-eslint/no-explicit-any': 'error',
        '@typescript-eslint/no-unused-expressions': 'error',
        'max-lines': ['error', 400],
        'no-debugger': 'error',
        eqeqeq: ['error', 'always', { null: 'ignore' }],
        'prefer-const': 'error',
      },
    },
    {
      files: zones.map(files),
      rules: {
        '@typescript-eslint/no-non-null-assertion': 'error',
        'aqueduct/door': 'error',
        'no-console': 'error',
        'boundaries/dependencies': [
          'error',
          {
            default: 'disallow',
            policies: [
              ...zones.map((type) => ({ from: { element: { type } }, allow: { to: { element: { types: { anyOf: [type, ...layers[type].may] } } } } })),
              { allow: { to: { module: { origin: 'core' } } } },
              { allow: { to: { module: { origin: 'external' } } } },
            ],
          },
        ],
      },
    },
    // Least specific first: a later entry replaces the rule of an earlier one.
    ...[...zones].reverse().flatMap((zone) => {
      const restricted = [...(timed.includes(zone) ? [] : clock), ...(zone === 'contract' ? [] : [exportAll])]
      const narrow = Object.entries(ownedWithin).flatMap(([name, within]) => (within[zone] ? [[name, within[zone]]] : []))
      return [
        {
          files: [files(zone)],
          rules: {
            'no-restricted-imports': ['error', forbiddenPackages(zone, (name, owners) => !owners.includes(zone) || narrow.some(([owner]) => owner === name))],
            'no-restricted-syntax': restricted.length > 0 ? ['error', ...restricted] : 'off',
          },
        },
        ...narrow.map(([, folders]) => ({
          files: folders.map((folder) => `${folder}/**/*.ts`),
          rules: { 'no-restricted-imports': ['error', forbiddenPackages(zone, (_name, owners) => !owners.includes(zone))] },
        })),
      ]
    }),
    { files: ['channels/contract/clock.ts'], rules: { 'no-restricted-syntax': 'off' } },
    { files: ['server/cli/**/*.ts', 'erp-bridge/connectors/sandbox/erp/**/*.ts'], rules: { 'no-console': 'off' } },
    {
      files: ['console/**/*.{ts,tsx}'],
      languageOptions: { parser: tseslint.parser, parserOptions: { ecmaFeatures: { jsx: true } } },
      plugins: { '@typescript-eslint': tseslint.plugin },
      rules: {
        'max-lines': ['error', 400],
        '@typescript-eslint/no-explicit-any': 'error',
        eqeqeq: ['error', 'always', { null: 'ignore' }],
        'no-console': 'error',
      },
    },
    { files: ['**/*.js'], rules: { 'max-lines': ['error', 400], eqeqeq: ['error', 'always', { null: 'ignore' }], 'prefer-const': 'error' } },
  )
}

export default createConfig(import.meta.dirname)
