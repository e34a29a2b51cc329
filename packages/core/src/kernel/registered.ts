/** The seam to the registry of modules, for what calls functions for other nodes. */
import type { Spawnable } from '../modules.ts'
import type { Node } from '../node-interface.ts'
import { kernelOf } from '../node.ts'

/** A function of the newest version of a module of this node. @throws `module.unknown`, `module.no_function` */
export function registeredFunction(node: Node, module: string, name: string): Spawnable {
  return kernelOf(node).modules.function(module, undefined, name)
}
