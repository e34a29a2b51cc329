/**
 * The inspector: a server that answers an operator's questions about its node (observer_backend of OTP).
 *
 *     createNode({ modules: [Inspector] })            an operator's node may start one here; it ends with the connection
 *     Inspector.child({ name: inspector.module })     one that stands in the supervision tree
 *
 * Nobody can ask a node that has neither. Who has the cookie of the cluster can: what processes hold is shown, but that
 * of sensitive ones. While it waits for a process that it looks at it answers others. Who does not answer in half a second
 * is told of as silent, and is asked no further until it has: of all inspectors of a node one question at most stands in
 * its mailbox. The look itself holds the thread as any other work does; how much of it there is, is bounded.
 */
import type { AnyProcess, Request } from '@agner/core'
import { messageOf, refuse } from '@agner/core/kernel'
import { behavioursError } from '../errors.ts'
import { answer } from '../server/answer.ts'
import { defineServer } from '../server/define.ts'
import type { From, Server } from '../server/definition.ts'
import { noreply, reply, type Noreply } from '../server/steps.ts'
import { inspector, type InspectorApi } from './inspector.api.ts'
import { LoopLag, tickMs } from './loop-lag.ts'
import { overviewOf } from './overview.ts'
import { processOf } from './process.ts'
import { topOf } from './top.ts'
import { treeOf } from './tree.ts'

export const Inspector: Server<InspectorApi, undefined, LoopLag> = defineServer(inspector, {
  unknown: 'refuse',
  version: '1.0.0',
  init: (_: undefined, { self }): LoopLag => {
    tick(self)
    return new LoopLag(self.node.monotonicTimeMs())
  },
  calls: {
    overview: (lag, _, { self }) => reply(overviewOf(self.node, lag), lag),
    tree: (lag, question, { self, from }) => later(lag, self, from, treeOf(self, question)),
    top: (lag, question, { self, from }) => later(lag, self, from, topOf(self.node, question)),
    process: (lag, which, { self, from }) => later(lag, self, from, processOf(self, which)),
  },
  info: {
    tick: (lag, _, { self }) => {
      lag.tick(self.node.monotonicTimeMs())
      tick(self)
      return noreply(lag)
    },
  },
})

function tick(self: AnyProcess): void {
  self.sendAfter(tickMs, self.pid, { type: 'tick' } as never)
}

/** Other questions are answered meanwhile. One that cannot be answered is reported, and refused. */
function later<Answer>(
  lag: LoopLag,
  { node }: AnyProcess,
  from: From<Answer>,
  made: Promise<Answer>,
): Noreply<LoopLag, never> {
  void made
    .then((found) => answer(from, found))
    .catch((error: unknown) => {
      const why = messageOf(error)
      const text = `a question could not be answered: ${why}`
      node.report({ type: 'notice', level: 'warning', source: 'inspector', text })
      refuse(from as Request<unknown, unknown>, behavioursError('inspector.failed', { node: node.name, why }))
    })
  return noreply(lag)
}
