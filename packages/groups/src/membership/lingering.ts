/**
 * Logs of groups that this node has left, or of generations that are over: they go on for a while, so that those who have not learned yet do, and so that
 * the votes are handed over to those who stay.
 */
import { nodeOfMember } from '@agner/consensus'
import type { Node } from '@agner/core'
import type { GroupLog } from './group-log.ts'
import type { Seat } from './own-group.ts'

interface Leaving extends Seat {
  readonly log: GroupLog
  readonly sinceMs: number
}

/** How many times as long a vote is kept that is not handed over: others may have nobody else who knows what was agreed on with it. */
const withVote = 6

export interface LingeringOptions {
  readonly lingerMs: number
  /** This node's member of that log is about to be no more. */
  readonly ending: (log: GroupLog) => void
}

export class Lingering {
  readonly #node: Node
  readonly #options: LingeringOptions
  readonly #leaving = new Map<string, Leaving>()
  readonly #ending = new Map<string, Promise<void>>()

  constructor(node: Node, options: LingeringOptions) {
    this.#node = node
    this.#options = options
  }

  add({ log, view }: Seat): void {
    if (log === null) return
    this.#leaving.set(log.name, { log, view, isChanging: false, sinceMs: this.#node.monotonicTimeMs() })
  }

  get(name: string): Seat | undefined {
    return this.#leaving.get(name)
  }

  seats(): Seat[] {
    return [...this.#leaving.values()]
  }

  /** The log of that name, which is in use again; null if it has ended, or is about to. */
  takeBack(name: string): GroupLog | null {
    const leaving = this.#leaving.get(name)
    if (leaving === undefined || leaving.log.isOver) return null
    this.#leaving.delete(name)
    return leaving.log
  }

  /** Resolves when an earlier member of that log has ended. */
  ended(name: string): Promise<void> {
    const leaving = this.#leaving.get(name)
    if (leaving !== undefined) this.end(leaving.log)
    return this.#ending.get(name) ?? Promise.resolve()
  }

  /** Those who take part in logs that still go on. */
  nodes(): string[] {
    return this.seats().flatMap(({ log }) => log?.status?.members.map(({ id }) => nodeOfMember(id)) ?? [])
  }

  end(log: GroupLog): void {
    this.#options.ending(log)
    this.#leaving.delete(log.name)
    const ending = log.stop().finally(() => {
      if (this.#ending.get(log.name) === ending) this.#ending.delete(log.name)
    })
    this.#ending.set(log.name, ending)
  }

  /** Its votes are handed over. */
  release(name: string): void {
    const leaving = this.#leaving.get(name)
    if (leaving !== undefined) this.end(leaving.log)
  }

  tend(): void {
    const nowMs = this.#node.monotonicTimeMs()
    for (const leaving of [...this.#leaving.values()])
      if (leaving.log.isOver || nowMs - leaving.sinceMs >= this.#keepsForMs(leaving)) this.end(leaving.log)
  }

  #keepsForMs({ log, view }: Leaving): number {
    const { lingerMs } = this.#options
    const votes = log.status?.members.some(({ id, role }) => id === log.memberId && role === 'voter') === true
    return votes && view?.isDeleted === false ? withVote * lingerMs : lingerMs
  }

  /** Resolves when all that were ever ended here have. */
  async stop(): Promise<void> {
    for (const { log } of [...this.#leaving.values()]) this.end(log)
    await Promise.all(this.#ending.values())
  }
}
