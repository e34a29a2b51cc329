/**
 * What a layer of the kernel itself holds for a process: released at its death as everything that it owns, before anyone is told, but in
 * the knowledge of why it died.
 */
import type { ExitReason } from '../exit-reason.ts'

export abstract class Holding {
  /** Called once. The news of the death waits, within its bound, for what this returns. */
  abstract release(reason: ExitReason): Promise<unknown> | void

  /** Called once everyone has been told of the death. */
  announced(): void {}

  close(): Promise<unknown> | void {
    return this.release('normal')
  }
}
