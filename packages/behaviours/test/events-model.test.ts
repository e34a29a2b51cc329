/**
 * Event managers under random programs, against the small model that they are said to be: a list, the newest first.
 * `AGNER_SEEDS=10000` tries that many, `AGNER_SEED=n` replays one.
 */
import { createNode, type Node, type Pid, type Process } from '@agner/core'
import { eachSeed, type VirtualRuntime } from '@agner/testing'
import { expect, it } from 'vitest'
import {
  addHandler,
  addSupHandler,
  callHandler,
  defineEventManager,
  deleteHandler,
  notify,
  startEventManager,
  stopServer,
  swapHandler,
  whichHandlers,
  type GenEventExit,
} from '../src/index.ts'
import { defineKeeper, door, keeper, type KeeperArg } from './events-world.ts'

const tags = ['a', 'b', 'c']
const doors = ['front', 'back', 'cellar', 'attic']

interface Entry {
  readonly tag: string
  readonly arg: KeeperArg
  readonly owner: Owner | null
  readonly seen: string[]
}

interface Owner {
  readonly pid: Pid<OwnerMessage>
  /** What the model says that it was told, and what it was. */
  readonly expected: string[]
  readonly told: string[]
}

type OwnerMessage = GenEventExit | { readonly type: 'own'; readonly tag: string; readonly arg: KeeperArg }

/** What a handler does and the model says it does. */
class Model {
  list: Entry[] = []

  add(tag: string, arg: KeeperArg, owner: Owner | null): void {
    this.list.unshift({ tag, arg, owner, seen: [] })
  }

  find(tag: string): Entry | undefined {
    return this.list.find((entry) => entry.tag === tag)
  }

  remove(entry: Entry, reason: string): void {
    this.list = this.list.filter((each) => each !== entry)
    entry.owner?.expected.push(`${entry.tag} ${reason}`)
  }

  opened(name: string): void {
    for (const entry of this.list) {
      if (entry.arg.crashAt === name) this.remove(entry, 'crash')
      else if (entry.arg.leaveAt === name) this.remove(entry, 'normal')
      else entry.seen.push(name)
    }
  }

  ownerEnds(owner: Owner): void {
    this.list = this.list.filter((entry) => entry.owner !== owner)
  }
}

function wordFor({ reason }: GenEventExit): string {
  if (typeof reason === 'string') return reason
  return typeof reason === 'object' && reason !== null && 'swapped' in reason ? 'swapped' : 'crash'
}

class Play {
  readonly #runtime: VirtualRuntime
  readonly #node: Node
  readonly #keeper = defineKeeper({ log: [] } as never)
  readonly #model = new Model()
  #owners: Owner[] = []
  #names = 0

  constructor(runtime: VirtualRuntime) {
    this.#runtime = runtime
    this.#node = createNode({ runtime, report: () => {} })
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#runtime.random() * from.length)]!
  }

  #arg(): KeeperArg {
    const [crashAt, leaveAt, waitAt] = [this.#pick(doors), this.#pick(doors), this.#pick(doors)]
    const chance = () => this.#runtime.random() < 0.4
    return {
      name: `n${++this.#names}`,
      ...(chance() && { crashAt }),
      ...(chance() && { leaveAt }),
      ...(chance() && { waitAt }),
    }
  }

  #spawnOwner(): Owner {
    const told: string[] = []
    const pid = this.#node.spawn(async (self: Process<OwnerMessage>) => {
      for (;;) {
        const message = await self.receive()
        if (message.type === 'own') await addSupHandler(self, door, this.#keeper.as(message.tag), message.arg)
        else told.push(`${(message.handler as { id: string }).id} ${wordFor(message)}`)
      }
    })
    const owner = { pid, told, expected: [] }
    this.#owners.push(owner)
    return owner
  }

  async step(): Promise<void> {
    const node = this.#node
    const model = this.#model
    const tag = this.#pick(tags)
    const entry = model.find(tag)
    const kind = Math.floor(this.#runtime.random() * 9)
    if (kind === 0) {
      const arg = this.#arg()
      await addHandler(node, door, this.#keeper.as(tag), arg)
      model.add(tag, arg, null)
    } else if (kind <= 2) {
      const arg = this.#arg()
      const owner = this.#owners.length < 2 ? this.#spawnOwner() : this.#pick(this.#owners)
      node.send(owner.pid, { type: 'own', tag, arg } as never)
      await this.#later()
      model.add(tag, arg, owner)
    } else if (kind <= 4) {
      // Two in a row, and nobody waits for the first.
      for (const name of [this.#pick(doors), this.#pick(doors)]) {
        notify(node, door, { type: 'opened', door: name })
        model.opened(name)
      }
    } else if (kind === 5) {
      const left = await deleteHandler(node, door, keeper.as(tag)).catch(() => 'none')
      expect(left).toBe(entry === undefined ? 'none' : `${entry.arg.name}'s keys`)
      if (entry !== undefined) model.remove(entry, 'normal')
    } else if (kind === 6) {
      const [arg, to] = [this.#arg(), this.#pick(tags)]
      await swapHandler(node, door, { from: keeper.as(tag), to: this.#keeper.as(to), arg })
      if (entry !== undefined) model.remove(entry, 'swapped')
      model.add(to, arg, entry?.owner ?? null)
    } else if (kind === 7) {
      const answer = await callHandler(node, door, keeper.as(tag), 'crash').catch(
        (error: { code: string }) => error.code,
      )
      expect(answer).toBe(entry === undefined ? 'events.no_handler' : 'events.handler_failed')
      if (entry !== undefined) model.remove(entry, 'crash')
    } else if (this.#owners.length > 0) {
      const owner = this.#pick(this.#owners)
      this.#owners = this.#owners.filter((each) => each !== owner)
      node.sendExit(owner.pid, 'kill')
      await node.exited(owner.pid)
      await this.#later()
      model.ownerEnds(owner)
    }
  }

  /** What was sent has come, and what was to be waited for is over. */
  async #later(): Promise<void> {
    await this.#node.exited(this.#node.spawn((self: Process<never>) => self.sleep(10_000)))
  }

  async play(steps: number): Promise<void> {
    const node = this.#node
    await startEventManager(node, defineEventManager(door), { name: door.module })
    for (let n = 0; n < steps; n++) {
      await this.step()
      const ids = await whichHandlers(node, door, { timeoutMs: Infinity })
      expect(ids.map((id) => (id as { id: string }).id)).toEqual(this.#model.list.map(({ tag }) => tag))
    }
    for (const tag of tags) {
      const seen = this.#model.find(tag)?.seen
      if (seen !== undefined) expect(await callHandler(node, door, keeper.as(tag), 'seen')).toEqual(seen)
    }
    for (const { owner, tag } of this.#model.list) owner?.expected.push(`${tag} shutdown`)
    await stopServer(node, door)
    await this.#later()
    for (const { pid, told, expected } of this.#owners) {
      expect(told).toEqual(expected)
      expect(node.isAlive(pid)).toBe(true)
    }
    await node.stop()
  }
}

it('a manager does what a list would do, whatever its handlers and their owners do', async () => {
  await eachSeed({ seeds: 300 }, async (runtime) => {
    await runtime.runUntil(new Play(runtime).play(25))
  })
}, 60_000)
