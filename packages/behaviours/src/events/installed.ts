/**
 * A handler as its manager has it: the one thing of it that changes is its state.
 */
import type { AnyPid } from '@agner/core'
import type { AnyHandlerContext, HandlerTables } from './callbacks.ts'
import type { HandlerId } from './handler-protocol.ts'

export class Installed {
  readonly id: HandlerId
  /** Another version's after a change of code. */
  tables: HandlerTables
  readonly owner: AnyPid | null
  readonly context: AnyHandlerContext
  state: unknown

  constructor(context: AnyHandlerContext, tables: HandlerTables, owner: AnyPid | null, state: unknown) {
    this.id = context.handler
    this.context = context
    this.tables = tables
    this.owner = owner
    this.state = state
  }
}
