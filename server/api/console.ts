/** The console's files. They hold no data: the page asks the API, with the token that the person gives. */
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Middleware } from 'koa'
import { Problem } from './problem.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Serves the files of `dir` below /console; `/` leads there. Names with anything but plain words in them are not looked for. */
export function mountConsole(dir: string): Middleware {
  return async (context, next) => {
    if (context.method !== 'GET' && context.method !== 'HEAD') return next()
    if (context.path === '/' || context.path === '/console') return context.redirect('/console/')
    if (!context.path.startsWith('/console/')) return next()
    const name = context.path.slice('/console/'.length) || 'index.html'
    const type = TYPES[extname(name)]
    const plain = name.split('/').every((part) => /^[\w-][\w.-]*$/.test(part))
    if (!plain || type === undefined) throw new Problem(404, { detail: 'The console has no such file.', cure: 'Open /console/.' })
    const content = await readFile(join(dir, name)).catch(() => null)
    if (content === null) {
      throw new Problem(404, {
        detail: name === 'index.html' ? 'The console was not built.' : 'The console has no such file.',
        cure: name === 'index.html' ? 'Run npm run build.' : 'Open /console/.',
      })
    }
    context.type = type
    // Built files carry their content's hash in the name.
    if (name.startsWith('assets/')) context.set('cache-control', 'public, max-age=31536000, immutable')
    context.body = content
  }
}
