/**
 * What the users of a chaos run did and saw, as the checker takes it. Times are milliseconds of one monotonic clock.
 */

/** A message as the API gives it to its users. */
export interface Message {
  readonly id: number
  readonly room: string
  readonly user: string
  readonly text: string
  readonly at: string
}

/** One message that a user wanted to be stored, however often it was sent. */
export interface Attempt {
  readonly key: string
  readonly room: string
  readonly user: string
  /** Says the key, so that no two are the same. */
  readonly text: string
  readonly acknowledged: Acknowledged | null
}

export interface Acknowledged {
  readonly message: Message
  readonly atMs: number
}

/** What came to one user over sockets, in the order in which it came. */
export interface Reader {
  readonly name: string
  readonly room: string
  readonly messages: readonly Message[]
}

/** One page of history that was answered. */
export interface Read {
  readonly room: string
  readonly after: number
  readonly limit: number
  /** When it was asked for: what was acknowledged before has to be in it. */
  readonly fromMs: number
  readonly ids: readonly number[]
  /** The answer said that it is from a copy, since nobody can be asked who knows the newest: it may end too early, and is right as far as it goes. */
  readonly ofCopy: boolean
}

export interface History {
  readonly attempts: readonly Attempt[]
  /** What each room holds in the end. */
  readonly rooms: ReadonlyMap<string, readonly Message[]>
  readonly readers: readonly Reader[]
  readonly reads: readonly Read[]
}
