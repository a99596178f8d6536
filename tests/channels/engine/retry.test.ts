import test from 'ava'
import { Breaker, backoff } from '../../../channels/engine/retry.ts'

const retry = { firstMs: 1000, maxMs: 60_000, attempts: null }

test('backoff doubles from the first step to the longest, half of it drawn', (t) => {
  t.deepEqual(
    [1, 2, 3, 10, 500].map((attempts) => backoff(retry, attempts, () => 1)),
    [1000, 2000, 4000, 60_000, 60_000],
  )
  t.is(
    backoff(retry, 3, () => 0),
    2000,
  )
})

test('a breaker opens after so many failures in a row and admits one probe when its time is over', (t) => {
  const breaker = new Breaker({ failures: 3, openMs: 1000 })
  t.false(breaker.failed(0))
  t.false(breaker.failed(0))
  t.true(breaker.failed(0))
  t.is(breaker.state(999), 'open')
  t.false(breaker.admits(999))
  t.true(breaker.admits(1000))
  breaker.started(1000)
  t.false(breaker.admits(1000))
})

test('a failed probe opens the breaker again, an answered one closes it', (t) => {
  const breaker = new Breaker({ failures: 1, openMs: 1000 })
  breaker.failed(0)
  breaker.started(1000)
  breaker.failed(1000)
  t.is(breaker.state(1500), 'open')
  breaker.started(2000)
  t.true(breaker.answered())
  t.is(breaker.state(2000), 'closed')
})

test('an answer between failures starts the count anew', (t) => {
  const breaker = new Breaker({ failures: 2, openMs: 1000 })
  breaker.failed(0)
  breaker.answered()
  t.false(breaker.failed(0))
  t.is(breaker.state(0), 'closed')
})
