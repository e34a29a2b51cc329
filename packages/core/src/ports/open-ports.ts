/**
 * The open ports of a node, for those who want to see them (erlang:ports/0).
 */
import type { Kernel } from '../kernel/kernel.ts'
import type { Node } from '../node-interface.ts'
import { kernelOf } from '../node.ts'
import type { AnyPort } from './port.ts'

const open = new WeakMap<Kernel, Set<AnyPort>>()

export function portsOf(node: Node): AnyPort[] {
  return [...(open.get(kernelOf(node)) ?? [])]
}

export function list(kernel: Kernel, port: AnyPort): void {
  const ports = open.get(kernel)
  if (ports === undefined) open.set(kernel, new Set([port]))
  else ports.add(port)
}

export function unlist(kernel: Kernel, port: AnyPort): void {
  open.get(kernel)?.delete(port)
}
