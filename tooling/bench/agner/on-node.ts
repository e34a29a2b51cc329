/** Plays a driver as a process of a fresh node with default settings, and stops the node. */
import { createNode, describeReason, type Process } from '@agner/core'
import type { Figures } from '../job.ts'

export async function onNode<M>(driver: (self: Process<M>) => Promise<Figures>): Promise<Figures> {
  const node = createNode()
  let figures: Figures | undefined
  const pid = node.spawn<M>(async (self) => {
    figures = await driver(self)
  })
  const reason = await node.exited(pid)
  await node.stop({ timeoutMs: 60_000 })
  if (figures === undefined) throw new Error(`the driver ended early: ${describeReason(reason)}`)
  return figures
}
