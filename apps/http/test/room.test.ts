import { call, startServer, type ServerPid } from '@agner/behaviours'
import { createNode, type AnyPid, type Node } from '@agner/core'
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listedUsers } from '../src/rooms/presence.ts'
import { room, type FromRoom, type RoomApi } from '../src/rooms/room.api.ts'
import { defineRoom } from '../src/rooms/room.ts'
import { MemoryDatabase } from './memory-database.ts'

describe('a room', () => {
  let runtime: VirtualRuntime
  let node: Node
  let memory: MemoryDatabase
  let lobby: ServerPid<RoomApi>
  beforeEach(async () => {
    runtime = createVirtualRuntime()
    node = createNode({ runtime, report: () => {} })
    memory = await runtime.runUntil(MemoryDatabase.start(node))
    lobby = await runtime.runUntil(startServer(node, defineRoom(memory.messages), 'lobby'))
  })
  afterEach(() => runtime.runUntil(node.stop()))

  async function join(user: string): Promise<{ got: FromRoom[]; pid: AnyPid }> {
    const got: FromRoom[] = []
    const pid = node.spawn<FromRoom>({ init: () => null, message: (_, message) => (got.push(message), null) })
    await runtime.runUntil(call(node, room.at(lobby), 'join', { session: pid, user, begins: false }))
    return { got, pid }
  }
  const say = (text: string) => call(node, room.at(lobby), 'post', { user: 'ann', text, key: text })
  const texts = (got: readonly FromRoom[]): string[] =>
    got.flatMap((one) => (one.type === 'message' ? [one.message.text] : []))

  it('sends a stored message to everyone who is there, before it answers', async () => {
    const [ann, bob] = [await join('ann'), await join('bob')]
    expect(await runtime.runUntil(say('hello'))).toMatchObject({ ok: { id: 1, text: 'hello' } })
    expect([texts(ann.got), texts(bob.got)]).toEqual([['hello'], ['hello']])
  })

  it('keeps the order of the database with many posts under way at once', async () => {
    const ann = await join('ann')
    await runtime.runUntil(Promise.all(Array.from({ length: 50 }, (_, n) => say(`message ${n}`))))
    expect(texts(ann.got)).toEqual(memory.stored.map(({ text }) => text))
  })

  it('says who is there as people come and go', async () => {
    const ann = await join('ann')
    const bob = await join('bob')
    // Who comes is told at once.
    expect(bob.got).toEqual([{ type: 'presence', users: ['ann', 'bob'], more: 0 }])
    await runtime.advance(250)
    node.sendExit(bob.pid, 'kill')
    await runtime.advance(250)
    expect(ann.got).toEqual([
      { type: 'presence', users: ['ann'], more: 0 },
      { type: 'presence', users: ['ann', 'bob'], more: 0 },
      { type: 'presence', users: ['ann'], more: 0 },
    ])
  })

  it('has a person with two tabs once, until the last one is closed', async () => {
    const ann = await join('ann')
    const [first, second] = [await join('bob'), await join('bob')]
    await runtime.advance(1000)
    for (const { pid } of [first, second]) {
      expect(ann.got.at(-1)).toEqual({ type: 'presence', users: ['ann', 'bob'], more: 0 })
      node.sendExit(pid, 'kill')
      await runtime.advance(1000)
    }
    expect(ann.got.at(-1)).toEqual({ type: 'presence', users: ['ann'], more: 0 })
  })

  it('tells a crowd who is there in a few frames of bounded size', async () => {
    const crowd: FromRoom[][] = []
    for (let n = 0; n < 300; n++) crowd.push((await join(`user${n}`)).got)
    const frames = () => crowd.flat().filter((one) => one.type === 'presence')
    // Each what it found, and the first one itself.
    expect(frames()).toHaveLength(300)
    await runtime.advance(1000)
    expect(frames()).toHaveLength(600)
    expect(frames().every(({ users }) => users.length <= listedUsers)).toBe(true)
    const last = crowd.map((got) => got.at(-1) as FromRoom & { type: 'presence' })
    expect(last.every(({ users, more }) => users.length === listedUsers && more === 300 - listedUsers)).toBe(true)
  })

  it('tells a full room of its comings and goings a thousand times a second at most', async () => {
    const crowd: FromRoom[][] = []
    for (let n = 0; n < 500; n++) crowd.push((await join(`user${n}`)).got)
    await runtime.advance(2000)
    const before = crowd.flat().length
    for (let n = 0; n < 200; n++) {
      node.sendExit((await join('passer-by')).pid, 'kill')
      await runtime.advance(10)
    }
    expect(crowd.flat().length - before).toBeLessThanOrEqual(3 * 1000)
  })

  it('tells who begins there the newest message, also of before it was started', async () => {
    await runtime.runUntil(say('one'))
    await runtime.runUntil(say('two'))
    const begin = () =>
      runtime.runUntil(
        call(node, room.at(lobby), 'join', {
          session: node.spawn<FromRoom>(async (self) => self.receive()),
          user: 'ann',
          begins: true,
        }),
      )
    expect(await begin()).toBe(2)
    await runtime.runUntil(say('three'))
    expect(await begin()).toBe(3)
    lobby = await runtime.runUntil(startServer(node, defineRoom(memory.messages), 'lobby'))
    expect(await begin()).toBe(3)
  })

  it('does not let anybody begin while it cannot know the newest message', async () => {
    memory.isSilent = true
    const got: FromRoom[] = []
    const pid = node.spawn<FromRoom>({ init: () => null, message: (_, message) => (got.push(message), null) })
    const begin = () =>
      runtime.runUntil(call(node, room.at(lobby), 'join', { session: pid, user: 'ann', begins: true }))
    expect(await begin()).toBe(null)
    memory.isSilent = false
    await runtime.runUntil(say('one'))
    expect(texts(got)).toEqual([])
    expect(await begin()).toBe(1)
    await runtime.runUntil(say('two'))
    expect(texts(got)).toEqual(['two'])
  })

  it('has whoever joins twice once', async () => {
    const ann = await join('ann')
    await runtime.runUntil(
      call(node, room.at(lobby), 'join', { session: ann.pid as never, user: 'ann', begins: false }),
    )
    await runtime.runUntil(say('hello'))
    expect(texts(ann.got)).toEqual(['hello'])
  })

  it('answers unavailable when there is no database, or it ends with the message', async () => {
    memory.isAway = true
    expect(await runtime.runUntil(say('one'))).toEqual({ error: 'unavailable' })
    memory.isAway = false
    memory.isSilent = true
    const asked = say('two')
    await runtime.settle()
    node.sendExit(memory.pid!, 'kill')
    expect(await runtime.runUntil(asked)).toEqual({ error: 'unavailable' })
    expect(node.isAlive(lobby)).toBe(true)
  })

  it('tells its sessions to read the history once a database that fell silent answers again', async () => {
    const ann = await join('ann')
    memory.isSilent = true
    expect(await runtime.runUntil(say('perhaps'))).toEqual({ error: 'unavailable' })
    expect(memory.stored).toHaveLength(1)
    await runtime.advance(5000)
    expect(ann.got.filter(({ type }) => type === 'resync')).toEqual([])
    memory.isSilent = false
    await runtime.advance(5000)
    expect(ann.got.filter(({ type }) => type === 'resync')).toHaveLength(1)
  })

  it('does not take a copy for the database, which may lack the very message', async () => {
    const ann = await join('ann')
    memory.isSilent = true
    expect(await runtime.runUntil(say('perhaps'))).toEqual({ error: 'unavailable' })
    memory.isSilent = false
    memory.copied = 0
    await runtime.advance(10_000)
    expect(ann.got.filter(({ type }) => type === 'resync')).toEqual([])
    memory.copied = null
    await runtime.advance(5000)
    expect(ann.got.filter(({ type }) => type === 'resync')).toHaveLength(1)
  })

  it('ends when nobody has been there for a while, and not before', async () => {
    const ann = await join('ann')
    await runtime.advance(200_000)
    expect(node.isAlive(lobby)).toBe(true)
    node.sendExit(ann.pid, 'kill')
    await runtime.advance(50_000)
    expect(node.isAlive(lobby)).toBe(true)
    await runtime.advance(60_000)
    expect(node.isAlive(lobby)).toBe(false)
  })
})
