/** Plays a driver as a process of a fresh node, connected over TCP to a node in another OS process, and stops the fresh one. */
import { randomUUID } from 'node:crypto'
import { createNode, describeReason, type Process } from '@agner/core'
import { startServer, stopServer, type ServerPid } from '@agner/behaviours'
import { startDistribution } from '@agner/distribution'
import { startFar } from '../far/start.ts'
import type { Figures } from '../job.ts'
import { Taker, type TakerApi } from './taker.ts'

const farName = 'far@127.0.0.1'
const cookie = randomUUID()

/** `driver` gets a server on the other node, which is stopped after it. */
export async function onTwoNodes(
  driver: (self: Process<never>, server: ServerPid<TakerApi>) => Promise<Figures>,
): Promise<Figures> {
  const port = await startFar('agner', farName, cookie)
  const node = createNode({ name: 'near@127.0.0.1', modules: [Taker] })
  const hosts = { [farName]: `127.0.0.1:${port}` }
  const distribution = await startDistribution(node, { cookie, listen: false, portMapper: false, hosts })
  let figures: Figures | undefined
  const pid = node.spawn<never>(async (self) => {
    const server = await startServer(self, Taker, undefined, { node: farName, mailboxLimit: Infinity })
    figures = await driver(self, server)
    await stopServer(self, server)
  })
  const reason = await node.exited(pid)
  await distribution.stop()
  await node.stop({ timeoutMs: 60_000 })
  if (figures === undefined) throw new Error(`the driver ended early: ${describeReason(reason)}`)
  return figures
}
