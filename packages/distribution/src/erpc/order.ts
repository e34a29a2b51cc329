/** What a node is asked to run, as it travels: PROTOCOL.md, "Calls of functions". */
import { Pid, type AnyPid, type AnyProcess, type NameAddress, type Node } from '@agner/core'

/** The process of each node that runs functions for others. */
export const serviceName = '$agner/erpc'

/** As `type` of a cast. */
export const castType = '$agner/erpc'

export interface Order {
  readonly module: string
  readonly name: string
  readonly argument: unknown
  /** The group leader of who asks. */
  readonly leader: AnyPid | null
}

/** Functions of which only the name counts. */
export interface Named {
  readonly module: string
  readonly timeoutMs: number
}

/** Who asks: a process, or a node on behalf of code outside any process. */
export type Caller = AnyProcess | Node

export function order(from: Caller, { module }: Named, name: string, argument: unknown): Order {
  return { module, name, argument, leader: 'pid' in from ? from.groupLeader : null }
}

export function addressOn(node: string): NameAddress {
  return { name: serviceName, node }
}

/** Null for what is none: it may come from anywhere. */
export function readOrder(message: unknown): Order | null {
  if (typeof message !== 'object' || message === null) return null
  const { module, name, argument, leader } = message as Partial<Order>
  if (typeof module !== 'string' || typeof name !== 'string') return null
  return { module, name, argument, leader: leader instanceof Pid ? leader : null }
}
