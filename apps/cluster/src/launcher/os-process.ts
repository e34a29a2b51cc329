/**
 * One node's OS process, as the launcher's own Agner process keeps it: started, watched, started again.
 *
 * A node that ends is started again at once; one that keeps ending soon after its start is held back, twice as long each time, up to
 * two seconds. One that cannot even be run (no such program, no memory, too many processes) has ended, too: what the machine lacks now it may have
 * a moment later. The OS process belongs to the keeper: when the keeper ends, it is stopped.
 */
import { fork, type ChildProcess } from 'node:child_process'
import type { Process } from '@agner/core'
import { environmentFor } from '../database-url.ts'
import type { NodePlan } from '../topology.ts'
import { isFromNode, toEnvironment, type FromNode, type NodeSettings, type ToNode } from './ipc.ts'
import type { NodeCommand } from './place.ts'

export interface KeeperEvents {
  started(plan: NodePlan, child: ChildProcess): void
  ready(plan: NodePlan, child: ChildProcess, message: FromNode): void
  /** @param child null when there was none to be run */
  ended(plan: NodePlan, child: ChildProcess | null, how: string): void
  /** All are being stopped: whatever ends is not started again, also where a service manager has signalled every OS process at once. */
  isOver(): boolean
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
      const launched = launch(plan, command, settings)
      if (typeof launched === 'string') events.ended(plan, null, launched)
      else {
        current = launched
        events.started(plan, launched)
        launched.on('message', (message) => {
          if (isFromNode(message)) events.ready(plan, launched, message)
        })
        events.ended(plan, launched, await self.wait(endOf(launched)))
      }
      if (events.isOver()) return
      const lived = self.node.runtime.nowMs() - startedAtMs
      delayMs = lived >= settledAfterMs ? 0 : Math.min(longestDelayMs, Math.max(50, delayMs * 2))
      if (delayMs > 0) await self.sleep(delayMs)
    }
  }
}

/** The OS process; why there is none, when not even the call for it succeeds, as without memory. */
function launch({ service }: NodePlan, { prefix, main }: NodeCommand, settings: NodeSettings): ChildProcess | string {
  const [program, ...args] = [...prefix, process.execPath]
  try {
    return fork(main, [], {
      env: { ...environmentFor(service, process.env), ...toEnvironment(settings) },
      execPath: program!,
      execArgv: [...args, '--conditions=@agner/source', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
  } catch (error) {
    return notRun(error as Error)
  }
}

/**
 * How it ended. An `error` is an end only of what never ran, which has no OS pid and no `exit`; otherwise it says that a message or signal
 * could not be sent, and the OS process lives on.
 */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(notRun(error))
    })
  })
}

function notRun({ message }: Error): string {
  return `it could not be run: ${message}`
}

/** Asks a node to drain, and kills it when it takes too long. Resolves when its OS process is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = endOf(child)
  if (child.connected) child.send({ type: 'stop' } satisfies ToNode, () => {})
  else child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), drainLimitMs)
  await gone
  clearTimeout(timer)
}
