/**
 * How keepers reach each other: by the pid of the member's keeper, so that what is meant for one life of a node never reaches another one.
 */
import type { AnyPid, AnyProcess } from '@agner/core'
import { immutable } from '@agner/core'
import type { NamesMessage } from './messages.ts'
import { keeperName, type ScopeState } from './scope-state.ts'

export class Post {
  readonly #self: AnyProcess
  readonly #state: ScopeState

  constructor(self: AnyProcess, state: ScopeState) {
    this.#self = self
    this.#state = state
  }

  /** To somebody who may not be a member yet. */
  knock(node: string, message: NamesMessage): void {
    this.#send({ name: keeperName(this.#state.scope), node }, message)
  }

  to(keeper: AnyPid, message: NamesMessage): void {
    this.#send(keeper, message)
  }

  tell(node: string, message: NamesMessage): void {
    const keeper = this.#state.members.keeperOf(node)
    if (keeper !== undefined) this.#send(keeper, message)
  }

  tellAll(message: NamesMessage): void {
    const { others } = this.#state.members
    if (others.length > 1) immutable(message as never)
    for (const node of others) this.tell(node, message)
  }

  /** Connects nobody: who is not connected is lost, and says hello when it comes back. Of a slow one the keeper waits until it has taken what it was sent. */
  #send(to: AnyPid | { readonly name: string; readonly node: string }, message: NamesMessage): void {
    this.#state.counts.sent++
    const sent = this.#self.trySend(to as never, message as never, { connect: false })
    if (sent === 'nosuspend') this.#self.send(to as never, message as never)
  }
}
