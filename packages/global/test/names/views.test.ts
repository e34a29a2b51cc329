/**
 * Nodes that see different members, decisions that are cut off half-way, and what one decision costs.
 */
import type { AnyPid } from '@agner/core'
import { simulateCluster } from '@agner/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { startGlobal } from '../../src/index.ts'
import { NamesWorld } from './world.ts'

let world: NamesWorld
afterEach(() => world.stop())

const names = (short: string): string[] => world.global(short).names().toSorted()
const neighbours = (short: string): string[] => world.cluster.node(short).distribution.nodes().toSorted()
const sent = (): number => world.cluster.up.reduce((sum, { name }) => sum + world.global(name).stats().sent, 0)

describe('a link that is lost between two of three', () => {
  it('disconnects nobody else, and takes no name from the third', async () => {
    world = await NamesWorld.of(3)
    const pids = ['a', 'b', 'c'].map((name) => world.idle(name))
    for (const [index, name] of ['a', 'b', 'c'].entries()) await world.register(name, `of ${name}`, pids[index]!)
    await world.part(['a'], ['b'])
    expect([neighbours('a'), neighbours('b'), neighbours('c')]).toEqual([
      ['c@cluster'],
      ['c@cluster'],
      ['a@cluster', 'b@cluster'],
    ])
    expect([names('a'), names('b'), names('c')]).toEqual([
      ['of a', 'of c'],
      ['of b', 'of c'],
      ['of a', 'of b', 'of c'],
    ])
    await world.heal()
    expect(pids.map((pid) => world.global('a').whereis(`of ${pid.node.slice(0, 1)}`))).toEqual(pids)
    expect(new Set(['a', 'b', 'c'].map((name) => names(name).join())).size).toBe(1)
  })

  it('does not make one name two, as long as somebody sees both', async () => {
    world = await NamesWorld.of(3)
    await world.part(['a'], ['b'])
    const [one, other] = [world.idle('a'), world.idle('b')]
    expect(await world.register('a', 'one', one)).toBe(true)
    expect(await world.register('b', 'one', other)).toBe(false)
    expect(await world.register('b', 'two', other)).toBe(true)
    expect(await world.register('a', 'two', world.idle('a'))).toBe(false)
    expect(world.seen('one')).toEqual([one, undefined, one])
    expect(world.seen('two')).toEqual([undefined, other, other])
    await world.heal()
    expect([world.seen('one'), world.seen('two')]).toEqual([
      [one, one, one],
      [other, other, other],
    ])
    expect([one, other].every((pid) => world.isAlive(pid))).toBe(true)
  })

  it('says no only when nobody has it: then it is so, even if the one who decides is lost at once', async () => {
    world = await NamesWorld.of(4)
    await world.part(['a'], ['d'])
    const [one, other] = [world.idle('d'), world.idle('b')]
    expect(await world.register('d', 'one', one)).toBe(true)
    expect(world.seen('one')).toEqual([undefined, one, one, one])
    expect(await world.register('a', 'one', other)).toBe(false)
    world.cluster.crash('a', 'silence')
    await world.cluster.run(5000)
    expect(['b', 'c', 'd'].map((name) => world.global(name).whereis('one'))).toEqual([one, one, one])
    expect([one, other].every((pid) => world.isAlive(pid))).toBe(true)
  })

  it('says of a process of a node that the one who decides does not see, that it cannot have a name', async () => {
    world = await NamesWorld.of(3)
    await world.part(['a'], ['b'])
    await expect(world.register('c', 'one', world.idle('b'))).rejects.toMatchObject({ code: 'global.not_a_member' })
  })
})

describe('what was taken back while its node was away', () => {
  /** The link is cut, and nobody knows yet. */
  async function cutOff(): Promise<ReturnType<NamesWorld['idle']>> {
    world = await NamesWorld.of(3)
    const pid = world.idle('c')
    expect(await world.register('c', 'one', pid)).toBe(true)
    world.cluster.partition(['a', 'b'], ['c'])
    return pid
  }

  it('does not come back: a name that was unregistered', async () => {
    const pid = await cutOff()
    expect(await world.cluster.until(world.global('b').unregister(world.node('b'), 'one'))).toBe(true)
    expect(world.seen('one')).toEqual([undefined, undefined, pid])
    await world.cluster.run(3000)
    await world.heal()
    expect(world.seen('one')).toEqual([undefined, undefined, undefined])
    expect([world.isAlive(pid), pid.got]).toEqual([true, []])
    expect(await world.register('c', 'one', pid)).toBe(true)
    expect(world.seen('one')).toEqual([pid, pid, pid])
  })

  it('does not come back: an owner that was replaced, though the new one is gone by then', async () => {
    const pid = await cutOff()
    const next = world.idle('a')
    expect(await world.cluster.until(world.global('a').reregister(world.node('a'), 'one', next))).toBe(true)
    world.node('a').sendExit(next, 'kill')
    await world.cluster.run(3000)
    await world.heal()
    expect(world.seen('one')).toEqual([undefined, undefined, undefined])
    expect([world.isAlive(pid), pid.got]).toEqual([true, []])
  })

  it('is remembered within limits, and forgotten then', async () => {
    world = await NamesWorld.of(2, { limits: { remembered: 2 } })
    for (const name of ['one', 'two', 'three']) {
      await world.register('a', name, world.idle('a'))
      await world.cluster.until(world.global('a').unregister(world.node('a'), name))
    }
    expect(world.global('b').stats()).toMatchObject({ remembered: 2, forgotten: 1 })
  })
})

describe('a decision', () => {
  it('takes two round trips, whatever the number of members', async () => {
    for (const nodes of [2, 5]) {
      world = await NamesWorld.of(nodes, { network: { latencyMs: [10, 10], splitChance: 0 } })
      const pid = world.idle('b')
      const beganMs = world.cluster.runtime.nowMs()
      expect(await world.register('b', 'one', pid)).toBe(true)
      expect(world.cluster.runtime.nowMs() - beganMs).toBeLessThan(41)
      if (nodes === 2) await world.stop()
    }
  })

  it('goes to each member in one message with all others of its turn, and is answered in one', async () => {
    world = await NamesWorld.of(4)
    const pids = Array.from({ length: 50 }, () => world.idle('b'))
    const before = sent()
    const answers = await world.cluster.until(
      Promise.all(pids.map((pid, index) => world.global('b').register(world.node('b'), `name ${index}`, pid))),
    )
    expect(answers.every(Boolean)).toBe(true)
    // To three members and back, for a handful of turns that the requests came in.
    expect(sent() - before).toBeLessThan(6 * 12)
    expect(world.global('d').names()).toHaveLength(50)
  })

  it('waits for no other: names are decided on at the same time', async () => {
    world = await NamesWorld.of(3, { network: { latencyMs: [10, 10], splitChance: 0 } })
    const beganMs = world.cluster.runtime.nowMs()
    const asked: Promise<boolean>[] = []
    for (let turn = 0; turn < 20; turn++) {
      asked.push(world.global('b').register(world.node('b'), `name ${turn}`, world.idle('b')))
      await world.cluster.run(1)
    }
    expect((await world.cluster.until(Promise.all(asked))).every(Boolean)).toBe(true)
    expect(world.cluster.runtime.nowMs() - beganMs).toBeLessThan(20 + 45)
  })

  it('on one name comes after the other, and each is told the truth', async () => {
    world = await NamesWorld.of(3)
    const [one, other] = [world.idle('b'), world.idle('c')]
    const { cluster } = world
    const [first, second, third, fourth] = await cluster.until(
      Promise.all([
        world.global('b').register(world.node('b'), 'one', one),
        world.global('b').register(world.node('b'), 'one', other),
        world.global('b').unregister(world.node('b'), 'one'),
        world.global('b').register(world.node('b'), 'one', other),
      ]),
    )
    expect([first, second, third, fourth]).toEqual([true, false, true, true])
    expect(world.seen('one')).toEqual([other, other, other])
  })

  it('for a process that is dead, or has a name, changes nothing', async () => {
    world = await NamesWorld.of(3)
    const [one, dead] = [world.idle('b'), world.idle('c')]
    world.node('c').sendExit(dead, 'kill')
    await world.cluster.run(50)
    expect(await world.register('a', 'one', one)).toBe(true)
    expect(await world.cluster.until(world.global('a').reregister(world.node('a'), 'one', dead))).toBe(false)
    await world.cluster.run(100)
    expect(world.seen('one')).toEqual([one, one, one])
    expect(await world.register('c', 'two', one)).toBe(false)
    await world.cluster.run(100)
    expect(world.seen('two')).toEqual([undefined, undefined, undefined])
  })
})

describe('a decision that is cut off half-way', () => {
  it('reaches whom the boss has lost, by the node of the process', async () => {
    world = await NamesWorld.of(3)
    world.cluster.cut('a', 'b')
    const pid = world.idle('c')
    // It waits for b until b counts as lost.
    expect(await world.register('c', 'one', pid)).toBe(true)
    await world.cluster.run(100)
    expect(world.seen('one')).toEqual([pid, pid, pid])
    expect(await world.cluster.until(world.global('c').unregister(world.node('c'), 'one'))).toBe(true)
    await world.cluster.run(100)
    expect(world.seen('one')).toEqual([undefined, undefined, undefined])
  })

  it.each(['reset', 'silence'] as const)(
    'is finished, or forgotten, by all when the boss dies over it (%s)',
    async (how) => {
      world = await NamesWorld.of(4)
      const [there, gone] = [world.idle('c'), world.idle('d')]
      expect(await world.register('d', 'gone', gone)).toBe(true)
      // What the boss says reaches c and d, and not b.
      world.cluster.cut('a', 'b')
      const asked = [
        world.global('c').register(world.node('c'), 'one', there),
        world.global('d').unregister(world.node('d'), 'gone'),
      ]
      await world.cluster.run(30)
      expect(['b', 'c'].map((name) => world.global(name).whereis('one'))).toEqual([undefined, there])
      world.cluster.crash('a', how)
      expect(await world.cluster.until(Promise.all(asked))).toEqual([true, true])
      await world.cluster.run(4000)
      expect([world.seen('one'), world.seen('gone')]).toEqual([
        [there, there, there],
        [undefined, undefined, undefined],
      ])
    },
  )
})

describe('a member that takes too long', () => {
  it('counts as lost, and knows in the end', async () => {
    world = await NamesWorld.of(3, { limits: { installTimeoutMs: 300 }, distribution: { tickMs: 20_000 } })
    const { cluster } = world
    cluster.stall('a', 'c', 2000)
    const [pid, slow] = [world.idle('b'), world.idle('c')]
    const beganMs = cluster.runtime.nowMs()
    expect(await world.register('b', 'one', pid)).toBe(true)
    expect(cluster.runtime.nowMs() - beganMs).toBeGreaterThan(299)
    expect(cluster.runtime.nowMs() - beganMs).toBeLessThan(450)
    // Of a process of its own nobody can say.
    await expect(world.register('b', 'slow', slow)).rejects.toMatchObject({ code: 'global.not_a_member' })
    await cluster.run(4000)
    expect([world.seen('one'), world.seen('slow')]).toEqual([
      [pid, pid, pid],
      [slow, slow, slow],
    ])
  })
})

describe('a decision that nobody asks for again', () => {
  it('is what the node of the process has heard, when the boss is gone', async () => {
    world = await NamesWorld.of(4)
    const pid = world.idle('c')
    const there = world.idle('d')
    expect(await world.register('d', 'gone', there)).toBe(true)
    world.cluster.cut('a', 'b')
    // Who asks dies with the boss. Of one decision b has not heard, and the node of the process has; of the other one neither.
    void world.global('a').register(world.node('a'), 'one', pid)
    void world.global('a').unregister(world.node('a'), 'gone')
    await world.cluster.run(30)
    world.cluster.cut('a', 'd')
    world.cluster.crash('a')
    await world.cluster.run(4000)
    expect([world.seen('one'), world.seen('gone')]).toEqual([
      [pid, pid, pid],
      [undefined, undefined, undefined],
    ])
  })
})

describe('limits', () => {
  it('of names of one node, and of registrations that wait', async () => {
    world = await NamesWorld.of(2, { limits: { names: 2, waiting: 3 } })
    for (const name of ['one', 'two']) expect(await world.register('b', name, world.idle('b'))).toBe(true)
    await expect(world.register('b', 'three', world.idle('b'))).rejects.toMatchObject({ code: 'global.too_many_names' })
    expect(await world.register('a', 'three', world.idle('a'))).toBe(true)
    expect(world.seen('three')[1]).toBeDefined()
    expect(world.global('a').stats().refusedNames).toBe(1)
    const pid = world.idle('a')
    const asked = Array.from({ length: 5 }, () =>
      world
        .global('b')
        .register(world.node('b'), 'four', pid)
        .then(String, (error: { code: string }) => error.code),
    )
    expect(await world.cluster.until(Promise.all(asked))).toEqual([
      'true',
      'true',
      'true',
      'global.busy',
      'global.busy',
    ])
    expect(world.global('a').stats()).toMatchObject({ refusedWaiting: 2, waiting: 0 })
  })

  it('of whom to believe: rubbish, and the hellos of strangers, are counted and dropped', async () => {
    world = await NamesWorld.of(3, { later: ['z'], distribution: {} })
    const pid = world.idle('b')
    await world.register('b', 'one', pid)
    const to = { name: '@agner/global/names/global', node: 'a@cluster' }
    const stranger = world.node('c').spawn(async (self) => self.sleep(1e6)) as AnyPid
    const claim = { name: 'one', pid: stranger, born: 1, life: 1, version: 99, by: 'c@cluster' }
    const rubbish: unknown[] = [
      7,
      'hello',
      {},
      { type: 'put', batch: 1 },
      { type: 'hello', keeper: stranger, claims: [{ ...claim, name: '' }], buried: [], clock: 1, heard: true },
      { type: 'hello', keeper: world.node('a').whereis(to.name), claims: [], buried: [], clock: 1, heard: true },
      { type: 'told', keeper: pid, claims: [{ ...claim, version: 2 ** 60 }], losses: [] },
      { type: 'toString' },
    ]
    const before = world.global('a').stats().rubbish
    for (const each of rubbish) world.node('c').send(to, each as never)
    await world.cluster.run(100)
    expect(world.global('a').stats().rubbish - before).toBe(rubbish.length)
    // Well-formed, of nobody who is a member.
    world.node('c').send(to, { type: 'told', keeper: stranger, claims: [claim], losses: [] } as never)
    world.node('c').send(to, { type: 'mine', keeper: stranger, claims: [claim] } as never)
    await world.cluster.run(100)
    expect(world.seen('one')).toEqual([pid, pid, pid])
    expect(await world.register('c', 'two', world.idle('c'))).toBe(true)
  })

  it('of the mesh: a hidden node is outside, with names of its own', async () => {
    world = await NamesWorld.of(2)
    const { runtime } = world.cluster
    const hidden = await simulateCluster({
      runtime,
      nodes: ['h', 'v'],
      trace: false,
      distribution: { hidden: true, liveness: false },
    })
    const [h, v] = [hidden.node('h'), hidden.node('v')]
    const ofH = await hidden.until(startGlobal(h.node, h.distribution))
    const ofV = await hidden.until(startGlobal(v.node, v.distribution))
    await hidden.until(h.distribution.connect('v@cluster'))
    await hidden.run(500)
    const pid = h.node.spawn(async (self) => self.sleep(1e6)) as AnyPid
    expect(await hidden.until(ofH.register(h.node, 'one', pid))).toBe(true)
    expect([ofH.whereis('one'), ofV.whereis('one')]).toEqual([pid, undefined])
    expect([ofH.members(), ofV.members()]).toEqual([['h@cluster'], ['v@cluster']])
    await hidden.stop()
  })

  it('of its life: names of a node that stops keeping them are gone for the others', async () => {
    world = await NamesWorld.of(3)
    await world.register('b', 'one', world.idle('b'))
    world.global('b').stop()
    await world.cluster.run(100)
    expect(world.seen('one')).toEqual([undefined, undefined, undefined])
    expect(world.global('a').members()).toEqual(['a@cluster', 'c@cluster'])
  })
})
