/**
 * A process of this node that starts again when it has failed, a moment later, since what ended it may be there still.
 */
import type { AnyPid, Node } from '@agner/core'

/** Of what holds nothing that it could lose. */
export const restartMs = 10

export interface Kept {
  /** The one that there is now, or that there was last. */
  readonly pid: AnyPid
  /** From now on its end is its end. */
  letGo(): void
}

/** @param failed is told at each end that was not asked for. */
export function keepAlive(node: Node, afterMs: number, spawn: () => AnyPid, failed: () => void = () => {}): Kept {
  let isKept = true
  const isOver = (): boolean => !isKept || node.isStopped
  const again = (): void => {
    if (isOver()) return
    failed()
    node.runtime.setTimer(afterMs, () => {
      if (isOver()) return
      try {
        kept.pid = start()
      } catch {
        // Somebody else has the name now.
        again()
      }
    })
  }
  const start = (): AnyPid => {
    const pid = spawn()
    void node.exited(pid).then(again, () => {})
    return pid
  }
  const kept = { pid: start(), letGo: () => void (isKept = false) }
  return kept
}
