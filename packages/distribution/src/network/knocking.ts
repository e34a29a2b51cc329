/**
 * Accepted streams in the handshake: so many at once, whoever they are from.
 *
 * When all places are taken, a newcomer gets that of the oldest stream of the address that has most, unless his own has as many. So a flood
 * from one address costs that address its own places, and others get in. Ports do not count; who has many addresses has many places.
 */
import { withoutPort } from './remote.ts'

/** What it needs to know of a channel. */
export interface Knocker {
  /** `host:port`. */
  readonly remote: string
}

export class Knocking<C extends Knocker> {
  readonly #limit: number
  /** Of each address the oldest first. */
  readonly #byHost = new Map<string, Set<C>>()
  #size = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#size
  }

  /** @returns who has to go for it, and has no place any more: another, or the newcomer; null when there is room. */
  add(channel: C): C | null {
    const host = withoutPort(channel.remote)
    let own = this.#byHost.get(host)
    if (own === undefined) this.#byHost.set(host, (own = new Set()))
    own.add(channel)
    if (++this.#size <= this.#limit) return null
    let most = own
    for (const each of this.#byHost.values()) if (each.size > most.size) most = each
    const [oldest] = most
    const gone = most === own ? channel : (oldest as C)
    this.delete(gone)
    return gone
  }

  delete(channel: C): void {
    const host = withoutPort(channel.remote)
    const own = this.#byHost.get(host)
    if (own?.delete(channel) !== true) return
    this.#size--
    if (own.size === 0) this.#byHost.delete(host)
  }

  all(): C[] {
    return [...this.#byHost.values()].flatMap((each) => [...each])
  }
}
