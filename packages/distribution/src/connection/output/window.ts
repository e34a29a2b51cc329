/**
 * How many bytes of large messages may be under way: pure.
 *
 * A network buffers megabytes, and whatever small comes after them waits until they are through. So only so much is given to it
 * that it is through in a few milliseconds: the receiver says how much it has taken, and from how long that took the window follows (as
 * TCP Vegas has it). It grows while what is sent comes through as fast as it ever did, and shrinks when it begins to queue.
 */

const firstBytes = 256 * 1024
const leastBytes = 128 * 1024
const mostBytes = 64 * 1024 * 1024
const stepBytes = 128 * 1024
/** So much later than ever before is no sign of a queue. */
const promptMs = 1
/** So much later is one. */
const lateMs = 2.5

interface Mark {
  readonly total: number
  readonly atMs: number
}

export class Window {
  bytes: number = firstBytes
  #sent = 0
  #taken = 0
  #marks: Mark[] = []
  #leastMs = Infinity
  /** What is under way when it shrinks has been sent by the old measure. */
  #judgedFrom = 0
  #hasQueued = false

  get isOpen(): boolean {
    return this.#sent - this.#taken < this.bytes
  }

  /** @param total all that was ever sent. */
  sent(total: number, nowMs: number): void {
    this.#sent = total
    this.#marks.push({ total, atMs: nowMs })
  }

  /** The receiver has taken `total` bytes by now. @returns false when that cannot be. */
  credited(total: number, nowMs: number): boolean {
    if (total < this.#taken || total > this.#sent) return false
    const more = total - this.#taken
    this.#taken = total
    const next = this.#marks.findIndex((mark) => mark.total > total)
    const taken = this.#marks.splice(0, next < 0 ? this.#marks.length : next).at(-1)
    if (taken !== undefined) this.#judge(nowMs - taken.atMs, total, more)
    return true
  }

  #judge(tookMs: number, total: number, more: number): void {
    this.#leastMs = Math.min(this.#leastMs, tookMs)
    if (total < this.#judgedFrom) return
    const queuedMs = tookMs - this.#leastMs
    if (queuedMs < promptMs) {
      // Twice as much each time round until there was a queue, then a step more.
      const grown = this.#hasQueued ? (stepBytes * more) / this.bytes : more
      this.bytes = Math.min(mostBytes, this.bytes + grown)
    }
    if (queuedMs > lateMs) {
      this.#hasQueued = true
      this.bytes = Math.max(leastBytes, this.bytes * 0.75)
      this.#judgedFrom = this.#sent
      // The way may have become longer.
      this.#leastMs += queuedMs / 16
    }
  }
}
