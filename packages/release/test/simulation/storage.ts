/**
 * What the applications write to: it is on no node, a write may be on its way for long, and it refuses tokens that are older than
 * one it has seen.
 */

export interface Accepted {
  readonly atMs: number
  readonly application: string
  readonly instance: number
  readonly token: number
}

export class Storage {
  readonly accepted: Accepted[] = []
  refused = 0
  readonly #greatest = new Map<string, number>()

  write(write: Accepted): void {
    if (!this.isAllowed(write)) return void this.refused++
    this.#greatest.set(write.application, write.token)
    this.accepted.push(write)
  }

  /** The fence. */
  isAllowed({ application, token }: Accepted): boolean {
    return token >= (this.#greatest.get(application) ?? 0)
  }
}
