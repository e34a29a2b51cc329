import { call, startServer } from '@agner/behaviours'
import { createNode, type AnyPid, type Node, type Pid } from '@agner/core'
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { room } from '../src/rooms/room.api.ts'
import { defineRoom } from '../src/rooms/room.ts'
import { session, type FromSocket } from '../src/ws/session.ts'
import { MemoryDatabase } from './memory-database.ts'

interface Sent {
  readonly type: string
  readonly id?: number
  readonly key?: string
  readonly error?: { readonly code: string }
}

describe('a session', () => {
  let runtime: VirtualRuntime
  let node: Node
  let memory: MemoryDatabase
  let roomPid: AnyPid
  let reads: boolean
  let sent: Sent[]
  let acknowledged: number
  const startRoom = async (): Promise<void> => {
    roomPid = await runtime.runUntil(startServer(node, defineRoom(memory.messages), 'lobby'))
  }
  beforeEach(async () => {
    runtime = createVirtualRuntime()
    node = createNode({ runtime, report: () => {} })
    reads = true
    sent = []
    acknowledged = 0
    memory = await runtime.runUntil(MemoryDatabase.start(node))
    await startRoom()
  })
  afterEach(() => runtime.runUntil(node.stop()))

  async function open(after: number | null): Promise<Pid<FromSocket>> {
    const pid: Pid<FromSocket> = node.spawn(
      session({
        room: 'lobby',
        user: 'ann',
        after,
        rooms: { open: () => Promise.resolve(roomPid) },
        messages: memory.messages,
        stored: () => void acknowledged++,
        outlet: { send: (message) => (sent.push(message as Sent), reads), took: () => {}, close: () => {} },
      }),
    )
    await runtime.advance(10)
    return pid
  }
  const post = (text: string) => call(node, room.at(roomPid), 'post', { user: 'bob', text, key: text })
  const ids = (): number[] => sent.flatMap(({ type, id }) => (type === 'message' ? [id!] : []))

  it('sends on what comes, in order and once', async () => {
    await open(0)
    for (const text of ['a', 'b', 'c']) await runtime.runUntil(post(text))
    await runtime.advance(10)
    expect(ids()).toEqual([1, 2, 3])
  })

  it('begins with what was stored since the message that the browser has', async () => {
    for (const text of ['a', 'b', 'c']) await runtime.runUntil(post(text))
    await open(1)
    expect(ids()).toEqual([2, 3])
  })

  it('reads on from page to page, however short they are', async () => {
    for (const text of ['a', 'b', 'c', 'd', 'e']) await runtime.runUntil(post(text))
    memory.longestPage = 2
    await open(0)
    expect(ids()).toEqual([1, 2, 3, 4, 5])
  })

  it('leaves no gap for a message whose answer got lost, although later ones come first', async () => {
    await open(0)
    await runtime.runUntil(post('a'))
    memory.isSilent = true
    expect(await runtime.runUntil(post('lost'))).toEqual({ error: 'unavailable' })
    memory.isSilent = false
    await runtime.runUntil(post('c'))
    await runtime.advance(5000)
    expect(ids()).toEqual([1, 2, 3])
  })

  it('leaves no gap when the history cannot be read at the time either', async () => {
    await open(0)
    await runtime.runUntil(post('a'))
    memory.isSilent = true
    await runtime.runUntil(post('lost'))
    memory.isSilent = false
    const later = post('c')
    await runtime.settle()
    memory.isAway = true
    await runtime.runUntil(later)
    await runtime.advance(1000)
    memory.isAway = false
    await runtime.advance(2000)
    expect(ids()).toEqual([1, 2, 3])
  })

  it('goes on in the next room process when the first one ends', async () => {
    await open(0)
    await runtime.runUntil(post('a'))
    const first = roomPid
    await startRoom()
    node.sendExit(first, 'kill')
    await runtime.runUntil(post('while it was away'))
    await runtime.advance(1000)
    await runtime.runUntil(post('c'))
    await runtime.advance(10)
    expect(ids()).toEqual([1, 2, 3])
  })

  describe('that begins with no message', () => {
    it('sends on what is stored from now on', async () => {
      for (const text of ['a', 'b']) await runtime.runUntil(post(text))
      await open(null)
      for (const text of ['c', 'd']) await runtime.runUntil(post(text))
      await runtime.advance(10)
      expect(ids()).toEqual([3, 4])
    })

    it('leaves no gap for the very first message, whose answer got lost', async () => {
      await open(null)
      memory.isSilent = true
      expect(await runtime.runUntil(post('lost'))).toEqual({ error: 'unavailable' })
      memory.isSilent = false
      await runtime.advance(5000)
      await runtime.runUntil(post('b'))
      await runtime.advance(10)
      expect(ids()).toEqual([1, 2])
    })

    it('gets what was acknowledged in the next room before it joined that', async () => {
      await open(null)
      const first = roomPid
      await startRoom()
      node.sendExit(first, 'kill')
      expect(await runtime.runUntil(post('before it joins'))).toMatchObject({ ok: { id: 1 } })
      await runtime.advance(1000)
      expect(ids()).toEqual([1])
    })

    it('loses none of two whose answers come in the wrong order', async () => {
      await open(null)
      memory.holdsBack = true
      const older = post('older')
      await runtime.settle()
      memory.holdsBack = false
      await runtime.runUntil(post('newer'))
      memory.letGo()
      await runtime.runUntil(older)
      await runtime.advance(10)
      expect(ids()).toEqual([1, 2])
    })

    it('begins as soon as the room can know its newest message, and what it said meanwhile is not lost to it', async () => {
      memory.isSilent = true
      const pid = await open(null)
      node.send(pid, { type: 'said', text: 'hello', key: 'k1' })
      await runtime.advance(1900)
      memory.isSilent = false
      await runtime.advance(10_000)
      expect(sent.filter(({ type }) => type === 'sent')).toHaveLength(1)
      await runtime.runUntil(post('b'))
      await runtime.advance(10)
      expect(ids().at(-1)).toBe(2)
    })
  })

  it('says what became of each message that the browser said', async () => {
    const pid = await open(0)
    node.send(pid, { type: 'said', text: 'hello', key: 'k1' })
    await runtime.advance(10)
    memory.isAway = true
    node.send(pid, { type: 'said', text: 'hello?', key: 'k2' })
    await runtime.advance(7000)
    expect(sent.filter(({ key }) => key !== undefined)).toMatchObject([
      { type: 'sent', key: 'k1', message: { id: 1 } },
      { type: 'error', key: 'k2', error: { code: 'database_unavailable' } },
    ])
    expect(acknowledged).toBe(1)
  })

  it('stores what is said while the database is away for a moment', async () => {
    const pid = await open(0)
    memory.isAway = true
    node.send(pid, { type: 'said', text: 'hello?', key: 'k1' })
    await runtime.advance(2000)
    expect(sent.filter(({ key }) => key !== undefined)).toEqual([])
    memory.isAway = false
    await runtime.advance(2000)
    expect(sent.filter(({ key }) => key !== undefined)).toMatchObject([{ type: 'sent', key: 'k1', message: { id: 1 } }])
    expect(memory.stored).toHaveLength(1)
  })

  it('says at once that nothing can be stored, and goes on with what is read', async () => {
    const pid = await open(0)
    memory.isReadOnly = true
    node.send(pid, { type: 'said', text: 'hello?', key: 'k1' })
    await runtime.advance(10)
    expect(sent.filter(({ key }) => key !== undefined)).toMatchObject([
      { type: 'error', key: 'k1', error: { code: 'database_read_only' } },
    ])
    memory.isReadOnly = false
    await runtime.runUntil(post('a'))
    await runtime.advance(10)
    expect(ids()).toEqual([1])
  })

  it('does not say that nothing was stored when an attempt before may have stored it', async () => {
    const pid = await open(0)
    memory.isSilent = true
    node.send(pid, { type: 'said', text: 'hello?', key: 'k1' })
    await runtime.advance(100)
    memory.isSilent = false
    memory.isReadOnly = true
    await runtime.advance(7000)
    expect(memory.stored).toHaveLength(1)
    expect(sent.filter(({ key }) => key !== undefined)).toMatchObject([
      { type: 'error', key: 'k1', error: { code: 'database_unavailable' } },
    ])
  })

  it('reads from a copy while nothing can be stored, and the rest once it can', async () => {
    for (const text of ['a', 'b', 'c']) await runtime.runUntil(post(text))
    memory.copied = 2
    await open(0)
    await runtime.advance(5000)
    expect(ids()).toEqual([1, 2])
    memory.copied = null
    await runtime.advance(5000)
    expect(ids()).toEqual([1, 2, 3])
  })

  it('ends with its socket, and when the browser does not read', async () => {
    const closed = await open(0)
    node.send(closed, { type: 'closed' })
    await runtime.settle()
    expect(node.isAlive(closed)).toBe(false)
    const slow = await open(0)
    reads = false
    await runtime.runUntil(post('a'))
    await runtime.settle()
    expect(node.isAlive(slow)).toBe(false)
  })
})
