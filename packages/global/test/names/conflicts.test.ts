/**
 * Two sides of a partition give one name; they meet again.
 */
import { defineServer, noreply, protocol, reply, startServer, type Protocol } from '@agner/behaviours'
import { defineModule, type AnyPid, type Process } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import type { Conflict, HandOverCalls, NameConflict, Resolve } from '../../src/index.ts'
import { NamesWorld } from './world.ts'

let world: NamesWorld
afterEach(() => world.stop())

type Kept = ReturnType<NamesWorld['idle']>

/** Four nodes, of which two and two were apart: each side has given the name. */
async function conflict(
  resolve: Resolve | undefined,
  options: Parameters<typeof NamesWorld.of>[1] = {},
): Promise<[Kept, Kept]> {
  world = await NamesWorld.of(4, options)
  await world.part(['a', 'b'], ['c', 'd'])
  const given = resolve === undefined ? {} : { resolve }
  const [one, other] = [world.idle('b'), world.idle('d')]
  expect(await world.register('b', 'one', one, given)).toBe(true)
  expect(await world.register('d', 'one', other, given)).toBe(true)
  expect(world.seen('one')).toEqual([one, one, other, other])
  await world.heal()
  return [one, other]
}

const decided = (): number => world.cluster.up.reduce((sum, { name }) => sum + world.global(name).stats().decided, 0)
const same = (pid: AnyPid | undefined): (AnyPid | undefined)[] => [pid, pid, pid, pid]
const told = (other?: AnyPid): NameConflict => ({ type: 'globalNameConflict', name: 'one', ...(other && { other }) })

describe('a name that both sides of a partition gave', () => {
  it.each([1, 2, 3, 4])('is one process afterwards, drawn by lot: the other is killed (seed %s)', async (seed) => {
    const pair = await conflict(undefined, { seed })
    const [winner] = pair.filter((pid) => world.isAlive(pid))
    expect(pair.filter((pid) => world.isAlive(pid))).toHaveLength(1)
    expect(world.seen('one')).toEqual(same(winner))
    expect(decided()).toBe(1)
  })

  it('is drawn by lot, indeed', async () => {
    const winners = new Set<string>()
    for (let seed = 1; seed <= 8; seed++) {
      const pair = await conflict('randomExit', { seed })
      winners.add(pair.find((pid) => world.isAlive(pid))!.node)
    }
    expect([...winners].sort()).toEqual(['b@cluster', 'd@cluster'])
  })

  it('tells the loser of it, with randomNotify', async () => {
    const [one, other] = await conflict('randomNotify')
    const [winner, loser] = world.seen('one')[0] === one ? [one, other] : [other, one]
    expect(world.seen('one')).toEqual(same(winner))
    expect([winner.got, loser.got]).toEqual([[], [told()]])
    expect([winner, loser].every((pid) => world.isAlive(pid))).toBe(true)
    // It has no name now, and may have another one.
    expect(await world.register('c', 'two', loser)).toBe(true)
  })

  it('belongs to nobody, and each is told of the other, with notifyAll', async () => {
    const [one, other] = await conflict('notifyAll')
    expect(world.seen('one')).toEqual(same(undefined))
    expect([one.got, other.got]).toEqual([[told(other)], [told(one)]])
    expect(await world.register('a', 'one', one)).toBe(true)
  })

  it('is given to whom a function chooses, which runs on the node of one of the two, once', async () => {
    const asked: unknown[] = []
    const [one, other] = await conflict((name, a, b) => {
      asked.push([name, new Set([a, b])])
      return a.node === 'b@cluster' ? a : b
    })
    expect(asked).toEqual([['one', new Set([one, other])]])
    expect(world.seen('one')).toEqual(same(one))
    expect([world.isAlive(other), other.got]).toEqual([true, []])
  })

  it('is given to whom a function of a module chooses', async () => {
    const chooser = defineModule('test/chooser', '1.0.0', {
      choose: async (_self: Process<never>, { a, b }: Conflict) => (a.node === 'd@cluster' ? a : b),
    })
    const resolve: Resolve = { type: 'module', module: 'test/chooser', function: 'choose' }
    const [, other] = await conflict(resolve, { modules: [chooser] })
    expect(world.seen('one')).toEqual(same(other))
  })

  it.each<[string, Resolve]>([
    ['throws', () => Promise.reject(new Error('no idea'))],
    ['answers rubbish', () => 'a@cluster' as unknown as AnyPid],
    ['chooses nobody', () => null],
    ['never answers', () => new Promise(() => {})],
    ['is not there', { type: 'module', module: 'test/nowhere', function: 'choose' }],
  ])('belongs to nobody when the function %s', async (_, resolve) => {
    const pair = await conflict(resolve, { limits: { resolveTimeoutMs: 400 } })
    expect(world.seen('one')).toEqual(same(undefined))
    expect(pair.every((pid) => world.isAlive(pid) && pid.got.length === 0)).toBe(true)
    expect(await world.register('a', 'one', pair[0])).toBe(true)
    expect(world.seen('one')).toEqual(same(pair[0]))
  })

  it('is resolved again when the same partition comes again', async () => {
    const first = await conflict('randomNotify')
    const winner = world.seen('one')[0]!
    const loser = first.find((pid) => pid !== winner)!
    const side = (pid: AnyPid): string => pid.node.slice(0, 1)
    await world.part(['a', 'b'], ['c', 'd'])
    expect(await world.register(side(loser), 'one', loser, { resolve: 'randomNotify' })).toBe(true)
    await world.heal()
    expect(new Set(world.seen('one')).size).toBe(1)
    expect(first.filter((pid) => pid === world.seen('one')[0])).toHaveLength(1)
    expect(decided()).toBe(2)
    expect(first.reduce((sum, { got }) => sum + got.length, 0)).toBe(2)
  })

  it('says what it is refused for', async () => {
    world = await NamesWorld.of(2)
    const pid = world.idle('a')
    await expect(world.register('a', 'one', pid, { resolve: 'heads' as never })).rejects.toMatchObject({
      code: 'global.bad_resolve',
    })
    await expect(world.register('b', 'one', pid, { resolve: () => null })).rejects.toMatchObject({
      code: 'global.resolve_elsewhere',
    })
    for (const name of ['', 'x'.repeat(256), 7 as never])
      await expect(world.register('b', name, pid)).rejects.toMatchObject({ code: 'global.bad_name' })
  })
})

// — a state is handed over —

interface CartApi {
  calls: HandOverCalls<string[]> & { items(): string[] }
  info: NameConflict
}

const cart: Protocol<CartApi> = protocol('test/cart')
const Cart = defineServer(cart, {
  init: (items: string[]): string[] => items,
  calls: {
    items: (items) => reply(items, items),
    globalHandOver: (items, { name }) => {
      if (items.includes('silent')) return noreply(items)
      return reply([...items, `from ${name}`], items)
    },
    globalTakeOver: (items, { state }) => {
      if (items.includes('stubborn')) throw new Error('no more room')
      return reply(undefined, [...items, ...state])
    },
  },
  info: { globalNameConflict: (items) => noreply([...items, 'told']) },
})

describe('handing over', () => {
  async function carts(left: string[], right: string[]): Promise<AnyPid[]> {
    world = await NamesWorld.of(4)
    await world.part(['a', 'b'], ['c', 'd'])
    const pids: AnyPid[] = []
    for (const [name, items] of [
      ['b', left],
      ['d', right],
    ] as const) {
      const pid = await world.cluster.until(startServer(world.node(name), Cart, items))
      expect(await world.register(name, 'cart', pid, { resolve: { type: 'handOver', timeoutMs: 500 } })).toBe(true)
      pids.push(pid)
    }
    await world.heal()
    return pids
  }

  const itemsOf = (pid: AnyPid): Promise<unknown> =>
    world.cluster.until(world.node('a').request(pid, { call: 'items', arg: undefined }))

  it('gives the winner what the loser had, and then the loser ends', async () => {
    const pids = await carts(['tea'], ['milk'])
    const winner = world.seen('cart')[0]!
    expect(world.seen('cart')).toEqual(same(winner))
    expect(pids.filter((pid) => world.isAlive(pid))).toEqual([winner])
    const both = winner === pids[0] ? ['tea', 'milk', 'from cart'] : ['milk', 'tea', 'from cart']
    expect(await itemsOf(winner)).toEqual(both)
  })

  it('kills a loser that says nothing', async () => {
    const pids = await carts(['silent'], ['silent'])
    expect(pids.filter((pid) => world.isAlive(pid))).toEqual([world.seen('cart')[0]])
  })

  it('lets a loser live, and tells it, when the winner does not take its state', async () => {
    const pids = await carts(['stubborn'], ['stubborn'])
    // The winner has crashed over it, and so it has no name any more.
    expect(world.seen('cart')).toEqual(same(undefined))
    const [loser] = pids.filter((pid) => world.isAlive(pid))
    expect(await itemsOf(loser!)).toEqual(['stubborn', 'told'])
  })
})
