/**
 * Nodes in virtual time, and the smallest network that carries the kernel's signals between them.
 */
import { createNode, describeReason, type Module, type Node, type Process } from '@agner/core'
import { attachRouter, type RemotePort } from '@agner/core/kernel'
import { collectReports, createVirtualRuntime } from '@agner/testing'

export interface Network {
  readonly runtime: ReturnType<typeof createVirtualRuntime>
  readonly reports: ReturnType<typeof collectReports>
  node(name: string): Node
  /** Takes a node off the net: it is lost to all others, and they to it. */
  cut(name: string): void
  run<T>(promise: Promise<T>): Promise<T>
  /** Runs `body` as a process of a node to its end; a failed expectation in it fails the test. */
  inProcess<M = never>(name: string, body: (self: Process<M>) => Promise<unknown>): Promise<void>
}

export function createNetwork(names: readonly string[], modules: readonly Module[] = []): Network {
  const runtime = createVirtualRuntime()
  const reports = collectReports()
  const nodes = new Map<string, Node>()
  const ports = new Map<string, RemotePort>()
  const off = new Set<string>()
  const lose = (name: string, peer: string) => runtime.macrotask(() => ports.get(name)!.peerLost(peer))
  for (const name of names) {
    const node = createNode({ name, runtime, report: reports.report, modules })
    nodes.set(name, node)
    const connected = (to: string) => ports.has(to) && !off.has(to) && !off.has(name)
    ports.set(
      name,
      attachRouter(node, {
        route: (to, signal) => {
          if (!connected(to)) return lose(name, to)
          runtime.macrotask(() => {
            if (connected(to)) ports.get(to)!.deliver({ name, incarnation: node.incarnation }, signal)
          })
        },
      }),
    )
  }
  const node = (name: string): Node => nodes.get(name)!
  const run = <T>(promise: Promise<T>) => runtime.runUntil(promise)
  return {
    runtime,
    reports,
    node,
    run,
    cut: (name) => {
      off.add(name)
      for (const other of names) {
        if (other === name) continue
        lose(other, name)
        lose(name, other)
      }
    },
    inProcess: async (name, body) => {
      const reason = await run(node(name).exited(node(name).spawn(body)))
      if (reason !== 'normal') throw reason instanceof Error ? reason : new Error(describeReason(reason))
    },
  }
}
