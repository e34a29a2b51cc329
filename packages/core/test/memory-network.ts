/**
 * A network in memory for nodes of one runtime: signals go over as they are, one direction in order, directions as chance has it.
 *
 * It is what the kernel's seam asks of a router, and no more: nothing is serialised, and nodes are connected until cut apart.
 */
import type { VirtualRuntime } from '@agner/testing'
import type { Node } from '../src/index.ts'
import { attachRouter, type RemotePort, type RemoteSignal } from '../src/kernel.ts'

export interface MemoryNetwork {
  /** All that was carried: `from>to op`. */
  readonly trace: string[]
  /** Signals that a kernel refused to take. */
  readonly refused: RemoteSignal[]
  port(node: Node): RemotePort
  /** Loses what is on its way between the two, and tells both. */
  cut(one: Node, other: Node): void
  heal(one: Node, other: Node): void
}

interface Line {
  up: boolean
  /** Counts connections: what was sent over an earlier one is lost. */
  life: number
  freeAtMs: number
}

export function connect(runtime: VirtualRuntime, ...nodes: Node[]): MemoryNetwork {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const ports = new Map<string, RemotePort>()
  const lines = new Map<string, Line>()
  const trace: string[] = []
  const refused: RemoteSignal[] = []
  const line = (from: string, to: string): Line => {
    const key = `${from}>${to}`
    const known = lines.get(key) ?? { up: byName.has(to), life: 0, freeAtMs: 0 }
    lines.set(key, known)
    return known
  }
  const route = (from: Node, to: string, signal: RemoteSignal): void => {
    const port = ports.get(from.name)!
    const target = byName.get(to)
    const way = line(from.name, to)
    if (target === undefined || !way.up) return runtime.macrotask(() => port.bounce(signal, 'noconnection'))
    const address = 'to' in signal ? signal.to : null
    if (address !== null && 'incarnation' in address && address.incarnation !== target.incarnation)
      return runtime.macrotask(() => port.bounce(signal, 'noproc'))
    const { life } = way
    way.freeAtMs = Math.max(way.freeAtMs, runtime.nowMs() + Math.floor(runtime.random() * 3))
    const carry = () => {
      if (!way.up || way.life !== life) return
      trace.push(`${from.name}>${to} ${signal.op}`)
      if (!ports.get(to)!.deliver({ name: from.name, incarnation: from.incarnation }, signal)) refused.push(signal)
    }
    // Timers of one instant have no order of their own; a macrotask after them keeps that of the line.
    queue(way, () => runtime.setTimer(way.freeAtMs - runtime.nowMs(), () => next(way, carry)))
  }
  const waiting = new Map<Line, (() => void)[]>()
  const queue = (way: Line, start: () => void): void => {
    const list = waiting.get(way)
    if (list !== undefined) return void list.push(start)
    waiting.set(way, [])
    start()
  }
  const next = (way: Line, carry: () => void): void => {
    carry()
    const start = waiting.get(way)!.shift()
    if (start === undefined) waiting.delete(way)
    else {
      way.freeAtMs = Math.max(way.freeAtMs, runtime.nowMs())
      start()
    }
  }
  for (const node of nodes) ports.set(node.name, attachRouter(node, { route: (to, signal) => route(node, to, signal) }))
  const both = (one: Node, other: Node, act: (way: Line) => void): void => {
    act(line(one.name, other.name))
    act(line(other.name, one.name))
  }
  return {
    trace,
    refused,
    port: (node) => ports.get(node.name)!,
    cut: (one, other) => {
      both(one, other, (way) => {
        way.up = false
        way.life++
      })
      ports.get(one.name)!.peerLost(other.name)
      ports.get(other.name)!.peerLost(one.name)
    },
    heal: (one, other) => both(one, other, (way) => (way.up = true)),
  }
}
