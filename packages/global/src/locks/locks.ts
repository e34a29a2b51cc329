/**
 * Setting and taking back locks: global:set_lock/3, del_lock/2 and trans/4.
 *
 *     the smallest node ── set ──► yes ──► all others at once ── set ──► yes: it is set
 *                            no: a pause           a no, or silence: all that were asked take it back; a pause; again
 *
 * Nobody waits with a part of the locks in hand, so no order of nodes makes a deadlock. The smallest node comes first: of those that want
 * the same nodes, all but one turn back there, and the others are not asked. A node that cannot be reached is left out, so the two sides of a
 * partition may both have a lock.
 */
import type { AnyPid, AnyProcess, Node } from '@agner/core'
import { AgnerError } from '@agner/core'
import { globalError } from '../errors.ts'
import { reportEnd } from '../keeper-end.ts'
import { isKey, lockKeeperBody, lockKeeperName, type LockQuestion, type LockState } from './lock-keeper.ts'
import { aborted, type LockId, type LockOptions } from './lock-id.ts'
import { LockTable } from './lock-table.ts'

export interface LocksOptions {
  readonly scope: string
  readonly limits: LockState['limits']
  /** Those that share the locks, this node among them; empty once it shares none. */
  readonly members: () => readonly string[]
}

/** The longest pause after the first refusal; twice as long after each, up to the longest of all. */
const firstPauseMs = 4
const longestPauseMs = 1000

export class Locks {
  readonly #node: Node
  readonly #scope: string
  readonly #name: string
  readonly #members: () => readonly string[]
  readonly #keeper: AnyPid
  readonly #state: LockState

  constructor(node: Node, { scope, limits, members }: LocksOptions) {
    this.#node = node
    this.#scope = scope
    this.#name = lockKeeperName(scope)
    this.#members = members
    this.#state = { table: new LockTable(), limits, counts: { refusedLocks: 0, rubbish: 0 } }
    this.#keeper = node.spawn(lockKeeperBody(this.#state), { name: this.#name })
    void reportEnd(node, this.#keeper, `locks of ${scope}`)
  }

  /**
   * Sets a lock on all members, as this node sees them, or on `nodes`. True once it is set; false after `retries`. A member that does not answer for five seconds counts as one that refused.
   *
   * Rejects with `global.bad_lock`, `global.too_many_locks`; `global.not_running` where this node keeps no locks any more.
   */
  async setLock(self: AnyProcess, id: LockId, { nodes, retries = Infinity }: LockOptions = {}): Promise<boolean> {
    const wanted = check(id, nodes, retries)
    for (let refusals = 0; ; refusals++) {
      if (!this.#node.isAlive(this.#keeper)) throw this.#notRunning()
      if (await this.#try(self, wanted, nodes ?? this.#everywhere())) return true
      if (refusals >= retries) return false
      const longestMs = Math.min(longestPauseMs, firstPauseMs * 2 ** refusals)
      await self.sleep(this.#node.runtime.random() * longestMs)
    }
  }

  /** Takes one count back; nothing where this process has none. */
  delLock(self: AnyProcess, id: LockId, { nodes }: Pick<LockOptions, 'nodes'> = {}): void {
    this.#takeBack(self, check(id, nodes, 0), nodes ?? this.#members())
  }

  /** Runs `work` under a lock, which is taken back whatever comes of it: its error is the rejection. */
  async trans<T>(
    self: AnyProcess,
    id: LockId,
    work: () => T | Promise<T>,
    options: LockOptions = {},
  ): Promise<T | typeof aborted> {
    // Where it was set, there it is taken back, whoever comes or goes meanwhile.
    const nodes = options.nodes ?? this.#everywhere()
    if (!(await this.setLock(self, id, { ...options, nodes }))) return aborted
    try {
      return await self.wait(Promise.resolve(work()))
    } finally {
      this.delLock(self, id, { nodes })
    }
  }

  stats(): { readonly locks: number; readonly refusedLocks: number; readonly rubbish: number } {
    return { locks: this.#state.table.size, ...this.#state.counts }
  }

  stop(): void {
    this.#node.sendExit(this.#keeper, 'shutdown')
  }

  /** Never nobody: a lock that is set nowhere is everybody's. */
  #everywhere(): readonly string[] {
    const members = this.#members()
    if (members.length === 0) throw this.#notRunning()
    return members
  }

  #notRunning(): AgnerError {
    return globalError('global.not_running', { scope: this.#scope, node: this.#node.name })
  }

  async #try(self: AnyProcess, id: LockId, nodes: readonly string[]): Promise<boolean> {
    const [first, ...others] = [...new Set(nodes)].sort()
    if (first === undefined) return true
    const asked = [first]
    try {
      const answer = await this.#set(self, id, first)
      if (answer === 'taken') return false
      if (answer === 'set') {
        asked.push(...others)
        const answers = await Promise.all(others.map((node) => this.#set(self, id, node)))
        if (answers.every((each) => each === 'set')) return true
      }
    } catch (error) {
      this.#takeBack(self, id, asked)
      throw error
    }
    this.#takeBack(self, id, asked)
    return false
  }

  /**
   * Set, too, for a node that cannot be asked: it is left out. One that is there and says nothing in time may have set it, or will: what takes that back comes after
   * the question.
   */
  async #set(self: AnyProcess, { resource, requester }: LockId, node: string): Promise<'set' | 'taken' | 'silent'> {
    const question: LockQuestion = { lock: 'set', resource, requester, holder: self.pid }
    try {
      return (await self.request({ name: this.#name, node }, question)) === true ? 'set' : 'taken'
    } catch (error) {
      const code = error instanceof AgnerError ? error.code : ''
      // Others are left out; if this node were, too, a lock would be nowhere, and everybody's.
      if (isAway.has(code) && node === this.#node.name) throw this.#notRunning()
      if (isAway.has(code)) return 'set'
      if (code === 'call.timeout') return 'silent'
      throw error
    }
  }

  #takeBack(self: AnyProcess, { resource, requester }: LockId, nodes: readonly string[]): void {
    const told: LockQuestion = { lock: 'take', resource, requester, holder: self.pid }
    for (const node of new Set(nodes)) self.send({ name: this.#name, node }, told as never)
  }
}

/** It is not there, or keeps no locks. */
const isAway: ReadonlySet<string> = new Set(['call.no_connection', 'call.no_process', 'call.exited'])

function check(id: LockId, nodes: LockOptions['nodes'], retries: number): LockId {
  const { resource, requester } = id ?? {}
  const areSound = nodes === undefined || (Array.isArray(nodes) && nodes.every((node) => typeof node === 'string'))
  if (isKey(resource) && isKey(requester) && areSound && typeof retries === 'number' && retries >= 0) return id
  throw globalError('global.bad_lock', {
    value: `resource: ${typeof resource}, requester: ${typeof requester}, retries: ${retries}`,
  })
}
