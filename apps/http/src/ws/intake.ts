/**
 * What a browser said and its session has not dealt with. Beyond a limit the browser is not listened to until half of that is done: what it goes on saying
 * waits at its own end.
 *
 *     socket ── add ──► intake ──► session
 *            ◄─ pause, resume ──   ◄── took, in the same order
 */
export interface IntakeLimits {
  readonly messages: number
  readonly bytes: number
}

/** What comes in one piece with the message that goes beyond it is taken in as well: at most 64 KiB. */
export const intakeLimits: IntakeLimits = { messages: 100, bytes: 256 * 1024 }

export class Intake {
  readonly #socket: { pause(): void; resume(): void }
  readonly #limits: IntakeLimits
  readonly #waiting: number[] = []
  #bytes = 0
  #isPaused = false

  constructor(socket: { pause(): void; resume(): void }, limits: IntakeLimits = intakeLimits) {
    this.#socket = socket
    this.#limits = limits
  }

  add(bytes: number): void {
    this.#waiting.push(bytes)
    this.#bytes += bytes
    if (this.#isPaused || !this.#isBeyond(1)) return
    this.#isPaused = true
    this.#socket.pause()
  }

  took(): void {
    this.#bytes -= this.#waiting.shift() ?? 0
    if (!this.#isPaused || this.#isBeyond(0.5)) return
    this.#isPaused = false
    this.#socket.resume()
  }

  #isBeyond(part: number): boolean {
    const { messages, bytes } = this.#limits
    return this.#waiting.length > messages * part || this.#bytes > bytes * part
  }
}
