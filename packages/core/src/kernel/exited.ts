/**
 * Thrown by `exit` to leave the code that runs; the process is dead by then, so nothing depends on it being caught.
 */
import type { ExitReason } from '../exit-reason.ts'

export class Exited {
  readonly reason: ExitReason

  constructor(reason: ExitReason) {
    this.reason = reason
  }
}
