/**
 * What a test has of a simulated cluster.
 */
import type { VirtualRuntime } from '../virtual-runtime-interface.ts'
import type { SimulatedNode } from './cluster-options.ts'
import type { TraceEvent } from './trace.ts'

export interface SimulatedCluster {
  readonly runtime: VirtualRuntime
  /** Every frame that arrived and all that happened to nodes, in order. Empty with `trace: false`. */
  readonly trace: readonly TraceEvent[]
  /** The short names of all nodes, up or not. */
  readonly names: readonly string[]
  /** The nodes that are up, in the order of `names`. */
  readonly up: readonly SimulatedNode[]
  /** The node of that name as it lives now. @throws `testing.no_such_node`, `testing.node_is_down` */
  node(name: string): SimulatedNode
  /** Lets `ms` of virtual time pass. */
  run(ms: number): Promise<void>
  /** Goes from timer to timer until `promise` settles, and gives what it gives. @throws `testing.hang` after `hangAfterMs` */
  until<T>(promise: PromiseLike<T>): Promise<T>
  /** Nothing gets from one to the other any more, either way. What is on its way waits, as with TCP; neither is told. */
  cut(one: string, other: string): void
  /** Nothing gets from `from` to `to`; the other way is free. */
  cutOneWay(from: string, to: string): void
  /** Cuts every node of a group off from those of the other groups. Nodes in no group are reached by all. @throws `testing.bad_option` */
  partition(...groups: readonly (readonly string[])[]): void
  /** Undoes cuts: all, those of one node, or those between two. What waited goes on within `resumeMs`. */
  heal(one?: string, other?: string): void
  /** Resets the connections that the two have with each other; they may connect again at once. */
  drop(one: string, other: string): void
  /** What is on its way between the two, and what is sent on their connections meanwhile, comes `ms` late. @throws `testing.bad_time` */
  stall(one: string, other: string, ms: number): void
  /**
   * Its thread is held for `ms` of virtual time, as by a long computation: nothing of the node runs, while its kernel accepts and
   * acknowledges, and its post tells the others. Called again, the longer counts. @throws `testing.bad_time`
   */
  hold(name: string, ms: number): void
  /** Everything of the node is gone at once. `reset` (default): its kernel closes what it had open. `silence`: power cut. */
  crash(name: string, how?: 'reset' | 'silence'): void
  /** Starts a node of that name in a new life; if it is up, it crashes first. */
  restart(name: string): Promise<SimulatedNode>
  /**
   * Starts a node of `later`, or one that was stopped. Should that fail, what there was of it has crashed.
   *
   * @throws `testing.node_is_up`, `testing.life_ended`
   */
  start(name: string): Promise<SimulatedNode>
  /** Stops one node, or all: distribution first, as in production. @throws `testing.life_ended` */
  stop(name?: string): Promise<void>
}
