/**
 * A node whose log events are collected.
 */
import { createNode, type Node, type Process } from '@agner/core'
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import {
  createLogging,
  describeMessage,
  type LogEvent,
  type LogHandler,
  type Logging,
  type LoggingOptions,
} from '../src/index.ts'

export interface LoggingWorld {
  readonly runtime: VirtualRuntime
  readonly node: Node
  readonly logging: Logging
  readonly events: LogEvent[]
  /** `level text`, and no more than once each. */
  told(): string[]
  run<T>(promise: Promise<T>): Promise<T>
  /** Runs `body` as a process to its end. */
  inProcess(body: (self: Process<never>) => unknown): Promise<void>
}

export function collector(events: LogEvent[]): LogHandler {
  return { log: (event) => void events.push(event) }
}

export function createLoggingWorld(options: LoggingOptions = {}): LoggingWorld {
  const runtime = createVirtualRuntime()
  const events: LogEvent[] = []
  const logging = createLogging({ handlers: { collector: collector(events) }, ...options })
  const node = createNode({ runtime, report: logging.report, name: 'log@127.0.0.1' })
  logging.attach(node)
  const run = <T>(promise: Promise<T>) => runtime.runUntil(promise)
  return {
    runtime,
    node,
    logging,
    events,
    run,
    told: () => events.splice(0).map((event) => `${event.level} ${describeMessage(event)}`),
    inProcess: async (body) => {
      const reason = await run(node.exited(node.spawn(async (self: Process<never>) => void (await body(self)))))
      if (reason !== 'normal') throw reason
    },
  }
}
