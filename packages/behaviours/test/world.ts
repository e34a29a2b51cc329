/**
 * A node in virtual time, what it reported, and a log that servers of the tests write to.
 */
import {
  createNode,
  type ExitReason,
  type Node,
  type NodeOptions,
  type AnyPid,
  type Notice,
  type Process,
} from '@agner/core'
import { collectReports, createVirtualRuntime, type CollectedReports, type VirtualRuntime } from '@agner/testing'

export interface World {
  readonly runtime: VirtualRuntime
  readonly node: Node
  readonly reports: CollectedReports
  /** What happened, in order. */
  readonly log: string[]
  /** Runs `body` as a process to its end; a failed expectation in it fails the test. */
  inProcess<M = never>(body: (self: Process<M>) => Promise<unknown>): Promise<void>
  /** Settles in virtual time. */
  run<T>(promise: Promise<T>): Promise<T>
  exited(pid: AnyPid): Promise<ExitReason>
  notices(source: string, level?: Notice['level']): Notice[]
}

export function createWorld(
  options: Omit<NodeOptions, 'runtime' | 'report'> & { readonly runtime?: VirtualRuntime } = {},
): World {
  const runtime = options.runtime ?? createVirtualRuntime()
  const reports = collectReports()
  const node = createNode({ ...options, runtime, report: reports.report })
  const run = <T>(promise: Promise<T>) => runtime.runUntil(promise)
  const exited = (pid: AnyPid) => run(node.exited(pid))
  return {
    runtime,
    node,
    reports,
    log: [],
    run,
    exited,
    inProcess: async (body) => {
      const reason = await exited(node.spawn(body))
      if (reason !== 'normal')
        throw reason instanceof Error ? reason : new Error(`The process ended with ${JSON.stringify(reason)}`)
    },
    notices: (source, level) =>
      reports.all.filter(
        (report): report is Notice =>
          report.type === 'notice' && report.source === source && (level === undefined || report.level === level),
      ),
  }
}

/** What a promise was rejected with. */
export async function failure(promise: Promise<unknown>): Promise<{
  readonly code: string
  readonly message: string
  readonly reason: ExitReason
  readonly details: Readonly<Record<string, unknown>>
}> {
  try {
    await promise
  } catch (error) {
    return error as never
  }
  throw new Error('It was expected to be rejected.')
}
