/**
 * Which members without lasting storage a node has had: none of them may run a second time under the same id, since it has forgotten what it promised, and
 * could vote twice or let go of what was acknowledged.
 *
 *     startMember ──► new id: it runs ──► its process ends ──► the same id is refused from then on; the next life has another
 *
 * Kept for each node object, which is one life of a node. A `MemoryStorage` that is handed over again, the same object, has forgotten nothing.
 */
import type { Node } from '@agner/core'
import { consensusError } from '../errors.ts'
import type { MemberId } from '../raft/interface.ts'
import { MemoryStorage } from '../storage/memory.ts'
import type { Storage } from '../storage/storage.ts'

/** Of members that have ended; the oldest is forgotten first. */
const remembered = 65_536

class Lives {
  readonly #running = new Set<string>()
  readonly #ended = new Set<string>()

  has(key: string): boolean {
    return this.#running.has(key) || this.#ended.has(key)
  }

  begin(key: string): void {
    this.#ended.delete(key)
    this.#running.add(key)
  }

  end(key: string): void {
    this.#running.delete(key)
    this.#ended.add(key)
    for (const oldest of this.#ended) {
      if (this.#ended.size <= remembered) return
      this.#ended.delete(oldest)
    }
  }
}

const livesOf = new WeakMap<Node, Lives>()
/** Which member it has the memory of. */
const memoryOf = new WeakMap<Storage, string>()

/** What a member with that storage would be, on a node. */
export class Life {
  readonly #lives: Lives
  readonly #group: string
  readonly #id: MemberId
  readonly #key: string
  /** Null: it lasts, whatever it is. */
  readonly #memory: Storage | null

  constructor(node: Node, group: string, id: MemberId, storage: Storage) {
    const lives = livesOf.get(node) ?? new Lives()
    livesOf.set(node, lives)
    this.#lives = lives
    this.#group = group
    this.#id = id
    this.#key = JSON.stringify([group, id])
    this.#memory = storage instanceof MemoryStorage ? storage : null
  }

  /** @throws `consensus.forgotten` */
  check(): void {
    if (this.#memory === null || memoryOf.get(this.#memory) === this.#key || !this.#lives.has(this.#key)) return
    throw consensusError('consensus.forgotten', { group: this.#group, id: this.#id })
  }

  /** It runs from now on, and may promise things. @throws `consensus.forgotten` */
  begin(): void {
    this.check()
    if (this.#memory === null) return
    memoryOf.set(this.#memory, this.#key)
    this.#lives.begin(this.#key)
  }

  /** Called before others hear of the end of its process. */
  end(): void {
    if (this.#memory !== null) this.#lives.end(this.#key)
  }
}
