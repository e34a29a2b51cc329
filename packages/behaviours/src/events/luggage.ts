/**
 * Handlers on their way to a manager.
 *
 * They are functions, and functions are not sent. On the same node a handler waits with its argument at a counter, and its
 * ticket travels; a manager on another node finds it by name and version among the modules that are registered there.
 */
import type { Node } from '@agner/core'
import { ownArgument } from '../gen/argument.ts'
import { LeftLuggage } from '../left-luggage.ts'
import type { AnyHandler } from './definition.ts'
import type { Installation } from './envelope.ts'

export interface PackedHandler {
  readonly handler: Pick<AnyHandler, 'module' | 'functions' | 'version'>
  readonly arg: unknown
}

export const luggage: LeftLuggage<PackedHandler> = new LeftLuggage()

/** Null if it is unknown on this node. */
export function fetchHandler(node: Node, { ticket, module, version, arg }: Installation): PackedHandler | null {
  if (ticket !== null) {
    const left = luggage.take(node, ticket)
    return left === undefined ? null : { handler: left.handler, arg: ownArgument(left.arg) }
  }
  const known = node.modules().filter((each) => each.module === module)
  const handler = known.find((each) => each.version === version) ?? known.at(-1)
  return handler === undefined ? null : { handler, arg }
}
