import { createNode, type AnyPid, type AnyProcess, type Process } from '@agner/core'
import { eachSeed } from '@agner/testing'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { aborted, type LockId } from '../src/index.ts'
import { LockTable } from '../src/locks/lock-table.ts'
import { NamesWorld } from './names/world.ts'

let world: NamesWorld | undefined
afterEach(() => world?.stop().finally(() => (world = undefined)))

const id = (requester: LockId['requester'], resource = 'door'): LockId => ({ resource, requester })

/** A process of a node that does as it is told, one thing after the other. */
class Actor {
  readonly pid: AnyPid
  readonly #of: NamesWorld
  readonly #waiting: ((self: AnyProcess) => Promise<void>)[] = []

  constructor(of: NamesWorld, name: string) {
    this.#of = of
    this.pid = of.node(name).spawn<{ type: 'go' }>(async (self: Process<{ type: 'go' }>) => {
      for (;;) {
        await self.receive()
        await this.#waiting.shift()!(self)
      }
    })
  }

  begin<T>(work: (self: AnyProcess) => T | Promise<T>): Promise<T> {
    const done = new Promise<T>((resolve, reject) => {
      this.#waiting.push(async (self) => {
        try {
          resolve(await work(self))
        } catch (error) {
          reject(error as Error)
        }
      })
    })
    this.#of.node(this.pid.node.slice(0, 1)).send(this.pid as never, { type: 'go' } as never)
    return done
  }

  do<T>(work: (self: AnyProcess) => T | Promise<T>): Promise<T> {
    return this.#of.cluster.until(this.begin(work))
  }
}

const actor = (of: NamesWorld, name: string): Actor => new Actor(of, name)

describe('a table of locks', () => {
  it('has one requester for each resource, and counts', () => {
    const node = createNode()
    const pids = [node.spawn(async () => {}), node.spawn(async () => {})]
    const ids = fc.record({ resource: fc.constantFrom('x', 'y'), requester: fc.constantFrom(1, 2) })
    const step = fc.record({
      type: fc.constantFrom('set', 'take', 'forget'),
      id: ids,
      holder: fc.constantFrom(...pids),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const table = new LockTable()
        let model: { id: LockId; holder: AnyPid }[] = []
        const of = (resource: unknown) => model.filter((each) => each.id.resource === resource)
        for (const { type, id: wanted, holder } of steps) {
          if (type === 'forget') {
            table.forget(holder)
            model = model.filter((each) => each.holder !== holder)
          } else if (type === 'set') {
            const isFree = of(wanted.resource).every((each) => each.id.requester === wanted.requester)
            expect(table.set(wanted, holder)).toBe(isFree)
            if (isFree) model.push({ id: wanted, holder })
          } else {
            const at = model.findLastIndex(
              (each) =>
                each.holder === holder &&
                each.id.resource === wanted.resource &&
                each.id.requester === wanted.requester,
            )
            if (at !== -1) model.splice(at, 1)
            expect(table.take(wanted, holder)).toBe(at !== -1 && !model.some((each) => each.holder === holder))
          }
          expect(table.size).toBe(new Set(model.map((each) => each.id.resource)).size)
        }
      }),
    )
  })
})

describe('a global lock', () => {
  it('is had by one requester, who may set it again: it is counted', async () => {
    world = await NamesWorld.of(3)
    const { cluster } = world
    const [one, other] = [actor(world, 'a'), actor(world, 'c')]
    const [here, there] = [world.global('a'), world.global('c')]
    expect(await one.do((self) => here.setLock(self, id(1)))).toBe(true)
    expect(await one.do((self) => here.setLock(self, id(1)))).toBe(true)
    expect(await other.do((self) => there.setLock(self, id(2), { retries: 0 }))).toBe(false)
    expect(await other.do((self) => there.setLock(self, id(1), { retries: 0 }))).toBe(true)
    for (const { name } of cluster.up) expect(world.global(name).stats().locks).toBe(1)
    await other.do((self) => there.delLock(self, id(1)))
    await other.do((self) => there.delLock(self, id(1)))
    await one.do((self) => here.delLock(self, id(1)))
    await cluster.run(100)
    expect(await other.do((self) => there.setLock(self, id(2), { retries: 2 }))).toBe(false)
    await one.do((self) => here.delLock(self, id(1)))
    await cluster.run(100)
    expect(await other.do((self) => there.setLock(self, id(2)))).toBe(true)
  })

  it('is gone when its holder ends, and when its node is lost, for those who wait', async () => {
    world = await NamesWorld.of(3)
    const { cluster } = world
    const [one, two, three] = [actor(world, 'a'), actor(world, 'b'), actor(world, 'c')]
    expect(await one.do((self) => world!.global('a').setLock(self, id(1)))).toBe(true)
    const waits = two.begin((self) => world!.global('b').setLock(self, id(2)))
    await cluster.run(500)
    world.node('a').sendExit(one.pid, 'kill')
    expect(await cluster.until(waits)).toBe(true)
    const alsoWaits = three.begin((self) => world!.global('c').setLock(self, id(3)))
    await cluster.run(500)
    cluster.crash('b')
    expect(await cluster.until(alsoWaits)).toBe(true)
    expect(world.global('a').stats().locks).toBe(1)
  })

  it('leaves nothing behind when many nodes die at once', async () => {
    world = await NamesWorld.of(6)
    const { cluster } = world
    for (const name of ['c', 'd', 'e', 'f']) {
      const who = actor(world, name)
      for (const resource of ['x', 'y', 'z'])
        await who.do((self) => world!.global(name).setLock(self, id(name, `${name}${resource}`)))
      await world.register(name, `of ${name}`, world.idle(name))
    }
    expect(world.global('a').stats()).toMatchObject({ locks: 12, names: 4 })
    for (const name of ['c', 'd', 'e', 'f']) cluster.crash(name, name < 'e' ? 'reset' : 'silence')
    await cluster.run(4000)
    for (const name of ['a', 'b'])
      expect(world.global(name).stats()).toMatchObject({ locks: 0, names: 0, conflicts: 0 })
  })

  it('runs work, gives what it gives, and is taken back whatever comes of it', async () => {
    world = await NamesWorld.of(2)
    const [one, other] = [actor(world, 'a'), actor(world, 'b')]
    const [here, there] = [world.global('a'), world.global('b')]
    expect(await one.do((self) => here.trans(self, id(1), () => 'done'))).toBe('done')
    await expect(one.do((self) => here.trans(self, id(1), () => Promise.reject(new Error('no'))))).rejects.toThrow('no')
    await world.cluster.run(50)
    expect(here.stats().locks + there.stats().locks).toBe(0)
    await one.do((self) => here.setLock(self, id(1)))
    expect(await other.do((self) => there.trans(self, id(2), () => 'done', { retries: 1 }))).toBe(aborted)
  })

  it.each(['a', 'c'])('waits for a member that is busy and not dead, and leaves nothing behind (%s)', async (busy) => {
    world = await NamesWorld.of(3, { distribution: { tickMs: 15_000 } })
    const { cluster } = world
    const b = world.global('b')
    const one = actor(world, 'b')
    cluster.hold(busy, 7000)
    const waits = one.begin((self) => b.setLock(self, id(1)))
    expect(await actor(world, 'b').do((self) => b.setLock(self, id(2, 'other'), { retries: 0 }))).toBe(false)
    expect(await cluster.until(waits)).toBe(true)
    await cluster.run(1000)
    const locks = (): number[] => ['a', 'b', 'c'].map((name) => world!.global(name).stats().locks)
    expect(locks()).toEqual([1, 1, 1])
    await one.do((self) => b.delLock(self, id(1)))
    await cluster.run(100)
    expect(locks()).toEqual([0, 0, 0])
  })

  it.each(['a', 'c'])('is still had by who could not set it again, since a member was busy (%s)', async (busy) => {
    world = await NamesWorld.of(3, { distribution: { tickMs: 15_000 } })
    const { cluster } = world
    const [b, one, other] = [world.global('b'), actor(world, 'b'), actor(world, 'b')]
    expect(await one.do((self) => b.setLock(self, id(1)))).toBe(true)
    cluster.hold(busy, 12_000)
    expect(await one.do((self) => b.trans(self, id(1), () => 'done', { retries: 1 }))).toBe(aborted)
    await cluster.run(10_000)
    expect(['a', 'b', 'c'].map((name) => world!.global(name).stats().locks)).toEqual([1, 1, 1])
    expect(await other.do((self) => b.setLock(self, id(2), { retries: 0 }))).toBe(false)
    await one.do((self) => b.delLock(self, id(1)))
    expect(await other.do((self) => b.setLock(self, id(2), { retries: 0 }))).toBe(true)
  })

  it('is set on chosen nodes, in no order that could make a deadlock', async () => {
    world = await NamesWorld.of(3)
    const { cluster } = world
    let inside = 0
    let most = 0
    const run = (name: string, nodes: string[]): Promise<unknown> =>
      actor(world!, name).begin(async (self) => {
        for (let round = 0; round < 4; round++)
          await world!.global(name).trans(
            self,
            id(self.pid),
            async () => {
              most = Math.max(most, ++inside)
              await self.sleep(3)
              inside--
            },
            { nodes },
          )
      })
    const [a, b, c] = ['a@cluster', 'b@cluster', 'c@cluster'] as const
    await cluster.until(Promise.all([run('a', [a, b, c]), run('b', [c, b, a]), run('c', [b, c, a]), run('c', [b, a])]))
    expect(most).toBe(1)
    await cluster.run(50)
    for (const { name } of cluster.up) expect(world.global(name).stats().locks).toBe(0)
  })

  it('says what is wrong, and when there are too many', async () => {
    world = await NamesWorld.of(2, { limits: { locks: 1 } })
    const one = actor(world, 'a')
    const here = world.global('a')
    await expect(one.do((self) => here.setLock(self, id({} as never)))).rejects.toMatchObject({
      code: 'global.bad_lock',
    })
    await expect(one.do((self) => here.setLock(self, id(1), { retries: -1 }))).rejects.toMatchObject({
      code: 'global.bad_lock',
    })
    expect(await one.do((self) => here.setLock(self, id(1)))).toBe(true)
    await expect(one.do((self) => here.setLock(self, id(1, 'second')))).rejects.toMatchObject({
      code: 'global.too_many_locks',
    })
    expect(world.global('a').stats().refusedLocks).toBe(1)
    for (const rubbish of [null, 7, { lock: 'set' }, { lock: 'take', resource: {} }])
      world.node('a').send({ name: '@agner/global/locks/global', node: 'b@cluster' }, rubbish as never)
    await expect(
      world.cluster.until(world.node('a').request({ name: '@agner/global/locks/global', node: 'b@cluster' }, 'hello')),
    ).rejects.toMatchObject({ code: 'global.bad_lock' })
    expect(world.global('b').stats()).toMatchObject({ rubbish: 5, locks: 1 })
  })

  it('is never had by two, whoever dies, and none is left in the end', async () => {
    await eachSeed({ seeds: 6 }, async (runtime) => {
      const of = await NamesWorld.of(3, { runtime })
      let inside = 0
      for (const name of ['a', 'b', 'c', 'a', 'b', 'c'])
        of.node(name).spawn(async (self) => {
          for (;;) {
            await of.global(name).trans(self, id(self.pid), async () => {
              expect(++inside).toBe(1)
              self.own({ [Symbol.dispose]: () => void 0 })
              await self.sleep(runtime.random() * 20)
              inside--
              if (runtime.random() < 0.3) self.exit('enough')
            })
          }
        })
      for (let round = 0; round < 40; round++) await of.cluster.run(50)
      await of.cluster.run(20_000)
      for (const { name } of of.cluster.up) expect(of.global(name).stats().locks).toBe(0)
      await of.stop()
    })
  })
})
