/**
 * Which logging a node has. There is no global one: two nodes of one OS process log apart.
 */
import type { Node } from '@agner/core'
import { behavioursError } from '../errors.ts'
import { Logging, type LoggingOptions } from './logging.ts'

const loggings = new WeakMap<Node, Logging>()

/**
 * Makes the logging of a node that is yet to come.
 *
 *     const logging = createLogging({ level: 'info' })
 *     const node = createNode({ report: logging.report })
 *     logging.attach(node)
 *
 * @throws `logger.bad_option`
 */
export function createLogging(options: LoggingOptions = {}): Logging {
  return new Logging(bind, options)
}

/** The logging of a node: what was attached to it, or one with the usual settings, made now. */
export function loggingOf(node: Node): Logging {
  return loggings.get(node) ?? createLogging().attach(node)
}

function bind(node: Node, logging: Logging): void {
  if (loggings.has(node)) throw behavioursError('logger.attached', { node: node.name })
  loggings.set(node, logging)
}
