/**
 * Frames to neighbours, in order, each over the connection that stands; none is ever made here.
 *
 * A connection that is busy makes frames wait in this node, and never its relay: the others go on. What may wait is bounded by the windows of the
 * circuits, and of answers by the requests that may be without one.
 * With the connection what waits for it is gone: those who are concerned are told by whoever notices that.
 */
import type { Process } from '@agner/core'
import { sendOwn } from '@agner/core/kernel'
import { relayName, type Frame } from './frames.ts'
import { own } from './reading.ts'

export class Post {
  readonly #self: Process<unknown>
  readonly #retryMs: number
  readonly #waiting = new Map<string, Frame[]>()
  #isTimed = false

  constructor(self: Process<unknown>, retryMs: number) {
    this.#self = self
    this.#retryMs = retryMs
  }

  send(node: string, frame: Frame): void {
    if (node === this.#self.node.name) return sendOwn(this.#self, this.#self.pid, frame)
    const waiting = this.#waiting.get(node)
    if (waiting !== undefined) waiting.push(frame)
    else if (!this.#try(node, frame)) this.#wait(node, [frame])
  }

  /** Frames that wait for a busy connection now. */
  get waiting(): number {
    let count = 0
    for (const frames of this.#waiting.values()) count += frames.length
    return count
  }

  forget(node: string): void {
    this.#waiting.delete(node)
  }

  /** Its time has come: tries again. */
  retry(): void {
    this.#isTimed = false
    for (const [node, frames] of [...this.#waiting]) {
      let gone = 0
      while (gone < frames.length && this.#try(node, frames[gone]!)) gone++
      this.#waiting.delete(node)
      if (gone < frames.length) this.#wait(node, frames.slice(gone))
    }
  }

  #wait(node: string, frames: Frame[]): void {
    this.#waiting.set(node, frames)
    if (this.#isTimed) return
    this.#isTimed = true
    this.#self.sendAfter(this.#retryMs, this.#self.pid as never, { own, type: 'retry' } as never)
  }

  /** False: later. A frame to a node that is not connected any more is gone, as those that were under way; the monitor tells. */
  #try(node: string, frame: Frame): boolean {
    const to = { name: relayName, node }
    return this.#self.trySend(to, frame as never, { connect: false }) !== 'nosuspend'
  }
}
