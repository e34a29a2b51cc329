/**
 * Writes over HTTP: each message is sent again, with its key, until it is acknowledged or the run is over.
 */
import type { Acknowledged, Attempt, Message } from '../history.ts'
import { request } from './request.ts'
import { rest, type User, type UserSettings } from './user.ts'

export class Writer implements User {
  readonly attempts: Attempt[] = []
  readonly #settings: UserSettings

  constructor(settings: UserSettings) {
    this.#settings = settings
  }

  async run(signal: AbortSignal): Promise<void> {
    const { name, room, random } = this.#settings
    for (let count = 1; !signal.aborted; count++) {
      const key = `${name}-${count}`
      const message = { key, room, user: name, text: `${key} says hello` }
      let acknowledged: Acknowledged | null = null
      while (acknowledged === null && !signal.aborted) {
        acknowledged = await this.#post(message)
        if (acknowledged === null) await rest(50, 150, random, signal)
      }
      this.attempts.push({ ...message, acknowledged })
      await rest(5, 45, random, signal)
    }
  }

  async #post({ key, room, user, text }: Omit<Attempt, 'acknowledged'>): Promise<Acknowledged | null> {
    const { url, tally } = this.#settings
    const body = await request(tally, {
      kind: 'post',
      url: `${url}/api/rooms/${room}/messages`,
      status: 201,
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ user, text }),
      },
    })
    if (body === null) return null
    tally.acknowledged()
    return { message: body as Message, atMs: performance.now() }
  }
}
