/**
 * How a process of a behaviour waits for its next message: with a limit, asleep, or asleep once it was idle for long.
 *
 *     message ─► handler ─► set(timeoutMs, hibernate) ─┬─ message in time ──► end      the limit is off
 *                                                      ├─ none ──► over       it is told
 *                                                      └─ system request ──► end, answer, again: the limit begins anew
 *
 * A limit of 0 stands behind what is in the mailbox by then, so a message that is there goes first and takes it away
 * (gen_server's timeout; sys:handle_system_msg hands it on). There is no such object in a process that waits plainly.
 */
import type { AnyProcess, Ref } from '@agner/core'
import { sleep, wake } from '@agner/core/kernel'

const limitType = '$agner/timeout'
const idleType = '$agner/idle'

interface OwnMessage {
  readonly type: typeof limitType | typeof idleType
  readonly round: number
}

export class Waiting {
  readonly #self: AnyProcess
  readonly #hibernateAfterMs: number
  #timeoutMs: number | null = null
  #hibernates = false
  /** Which wait it is: the end of an earlier one means nothing. */
  #round = 0
  #timer: Ref | null = null
  #idleTimer: Ref | null = null
  #busySinceMs = 0

  constructor(self: AnyProcess, hibernateAfterMs: number) {
    this.#self = self
    this.#hibernateAfterMs = hibernateAfterMs
    this.touch()
  }

  /** @throws `timer.bad_delay` */
  set(timeoutMs: number | null, hibernates: boolean): void {
    this.#timeoutMs = timeoutMs
    this.#hibernates = hibernates
    this.again()
  }

  /** Begins to wait in the same way once more. */
  again(): void {
    const self = this.#self
    const timeoutMs = this.#timeoutMs
    if (this.#hibernates) sleep(self)
    if (timeoutMs === null || timeoutMs === Infinity) return
    const message: OwnMessage = { type: limitType, round: ++this.#round }
    if (timeoutMs === 0) self.send(self.pid as never, message as never)
    else this.#timer = self.sendAfter(timeoutMs, self.pid as never, message as never)
  }

  /** Stops waiting; `forget` also how it waited. */
  end(forget: boolean): void {
    this.#round++
    if (this.#timer !== null) this.#self.cancelTimer(this.#timer, { info: false })
    this.#timer = null
    wake(this.#self)
    if (!forget) return
    this.#timeoutMs = null
    this.#hibernates = false
  }

  /** What a message of its own means; null for one of somebody else. */
  meet(message: unknown): 'over' | 'nothing' | null {
    if (!isOwn(message)) return null
    if (message.type === idleType) this.#idle()
    else if (message.round === this.#round) return 'over'
    return 'nothing'
  }

  /** Something was done: the time of idleness begins. */
  touch(): void {
    if (this.#hibernateAfterMs === Infinity) return
    this.#busySinceMs = this.#self.node.monotonicTimeMs()
    if (this.#idleTimer === null) this.#lookAfter(this.#hibernateAfterMs)
  }

  #idle(): void {
    this.#idleTimer = null
    const leftMs = this.#busySinceMs + this.#hibernateAfterMs - this.#self.node.monotonicTimeMs()
    if (leftMs > 0) this.#lookAfter(leftMs)
    else sleep(this.#self)
  }

  #lookAfter(ms: number): void {
    const message: OwnMessage = { type: idleType, round: 0 }
    this.#idleTimer = this.#self.sendAfter(ms, this.#self.pid as never, message as never)
  }
}

function isOwn(message: unknown): message is OwnMessage {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  return message.type === limitType || message.type === idleType
}
