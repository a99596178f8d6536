/** Tests on a real Tryton: `npm run test:tryton`. One file at a time, since SQLite lets one write. */
export default {
  files: ['tests/tryton/**/*.tryton.ts'],
  typescript: { rewritePaths: { 'tests/': 'build/tests/' }, compile: false },
  nodeArguments: ['--enable-source-maps'],
  workerThreads: false,
  concurrency: 1,
  timeout: '700s',
}
