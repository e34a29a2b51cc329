/**
 * What a simulated cluster is made of.
 */
import type { Node, NodeOptions } from '@agner/core'
import type { Distribution, DistributionOptions } from '@agner/distribution'
import type { CollectedReports } from '../collect-reports.ts'
import type { VirtualRuntime } from '../virtual-runtime-interface.ts'
import type { NetworkConditions } from './conditions.ts'

export interface SimulatedClusterOptions {
  /** Makes schedule, network and incarnations random, and repeatable. Default 1; not beside `runtime`. */
  readonly seed?: number
  /** A runtime that was made already, as {@link eachSeed} does; its seed is the cluster's. */
  readonly runtime?: VirtualRuntime
  /** The short names of the nodes that are started, or how many: 8 are `a` to `h`, over 26 are `n1`, `n2`, …. */
  readonly nodes: number | readonly string[]
  /** Names that the others know, for nodes that are started later, by `cluster.start`. */
  readonly later?: readonly string[]
  /**
   * `each`: every node has a machine of its own, and knows where the others listen (the default). `one`: all are on one
   * machine, and find each other by its port mapper, which is a node like any other: when it is cut off, so are names.
   */
  readonly machines?: 'each' | 'one'
  readonly network?: NetworkConditions
  /** For every node. What has to do with addresses is the cluster's own. */
  readonly distribution?: Partial<Omit<DistributionOptions, 'network' | 'listen' | 'portMapper' | 'hosts'>>
  /** For every node: its modules, its limits. */
  readonly node?: Omit<NodeOptions, 'name' | 'runtime' | 'report'>
  /** What a node runs. Called at every start and restart, once the node has its distribution; awaited, in virtual time. */
  readonly setup?: (node: SimulatedNode) => unknown
  /** The virtual time after which `until`, and what starts and stops nodes, say `testing.hang`. Default one hour; Infinity: never. */
  readonly hangAfterMs?: number
  /** Whether to keep a trace: it grows with every frame. Default true. */
  readonly trace?: boolean
}

/** One life of a node of a simulated cluster. */
export interface SimulatedNode {
  /** Short: `a`. */
  readonly name: string
  /** The node, whose own name is `a@cluster`. */
  readonly node: Node
  readonly distribution: Distribution
  /** What it reported in this life. */
  readonly reports: CollectedReports
  /** Counts from 1. */
  readonly life: number
  /** False once it has crashed or was stopped. */
  readonly isUp: boolean
}
