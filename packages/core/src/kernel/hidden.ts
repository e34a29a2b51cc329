/** The seam for layers that need a process of their own on a node: one that no list shows, and that counts for nothing. */
import type { AnyPid } from '../identity/pid.ts'
import type { Spawnable } from '../modules.ts'
import type { Node } from '../node-interface.ts'
import { kernelOf } from '../node.ts'

/** @throws `node.stopped`, `name.taken`, `node.too_many_processes` */
export function spawnHidden(node: Node, code: Spawnable, name: string): AnyPid {
  return kernelOf(node).spawn(code, { name, visible: false }).pid
}
