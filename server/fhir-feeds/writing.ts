/** What the FHIR runners write: resources with their place in the feed, and places alone. Both resolve after the commit. */
import { AqueductError } from '../../channels/contract/index.ts'
import type { Answer, BridgeTables, Ledger, OpName, ResourcesAnswer, ResourcesOp } from '../../channels/contract/index.ts'

export interface FhirWriting {
  resources(op: Pick<ResourcesOp, 'writes' | 'cursor'>): Promise<ResourcesAnswer>
  cursors(rows: readonly BridgeTables['cursor'][]): Promise<void>
}

/** Fails with what the store said. */
export function fhirWritingOf(ledger: Pick<Ledger, 'submit'>): FhirWriting {
  const settle =
    <Name extends OpName, Value>(
      resolve: (value: Value) => void,
      reject: (error: Error) => void,
      value: (answer: Extract<Answer<Name>, { ok: true }>['value']) => Value,
    ) =>
    (answer: Answer<Name>) =>
      answer.ok ? resolve(value(answer.value)) : reject(new AqueductError(answer.fault.code, answer.fault.text))
  return {
    resources: (op) =>
      new Promise((resolve, reject) =>
        ledger.submit<'resources'>(
          { op: 'resources', messages: [], expects: [], ...op },
          settle<'resources', ResourcesAnswer>(resolve, reject, (value) => value),
        ),
      ),
    cursors: (rows) =>
      new Promise((resolve, reject) =>
        ledger.submit<'cursor'>(
          { op: 'cursor', rows },
          settle<'cursor', void>(resolve, reject, () => undefined),
        ),
      ),
  }
}
