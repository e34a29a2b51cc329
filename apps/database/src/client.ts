/**
 * The messages, as the other services ask for them: wherever they are served, while they move, and when they can only be read.
 *
 *     append ──► the application, wherever it runs    asked again while its fate is unknown, if it has a key, which makes that safe
 *     read ────► the application; when nobody serves, since no majority can be reached: a copy, and the answer says so
 *
 * Nothing here rejects, but for a question that is none: `call.bad_argument`. What is not known within the time is `unavailable`, or null.
 */
import { call, type Caller } from '@agner/behaviours'
import { AgnerError, type Node } from '@agner/core'
import { startApplicationClient, type ApplicationClient } from '@agner/release'
import { Copies } from './copies.ts'
import {
  database,
  type Appended,
  type DatabaseApi,
  type Message,
  type NewMessage,
  type RoomSummary,
} from './database.api.ts'
import { toPage, type Page } from './pages.ts'
import { replica, type NotHere } from './log/replica.api.ts'

/** What was read. */
export interface Found<T> {
  readonly found: T
  /** The node whose copy it is, since nothing can be stored at present: it may lack what was acknowledged last. Null: it is all there is. */
  readonly copyOf: string | null
}

/** A page that was read. */
export interface FoundPage extends Found<readonly Message[]> {
  /** There are more after these: go on from the last one. That there are fewer than asked for says nothing. */
  readonly more: boolean
}

type Query<Name extends 'history' | 'since'> = Omit<Parameters<DatabaseApi['calls'][Name]>[0], 'paged'>

export interface MessagesClientOptions {
  readonly node: Node
  /** The nodes that may serve the messages, and have copies. */
  readonly nodes: readonly string[]
}

const appendWithinMs = 3000
/** A server that says nothing for so long is asked no more: another may serve by then. */
const appendAttemptMs = 2000
/** Between two looks whether the messages can only be read: while nobody is known to serve, and while somebody is. */
const lookEveryMs = { unknown: 1000, known: 3000 }
/** Whoever refuses at once is not asked in a tight loop. */
const againAfterMs = 50

/** Starts what all processes of a node ask. */
export async function startMessagesClient({ node, nodes }: MessagesClientOptions): Promise<MessagesClient> {
  const application = await startApplicationClient(node, { application: 'database', nodes })
  return new MessagesClient(application, new Copies(node, nodes), node)
}

export class MessagesClient {
  readonly #application: ApplicationClient
  readonly #copies: Copies
  readonly #node: Node

  constructor(application: ApplicationClient, copies: Copies, node: Node) {
    this.#application = application
    this.#copies = copies
    this.#node = node
  }

  /** The node that serves, as far as it is known. */
  where(): string | null {
    return this.#application.where()
  }

  /** `unavailable` when it is not known whether it is stored: the same key makes it safe to ask again. */
  async append(from: Caller, message: NewMessage): Promise<Appended> {
    const { runtime } = this.#node
    const endMs = runtime.nowMs() + appendWithinMs
    let mayBeStored = false
    for (let leftMs = appendWithinMs; leftMs > 0; leftMs = endMs - runtime.nowMs()) {
      const answer = await this.#appendOnce(from, message, Math.min(leftMs, appendAttemptMs))
      if (answer !== 'nobodyAsked') {
        // Who says that nothing was stored speaks of this attempt alone.
        const isOfAll = !('error' in answer) || answer.error === 'keyReused' || !mayBeStored
        if (!('error' in answer) || answer.error !== 'unavailable') return isOfAll ? answer : { error: 'unavailable' }
        mayBeStored = true
        // Without a key, asking again might store it twice.
        if (message.key === null) return answer
      }
      await this.#pause()
    }
    return { error: 'unavailable' }
  }

  async #appendOnce(from: Caller, message: NewMessage, timeoutMs: number): Promise<Appended | 'nobodyAsked'> {
    if (await this.#copyToRead()) return { error: 'readOnly' }
    try {
      return await this.#application.call(from, database, 'append', message, { timeoutMs })
    } catch (error) {
      const isKnown = error instanceof AgnerError && error.code !== 'release.outcome_unknown'
      return isKnown ? 'nobodyAsked' : { error: 'unavailable' }
    }
  }

  /** Messages of one room, oldest first; null when nobody answers in time. */
  async history(from: Caller, page: Query<'history'>, withinMs: number): Promise<FoundPage | null> {
    const query = { ...page, paged: true } as const
    const served = (timeoutMs: number) =>
      this.#application.call(from, database, 'history', query, { timeoutMs, repeat: 'safe' })
    const copied = (node: string, timeoutMs: number) =>
      call(from, replica.at({ name: replica.module, node }), 'history', { ...query, atLeast: 0 }, { timeoutMs })
    return toFoundPage(await this.#read(from, withinMs, served, copied), page.limit)
  }

  /** Messages of all rooms, oldest first; null when nobody answers in time. */
  async since(from: Caller, page: Query<'since'>, withinMs: number): Promise<FoundPage | null> {
    const query = { ...page, paged: true } as const
    const served = (timeoutMs: number) =>
      this.#application.call(from, database, 'since', query, { timeoutMs, repeat: 'safe' })
    const copied = (node: string, timeoutMs: number) =>
      call(from, replica.at({ name: replica.module, node }), 'since', { ...query, atLeast: 0 }, { timeoutMs })
    return toFoundPage(await this.#read(from, withinMs, served, copied), page.limit)
  }

  /** Null when nobody answers in time. */
  rooms(from: Caller, withinMs: number): Promise<Found<readonly RoomSummary[]> | null> {
    const served = (timeoutMs: number) =>
      this.#application.call(from, database, 'rooms', undefined, { timeoutMs, repeat: 'safe' })
    const copied = (node: string, timeoutMs: number) =>
      call(from, replica.at({ name: replica.module, node }), 'rooms', { atLeast: 0 }, { timeoutMs })
    return this.#read(from, withinMs, served, copied)
  }

  async #read<T extends object>(
    from: Caller,
    withinMs: number,
    served: (timeoutMs: number) => Promise<T>,
    copied: (node: string, timeoutMs: number) => Promise<T | NotHere>,
  ): Promise<Found<T> | null> {
    const { runtime } = this.#node
    const endMs = runtime.nowMs() + withinMs
    for (let leftMs = withinMs; leftMs > 0; leftMs = endMs - runtime.nowMs()) {
      const timeoutMs = Math.min(leftMs, lookEveryMs[this.where() === null ? 'unknown' : 'known'])
      const copyOf = await this.#copyToRead()
      const found = await (copyOf === null ? served(timeoutMs) : copied(copyOf, timeoutMs)).catch(orNull)
      if (found !== null && !('error' in found)) return { found: found as T, copyOf }
      await this.#pause()
    }
    return null
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#node.runtime.setTimer(againAfterMs, resolve))
  }

  /** Looked for only while nobody is known to serve: as long as somebody does, this costs nothing. */
  #copyToRead(): Promise<string | null> {
    return this.#application.where() === null ? this.#copies.readable() : Promise.resolve(null)
  }
}

function toFoundPage(answered: Found<readonly Message[] | Page> | null, limit: number): FoundPage | null {
  if (answered === null) return null
  const { messages, more } = toPage(answered.found, limit)
  return { found: messages, more, copyOf: answered.copyOf }
}

/** What is wrong with a question stays wrong, whoever is asked. */
function orNull(error: unknown): null {
  if (error instanceof AgnerError && error.code === 'call.bad_argument') throw error
  return null
}
