import test from 'ava'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { house } from '../server/api/house.ts'

test('the built console is served without a token, with all its files, and runs nothing that is not one of them', async (t) => {
  const { url, calls } = await house(t)
  const page = await fetch(`${url}/`)
  t.is(page.url, `${url}/console/`)
  t.is(page.headers.get('content-type'), 'text/html; charset=utf-8')
  t.regex(page.headers.get('content-security-policy') ?? '', /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/)
  const html = await page.text()
  t.notRegex(html, /<script(?![^>]*\bsrc=)|<style|\son\w+=/)
  const files = [...html.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map((match) => match[1] ?? '')
  t.true(files.some((file) => file.endsWith('.js')) && files.some((file) => file.endsWith('.css')))
  for (const file of files) {
    const answer = await fetch(url + file)
    t.is(answer.status, 200, file)
    t.regex(answer.headers.get('cache-control') ?? '', /immutable/)
    t.regex(answer.headers.get('content-type') ?? '', /javascript|css|svg/)
  }
  t.deepEqual(calls, [])
})

test('nothing outside the console’s folder and nothing hidden in it is served', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'aqueduct-console-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'console'))
  writeFileSync(join(root, 'secret.js'), 'secret')
  writeFileSync(join(root, 'console', '.hidden.js'), 'secret')
  writeFileSync(join(root, 'console', 'engine.json'), 'secret')
  const { url } = await house(t, { consoleDir: join(root, 'console') })
  for (const path of [
    '/console/../secret.js',
    '/console/%2e%2e/secret.js',
    '/console/..%2fsecret.js',
    '/console/.hidden.js',
    '/console/engine.json',
    '/console//secret.js',
    '/console/x%00.js',
  ]) {
    // fetch would tidy the path before it is sent.
    const status = await new Promise((resolve, reject) => {
      request(url, { path }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
        .on('error', reject)
        .end()
    })
    t.is(status, 404, path)
  }
  const unbuilt = await fetch(`${url}/console/`)
  t.is(unbuilt.status, 404)
  t.regex(await unbuilt.text(), /npm run build/)
})
