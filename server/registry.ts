/** What the API writes besides what it asks of the engine: keys, subscriptions, what may be used once. */
import { AqueductError } from '../channels/contract/index.ts'
import type { Answer, Ledger } from '../channels/contract/index.ts'
import type { Registry } from './api/index.ts'

/** All resolve after the commit and fail with what the store said. */
export function registryOf(ledger: Ledger): Registry {
  const settle = (resolve: () => void, reject: (error: Error) => void) => (answer: Answer<'api-key' | 'subscription'>) => {
    if (answer.ok) resolve()
    else reject(new AqueductError(answer.fault.code, answer.fault.text))
  }
  return {
    once: (value) =>
      new Promise((resolve, reject) =>
        ledger.submit<'once'>({ op: 'once', ...value }, (answer) =>
          answer.ok ? resolve(answer.value.first) : reject(new AqueductError(answer.fault.code, answer.fault.text)),
        ),
      ),
    saveKey: (key) => new Promise((resolve, reject) => ledger.submit<'api-key'>({ op: 'api-key', ...key }, settle(resolve, reject))),
    saveSubscription: (subscription) =>
      new Promise((resolve, reject) => ledger.submit<'subscription'>({ op: 'subscription', ...subscription }, settle(resolve, reject))),
  }
}
