import test from 'ava'
import fc from 'fast-check'
import { parseSmartScope } from '../../../channels/contract/index.ts'
import { authorize, mayReceive } from '../../../server/security/index.ts'
import type { FaceInteraction } from '../../../fhir/index.ts'
import { grantScopes } from '../../../server/security/smart/grant.ts'

const client = (...scopes: string[]) => ({ key: 'ehr-feed', scopes })
const may = (scopes: readonly string[], interaction: FaceInteraction, type: string | null) => {
  const answer = authorize(client(...scopes), interaction, type)
  return answer.ok ? true : answer.missing
}

test('scopes of both versions are understood, letters in order only', (t) => {
  t.deepEqual(parseSmartScope('system/Procedure.cruds'), { type: 'Procedure', letters: 'cruds' })
  t.deepEqual(parseSmartScope('system/*.rs'), { type: '*', letters: 'rs' })
  t.deepEqual(parseSmartScope('system/Device.read'), { type: 'Device', letters: 'rs' })
  t.deepEqual(parseSmartScope('system/Device.write'), { type: 'Device', letters: 'cud' })
  t.deepEqual(parseSmartScope('system/Device.*'), { type: 'Device', letters: 'cruds' })
  for (const other of [
    '',
    '*',
    'system/*',
    'system/Device.',
    'system/Device.sr',
    'system/Device.rr',
    'system/device.r',
    'user/Device.r',
    'patient/Device.r',
    'system/Device.rs?status=active',
    'openid',
    'ops:read',
    'system/Device.r ',
    'system/**.r',
  ])
    t.is(parseSmartScope(other), null, other)
})

const NEEDS: readonly (readonly [FaceInteraction, string])[] = [
  ['read', 'r'], ['vread', 'r'], ['history-instance', 'r'], ['history-type', 's'], ['search-type', 's'], ['create', 'c'], ['update', 'u'], ['patch', 'u'],
  ['delete', 'd'], ['conditional-create', 'cs'], ['conditional-update', 'us'], ['conditional-delete', 'ds'], ['process-message', 'c'],
] // prettier-ignore

for (const [interaction, letters] of NEEDS) {
  test(`${interaction} needs ${letters} of the type, and nothing less will do`, (t) => {
    t.true(may([`system/Procedure.${letters}`], interaction, 'Procedure'))
    t.true(may([`system/*.${letters}`], interaction, 'Procedure'))
    t.true(
      may(
        [...letters].map((letter) => `system/Procedure.${letter}`),
        interaction,
        'Procedure',
      ),
    )
    t.is(may([`system/Device.cruds`], interaction, 'Procedure'), `system/Procedure.${letters}`)
    for (const letter of letters) {
      const rest = [...'cruds'].filter((each) => each !== letter).join('')
      t.is(may([`system/Procedure.${rest}`], interaction, 'Procedure'), `system/Procedure.${letter}`)
    }
  })
}

test('$validate needs one of search, read and create', (t) => {
  for (const letter of ['s', 'r', 'c']) t.true(may([`system/Procedure.${letter}`], 'validate', 'Procedure'))
  t.is(may(['system/Procedure.ud'], 'validate', 'Procedure'), 'system/Procedure.s')
})

test('search and history of the system, and messages of unknown types, need a scope for every type', (t) => {
  for (const interaction of ['search-system', 'history-system'] as const) {
    t.true(may(['system/*.s'], interaction, null))
    t.true(may(['system/*.r'], interaction, null))
    t.is(may(['system/Procedure.cruds'], interaction, null), 'system/*.s')
  }
  t.true(may(['system/*.c'], 'process-message', null))
  t.is(may(['system/Procedure.cruds'], 'process-message', null), 'system/*.c')
})

test('a bundle needs only that the caller may do anything at all; its entries are asked for one by one', (t) => {
  t.true(may(['system/Device.r'], 'transaction', null))
  t.true(may(['fhir:read'], 'batch', null))
  t.is(may(['system:read'], 'transaction', null), 'fhir:read')
  t.not(may([], 'batch', null), true)
})

test('a caller gets only what it may read or search among what comes along', (t) => {
  t.true(mayReceive(client('system/Device.r'), 'Device'))
  t.true(mayReceive(client('system/Device.s'), 'Device'))
  t.false(mayReceive(client('system/Device.cud'), 'Device'))
  t.false(mayReceive(client('system/Procedure.rs'), 'Device'))
  t.true(mayReceive({ key: null, scopes: ['*'] }, 'Device'))
})

test('API keys read with fhir:read or ops:read, write with fhir:write, and the engine’s own token may do all', (t) => {
  for (const scope of ['fhir:read', 'ops:read']) {
    for (const interaction of ['read', 'search-type', 'history-type'] as const) t.true(may([scope], interaction, 'Procedure'))
    t.is(may([scope], 'create', 'Procedure'), 'fhir:write')
    t.true(may([scope], 'search-system', null))
  }
  for (const interaction of ['create', 'update', 'delete', 'validate'] as const) t.true(may(['fhir:write'], interaction, 'Procedure'))
  t.is(may(['fhir:write'], 'read', 'Procedure'), 'fhir:read')
  t.is(may(['fhir:write'], 'conditional-create', 'Procedure'), 'fhir:read')
  t.true(may(['fhir:read', 'fhir:write'], 'conditional-create', 'Procedure'))
  for (const [interaction] of NEEDS) t.true(may(['*'], interaction, 'Procedure'))
  for (const scope of ['ops:write', 'system:read', 'process:write', 'events:read']) t.not(may([scope], 'read', 'Procedure'), true)
})

test('what is granted is what was asked for, as far as it is registered', (t) => {
  const registered = ['system/Procedure.cruds', 'system/Device.read']
  t.deepEqual(grantScopes('system/Procedure.rs', registered), ['system/Procedure.rs'])
  t.deepEqual(grantScopes('system/Device.cruds', registered), ['system/Device.rs'])
  t.deepEqual(grantScopes('system/*.rs', registered), ['system/Procedure.rs', 'system/Device.rs'])
  t.deepEqual(grantScopes('system/*.read', registered), ['system/Procedure.read', 'system/Device.read'])
  t.deepEqual(grantScopes('system/Device.*', registered), ['system/Device.read'])
  t.deepEqual(grantScopes('system/Procedure.write  system/Device.r', registered), ['system/Procedure.write', 'system/Device.r'])
  t.deepEqual(grantScopes('system/Patient.rs openid user/Device.rs system/Device.rs?code=x', registered), [])
  t.deepEqual(grantScopes('system/Patient.rs', ['system/*.rs']), ['system/Patient.rs'])
  t.deepEqual(grantScopes('system/*.cruds', ['system/*.rs', 'system/Device.c']), ['system/*.rs', 'system/Device.crs'])
})

const scopes = fc.array(
  fc.oneof(
    fc
      .tuple(fc.constantFrom('*', 'Device', 'Procedure', 'Patient'), fc.subarray([...'cruds'], { minLength: 1 }))
      .map(([type, letters]) => `system/${type}.${letters.join('')}`),
    fc.tuple(fc.constantFrom('*', 'Device', 'Procedure'), fc.constantFrom('read', 'write', '*')).map(([type, word]) => `system/${type}.${word}`),
    fc.string({ maxLength: 20 }),
  ),
  { maxLength: 6 },
)

test('a grant allows what was asked for and is registered, no more and no less, and asking for what was granted gives it', (t) => {
  fc.assert(
    fc.property(
      scopes,
      scopes,
      fc.constantFrom(...NEEDS.map(([interaction]) => interaction)),
      fc.constantFrom('Device', 'Procedure', 'Patient', 'Account', null),
      (asked, registered, interaction, type) => {
        const granted = grantScopes(asked.join(' '), registered)
        const again = grantScopes(granted.join(' '), registered)
        t.is(authorize(client(...again), interaction, type).ok, authorize(client(...granted), interaction, type).ok)
        const allows = (held: readonly string[]) => authorize(client(...held.filter((each) => parseSmartScope(each) !== null)), interaction, type).ok
        t.is(allows(granted), allows(asked.join(' ').split(/\s+/)) && allows(registered))
      },
    ),
    { numRuns: 2_000 },
  )
})
