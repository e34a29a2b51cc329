/**
 * What the users of a chaos run did and saw, as the checker takes it. Times are milliseconds of one monotonic clock.
 */

export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

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

/** What came to one user over sockets, in the order in which it came. It asked for everything from the beginning of its room. */
export interface Reader {
  readonly name: string
  readonly room: string
  readonly messages: readonly Message[]
}

/** One page of history that was answered: when it was asked for, before which whatever was acknowledged has to be in it, until it was there. */
export interface Read extends Stretch {
  readonly room: string
  readonly after: number
  readonly limit: number
  readonly messages: readonly Message[]
  /** The answer said that it is from a copy, since nobody can be asked who knows the newest: it may end too early, and is right as far as it goes. */
  readonly ofCopy: boolean
}

export interface History {
  readonly attempts: readonly Attempt[]
  /** What each room holds in the end: read when nobody wrote any more, and the listeners still listened. */
  readonly rooms: ReadonlyMap<string, readonly Message[]>
  readonly readers: readonly Reader[]
  readonly reads: readonly Read[]
  /** When a page may be of a copy; at any other time there was somebody to be asked. */
  readonly copiesMayAnswer: readonly Stretch[]
  /** What each node that has a copy had on its disk after its end; null when that cannot be read. */
  readonly copies: ReadonlyMap<string, readonly Message[] | null>
}

export function isSame(one: Message, other: Message): boolean {
  return (
    one.id === other.id &&
    one.text === other.text &&
    one.user === other.user &&
    one.room === other.room &&
    one.at === other.at
  )
}

export function overlap(one: Stretch, other: Stretch): boolean {
  return one.fromMs < other.toMs && other.fromMs < one.toMs
}

export function some(ids: readonly number[]): string {
  return `${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}`
}
