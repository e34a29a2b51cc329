/** Bytes that are alive on the heap of this OS process, after all garbage is gone. */
import { setImmediate as nextTurn } from 'node:timers/promises'

export async function liveBytes(): Promise<number> {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('memory is measured with --expose-gc')
  // Some garbage is found only after finalizers and weak references had their turn.
  for (let round = 0; round < 3; round++) {
    gc()
    await nextTurn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
