/**
 * One node's OS process, as the launcher's own Agner process keeps it: started, watched, started again.
 *
 * A node that ends is started again at once; one that keeps ending soon after its start is held back, twice as long each time, up to
 * two seconds. The OS process belongs to the keeper: when the keeper ends, it is stopped.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Process } from '@agner/core'
import { environmentFor } from '../database-url.ts'
import type { NodePlan } from '../topology.ts'
import { isFromNode, toEnvironment, type FromNode, type NodeSettings, type ToNode } from './ipc.ts'
import type { NodeCommand } from './place.ts'

export interface KeeperEvents {
  started(plan: NodePlan, child: ChildProcess): void
  ready(plan: NodePlan, child: ChildProcess, message: FromNode): void
  ended(plan: NodePlan, child: ChildProcess, how: string): void
}

/** A node that lived at least this long may be started again without delay. */
const settledAfterMs = 3000
const longestDelayMs = 2000
/** A node that has not drained by then is killed. */
export const drainLimitMs = 8000

/** The body of a keeper. */
export function keep(
  plan: NodePlan,
  command: NodeCommand,
  settings: NodeSettings,
  events: KeeperEvents,
): (self: Process<never>) => Promise<void> {
  return async (self) => {
    self.label(plan.name)
    let current: ChildProcess | null = null
    self.own({ close: () => (current === null ? undefined : stop(current)) })
    for (let delayMs = 0; ;) {
      const startedAtMs = self.node.runtime.nowMs()
      const child = launch(plan, command, settings)
      current = child
      events.started(plan, child)
      child.on('message', (message) => {
        if (isFromNode(message)) events.ready(plan, child, message)
      })
      const [code, signal] = (await self.wait(once(child, 'exit'))) as [number | null, NodeJS.Signals | null]
      events.ended(plan, child, signal === null ? `exit code ${code}` : signal)
      const lived = self.node.runtime.nowMs() - startedAtMs
      delayMs = lived >= settledAfterMs ? 0 : Math.min(longestDelayMs, Math.max(50, delayMs * 2))
      if (delayMs > 0) await self.sleep(delayMs)
    }
  }
}

function launch({ service }: NodePlan, { prefix, main }: NodeCommand, settings: NodeSettings): ChildProcess {
  const [program, ...args] = [...prefix, process.execPath]
  return fork(main, [], {
    env: { ...environmentFor(service, process.env), ...toEnvironment(settings) },
    execPath: program!,
    execArgv: [...args, '--conditions=@agner/source', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

/** Asks a node to drain, and kills it when it takes too long. Resolves when its OS process is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  if (child.connected) child.send({ type: 'stop' } satisfies ToNode, () => {})
  else child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), drainLimitMs)
  await gone
  clearTimeout(timer)
}
