/** Why a text is no FHIRPath, and what was perhaps meant. */
export interface PathProblem {
  readonly reason: string
  readonly suggestion?: string
}

/** Thrown inside this folder while an expression is compiled. */
export class PathError extends Error {
  readonly problem: PathProblem
  constructor(reason: string, suggestion?: string) {
    super(reason)
    this.problem = suggestion === undefined ? { reason } : { reason, suggestion }
  }
}
