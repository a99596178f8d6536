/** What every command is, and what it may touch: its arguments, two streams and the wish to stop. */

export interface Io {
  /** One line or block on stdout; a final line end is added. */
  out(text: string): void
  /** One line or block on stderr. */
  err(text: string): void
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal
}

export interface Command {
  readonly name: string
  /** One line for `aqueduct help`. */
  readonly summary: string
  /** The whole help of the command: usage line, options, an example. */
  readonly usage: string
  /** @returns an exit code of {@link EXIT} */
  run(args: readonly string[], io: Io): Promise<number>
}

/** Exit codes that scripts may rely on (DESIGN §12). */
export const EXIT = { good: 0, findings: 1, usage: 2, unreachable: 3 } as const
