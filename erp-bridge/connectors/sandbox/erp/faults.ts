/** Fault switches (DESIGN §12): what the sandbox ERP is told to do wrong. They live in memory; closed periods live in the books. */
export const FAULT_KINDS = ['lose-answer', 'delay', 'refuse', 'close-period', 'open-period', 'auto-approve'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface FaultSwitch {
  readonly kind: FaultKind
  /** How many more requests it hits. */
  readonly count: number
  /** Hits every so many requests; 1 is each. */
  readonly every: number
  /** How long `delay` waits before it does anything. */
  readonly ms: number
  /** `YYYY-MM` that `close-period` closes for good and `open-period` opens; null: the next `count` documents are told their period is closed. */
  readonly period: string | null
}

interface Armed {
  readonly fault: FaultSwitch
  left: number
  seen: number
}

export interface Faults {
  arm(fault: FaultSwitch): void
  clear(): void
  list(): readonly FaultSwitch[]
  /** Is a switch on that does not count down (`auto-approve`: everything submitted is approved at once)? */
  isOn(kind: FaultKind): boolean
  /** Does the fault hit this request? Counts it. */
  hits(kind: FaultKind): FaultSwitch | null
}

/** Reads a request's body, or says what is wrong with it. */
export function parseFault(body: unknown): FaultSwitch | string {
  if (typeof body !== 'object' || body === null) return 'the body is not an object'
  const { kind, count = 1, every = 1, ms = 0, period = null } = body as Readonly<Record<string, unknown>>
  const known = FAULT_KINDS.find((one) => one === kind)
  if (known === undefined) return `kind must be one of ${FAULT_KINDS.join(', ')}`
  const whole = (value: unknown, least: number): value is number => typeof value === 'number' && Number.isInteger(value) && value >= least
  if (!whole(count, 0)) return 'count must be a whole number'
  if (!whole(every, 1)) return 'every must be a whole number above zero'
  if (!whole(ms, 0)) return 'ms must be a whole number'
  if (period !== null && !(typeof period === 'string' && /^\d{4}-(0[1-9]|1[0-2])$/.test(period))) return 'period must be YYYY-MM'
  if (known === 'open-period' && period === null) return 'open-period needs a period'
  return { kind: known, count, every, ms, period }
}

export function createFaults(): Faults {
  let armed: Armed[] = []
  return {
    arm(fault) {
      // Arming a kind again replaces it: count 0 switches it off.
      armed = armed.filter((one) => one.fault.kind !== fault.kind)
      if (fault.count > 0) armed.push({ fault, left: fault.count, seen: 0 })
    },
    clear() {
      armed = []
    },
    list: () => armed.map(({ fault, left }) => ({ ...fault, count: left })),
    isOn: (kind) => armed.some(({ fault }) => fault.kind === kind),
    hits(kind) {
      const one = armed.find(({ fault }) => fault.kind === kind)
      if (one === undefined) return null
      one.seen += 1
      if (one.seen % one.fault.every !== 0) return null
      one.left -= 1
      if (one.left === 0) armed = armed.filter((other) => other !== one)
      return one.fault
    },
  }
}
