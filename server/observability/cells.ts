/**
 * Counters and histograms for the hot path: plain numbers, found by at most two map look-ups, that prom-client is told of only when
 * somebody scrapes. (Its own `inc(labels)` hashes a label object each time.)
 */
import { Counter, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'

/** A counter with two labels; the second may be ''. */
export interface Count {
  add(first: string, second: string, by?: number): void
}

/** Registers a counter `name{labels[0],labels[1]}`. */
export function createCount(registry: Registry, name: string, help: string, labels: readonly [string] | readonly [string, string]): Count {
  const cells = new Map<string, Map<string, number>>()
  const [one, two] = labels
  new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset()
      for (const [first, row] of cells) for (const [second, n] of row) this.inc(two === undefined ? { [one]: first } : { [one]: first, [two]: second }, n)
    },
  })
  return {
    add(first, second, by = 1) {
      let row = cells.get(first)
      if (row === undefined) cells.set(first, (row = new Map<string, number>()))
      row.set(second, (row.get(second) ?? 0) + by)
    },
  }
}

/** A histogram with at most one label. */
export interface Spread {
  observe(label: string, value: number): void
}

interface Cell {
  /** One count per bound, not cumulated, and one for what lies above them all. */
  readonly counts: number[]
  sum: number
  count: number
}

interface Sample {
  readonly metricName: string
  readonly labels: Record<string, string | number>
  readonly value: number
}

/** prom-client's histogram as the registry sees it, filled from cells. */
class CellHistogram extends Histogram {
  readonly #cells: ReadonlyMap<string, Cell>
  readonly #bounds: readonly number[]
  readonly #label: string | null
  readonly #title: { readonly name: string; readonly help: string }

  constructor(title: { readonly name: string; readonly help: string }, bounds: readonly number[], label: string | null, cells: ReadonlyMap<string, Cell>) {
    super({ ...title, buckets: [...bounds], labelNames: label === null ? [] : [label], registers: [] })
    this.#title = title
    this.#bounds = bounds
    this.#label = label
    this.#cells = cells
  }

  getForPromString() {
    const values: Sample[] = []
    const { name } = this.#title
    for (const [label, cell] of this.#cells) {
      const labels: Record<string, string> = this.#label === null ? {} : { [this.#label]: label }
      let below = 0
      this.#bounds.forEach((bound, i) => {
        below += cell.counts[i] ?? 0
        values.push({ metricName: `${name}_bucket`, labels: { le: bound, ...labels }, value: below })
      })
      values.push({ metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: cell.count })
      values.push({ metricName: `${name}_sum`, labels, value: cell.sum }, { metricName: `${name}_count`, labels, value: cell.count })
    }
    return Promise.resolve({ ...this.#title, type: 'histogram', values, aggregator: 'sum' })
  }
}

/** Registers a histogram `name{label}` with the given upper bounds, rising. */
export function createSpread(registry: Registry, name: string, help: string, label: string | null, bounds: readonly number[]): Spread {
  const cells = new Map<string, Cell>()
  registry.registerMetric(new CellHistogram({ name, help }, bounds, label, cells))
  return {
    observe(of, value) {
      let cell = cells.get(of)
      if (cell === undefined) cells.set(of, (cell = { counts: new Array<number>(bounds.length + 1).fill(0), sum: 0, count: 0 }))
      let i = 0
      while (i < bounds.length && value > (bounds[i] ?? 0)) i++
      cell.counts[i] = (cell.counts[i] ?? 0) + 1
      cell.sum += value
      cell.count++
    },
  }
}
