/** Somebody who posts every few milliseconds, whatever becomes of it, and knows what was acknowledged when. */
import { Poster } from '../chat/poster.ts'

export interface Acknowledged {
  readonly id: number
  readonly text: string
  readonly sentMs: number
  readonly atMs: number
}

const everyMs = 10
const underWayLimit = 500
const timeoutMs = 15_000

export class Writing {
  readonly room: string
  readonly acknowledged: Acknowledged[] = []
  failed = 0
  readonly #poster: Poster
  readonly #timer: NodeJS.Timeout
  readonly #underWay = new Set<Promise<void>>()
  #count = 0
  #told: (() => void)[] = []

  constructor(url: string, room: string) {
    this.room = room
    this.#poster = new Poster(url, underWayLimit, timeoutMs)
    this.#timer = setInterval(() => this.#next(), everyMs)
  }

  #next(): void {
    if (this.#underWay.size >= underWayLimit) return
    const posting = this.#post(`message ${++this.#count}`).finally(() => this.#underWay.delete(posting))
    this.#underWay.add(posting)
  }

  async #post(text: string): Promise<void> {
    const sentMs = performance.now()
    const { status, body } = await this.#poster.post(this.room, 'writer', text, `${this.room} ${text}`)
    if (status !== 201) {
      this.failed++
      return
    }
    this.acknowledged.push({ id: (JSON.parse(body) as { id: number }).id, text, sentMs, atMs: performance.now() })
    const told = this.#told
    this.#told = []
    for (const tell of told) tell()
  }

  /** When the first was acknowledged of those that were sent from then on. @throws when none is in time. */
  async firstSentAfter(sinceMs: number, withinMs: number): Promise<number> {
    const seen = this.acknowledged.length
    const deadline = AbortSignal.timeout(withinMs)
    for (;;) {
      const found = this.acknowledged.slice(seen).find(({ sentMs }) => sentMs >= sinceMs)
      if (found !== undefined) return found.atMs
      await new Promise<void>((resolve, reject) => {
        this.#told.push(resolve)
        deadline.addEventListener('abort', () => reject(new Error(`nothing was acknowledged for ${withinMs} ms`)))
      })
    }
  }

  /** No more is sent; what is under way is waited for. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#underWay)
    this.#poster.close()
  }
}
