/**
 * The attributes that every node has: of its machine, of Node.js, and of itself. What the machine says comes through {@link Machine}, which a test may replace.
 */
import { arch, availableParallelism, freemem, loadavg, platform, release, totalmem } from 'node:os'
import type { Node } from '@agner/core'
import type { Distribution } from '@agner/distribution'
import type { AttributeValue } from './predicates.ts'

export interface Machine {
  readonly os: string
  readonly osRelease: string
  readonly architecture: string
  readonly cores: number
  readonly memoryBytes: number
  freeMemoryBytes(): number
  /** Over 1, 5 and 15 minutes. */
  loadAverages(): readonly number[]
}

export const thisMachine: Machine = {
  os: platform(),
  osRelease: release(),
  architecture: arch(),
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  freeMemoryBytes: freemem,
  loadAverages: loadavg,
}

/** A value, or what computes it when it is asked for. */
export type AttributeSource = AttributeValue | (() => AttributeValue | undefined | Promise<AttributeValue | undefined>)

export function builtIn(machine: Machine, node: Node, distribution: Distribution): Record<string, AttributeSource> {
  return {
    node: node.name,
    host: node.name.slice(node.name.indexOf('@') + 1),
    os: machine.os,
    osRelease: machine.osRelease,
    architecture: machine.architecture,
    cores: machine.cores,
    memoryBytes: machine.memoryBytes,
    freeMemoryBytes: () => machine.freeMemoryBytes(),
    load1: () => machine.loadAverages()[0],
    load5: () => machine.loadAverages()[1],
    load15: () => machine.loadAverages()[2],
    processes: () => node.processCount(),
    connections: () => distribution.stats().connections,
    lagMs: () => distribution.status().lagMs,
  }
}
