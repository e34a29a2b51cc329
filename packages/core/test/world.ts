/**
 * A node in virtual time and what it reported: where the tests of the kernel take place.
 */
import { collectReports, createVirtualRuntime, type CollectedReports, type VirtualRuntime } from '@agner/testing'
import { createNode, type ExitReason, type Node, type NodeOptions, type Pid, type Process } from '../src/index.ts'

export interface World {
  readonly runtime: VirtualRuntime
  readonly node: Node
  readonly reports: CollectedReports
  /** Runs `body` as a process to its end; a failed expectation in it fails the test. */
  inProcess<M = never>(body: (self: Process<M>) => Promise<unknown>): Promise<void>
  /** Why a process ended, in virtual time. */
  exited(pid: Pid): Promise<ExitReason>
}

export function createWorld(
  options: Omit<NodeOptions, 'runtime' | 'report'> & { readonly runtime?: VirtualRuntime } = {},
): World {
  const runtime = options.runtime ?? createVirtualRuntime()
  const reports = collectReports()
  const node = createNode({ ...options, runtime, report: reports.report })
  const exited = (pid: Pid) => runtime.runUntil(node.exited(pid))
  return {
    runtime,
    node,
    reports,
    exited,
    inProcess: async (body) => {
      const reason = await exited(node.spawn(body))
      if (reason !== 'normal')
        throw reason instanceof Error ? reason : new Error(`The process ended with ${JSON.stringify(reason)}`)
    },
  }
}
