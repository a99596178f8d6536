import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test from 'ava'

test('every shipped YAML file names a schema that is there, so editors can complete and check it', async (t) => {
  const files = (await readdir('channel-config', { recursive: true })).filter((file) => file.endsWith('.yaml'))
  t.true(files.length > 5)
  for (const file of files) {
    const path = join('channel-config', file)
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(await readFile(path, 'utf8'))?.[1]
    t.truthy(schema, file)
    await t.notThrowsAsync(stat(join(dirname(path), schema ?? '')), file)
  }
})
