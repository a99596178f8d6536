#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = new URL('../build/server/cli/main.js', import.meta.url)
if (!existsSync(fileURLToPath(main))) {
  process.stderr.write('aqueduct is not built yet: run `npm ci && npm run build` in its folder first.\n')
  process.exit(2)
}
await import(main.href)
