/**
 * The secrets of a node: one for all others, and for some of them one of their own (erlang:set_cookie/2).
 *
 * Both sides of a connection use the same one: what this node has for the peer must be what the peer has for it. A change
 * counts for the next connection; those that stand have proven the one of their time.
 */
import { distributionError } from '../errors.ts'

export const leastCookieLength = 16

export class Cookies {
  #own: string
  readonly #byPeer = new Map<string, string>()

  /** Checked already. */
  constructor(own: string) {
    this.#own = own
  }

  of(peer: string): string {
    return this.#byPeer.get(peer) ?? this.#own
  }

  get own(): string {
    return this.#own
  }

  /** @throws as {@link checkCookie} */
  setOwn(cookie: string): void {
    this.#own = checkCookie(cookie)
  }

  /** Null: the peer has the one for all again. @throws as {@link checkCookie} */
  set(peer: string, cookie: string | null): void {
    if (cookie === null) this.#byPeer.delete(peer)
    else this.#byPeer.set(peer, checkCookie(cookie))
  }
}

/** @throws `distribution.no_cookie`, `distribution.weak_cookie`, `distribution.bad_option` */
export function checkCookie(cookie: unknown): string {
  if (cookie === undefined || cookie === null || cookie === '')
    throw distributionError('distribution.no_cookie', { min: leastCookieLength })
  // The value is not repeated: errors end up in logs.
  if (typeof cookie !== 'string')
    throw distributionError('distribution.bad_option', { option: 'cookie', wanted: 'a string', value: typeof cookie })
  if (cookie.length < leastCookieLength)
    throw distributionError('distribution.weak_cookie', { length: cookie.length, min: leastCookieLength })
  return cookie
}
