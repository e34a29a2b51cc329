import { defineServer, noreply, reply, startServer, type Server } from '@agner/behaviours'
import { createNode, type AgnerError, type AnyPid, type Node } from '@agner/core'
import { startGate } from '@agner/release'
import { createVirtualRuntime, type VirtualRuntime } from '@agner/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startMessagesClient, type MessagesClient } from '../src/client.ts'
import { database, type DatabaseApi, type Message } from '../src/database.api.ts'
import { replica, type ReplicaApi, type ReplicaStatus } from '../src/log/replica.api.ts'

const message: Message = { id: 1, room: 'lobby', user: 'ann', text: 'hello', at: 'now' }
const offered = { room: 'lobby', user: 'ann', text: 'hello', key: 'k1' }
const page = { room: 'lobby', after: 0, limit: 10 }

const ignore = (): ReturnType<typeof noreply<null>> => noreply(null)

describe('a client of the messages', () => {
  let runtime: VirtualRuntime
  let node: Node
  let client: MessagesClient
  let isHeld: boolean
  let status: ReplicaStatus
  let server: AnyPid
  let appended: number
  let mood: 'well' | 'silent' | 'readOnly'

  const Database: Server<DatabaseApi, void, null> = defineServer(database, {
    init: (_: void): null => null,
    calls: {
      append: (state) => {
        if (mood === 'readOnly') return reply({ error: 'readOnly' }, state)
        appended++
        return mood === 'silent' ? noreply(state) : reply({ ok: message, previous: 0 }, state)
      },
      history: (state) => reply([message], state),
      since: (state) => reply({ messages: [message], more: true }, state),
      rooms: (state) => reply([{ room: 'lobby', messages: 1 }], state),
    },
    info: { write: ignore },
  })
  const Replica: Server<ReplicaApi, void, null> = defineServer(replica, {
    init: (_: void): null => null,
    calls: {
      look: (state) => reply({ error: 'notHere' }, state),
      byIds: (state) => reply([], state),
      history: (state) => reply([{ ...message, text: 'from the copy' }], state),
      since: (state) => reply([], state),
      rooms: (state) => reply([], state),
      rows: (state) => reply([], state),
      status: (state) => reply(status, state),
    },
    info: {
      raftRole: ignore,
      raftApplied: ignore,
      write: ignore,
      synced: ignore,
      failed: ignore,
      fetched: ignore,
      fetch: ignore,
    },
  })
  const startDatabase = async (): Promise<void> => {
    server = await runtime.runUntil(startServer(node, Database, undefined, { name: database.module }))
  }
  beforeEach(async () => {
    runtime = createVirtualRuntime()
    node = createNode({ runtime, report: () => {} })
    isHeld = true
    appended = 0
    mood = 'well'
    status = { serves: 'readsAndWrites', isWhole: true, lastId: 1 }
    node.spawn(async (self) => {
      await startGate(self, { running: () => ({ token: 1, isHeld: () => isHeld }) })
      await self.receive()
    })
    await startDatabase()
    await runtime.runUntil(startServer(node, Replica, undefined, { name: replica.module }))
    client = await runtime.runUntil(startMessagesClient({ node, nodes: [node.name] }))
  })
  afterEach(() => runtime.runUntil(node.stop()))

  const append = () => runtime.runUntil(client.append(node, offered))
  const history = (withinMs = 2000) => runtime.runUntil(client.history(node, page, withinMs))

  it('asks whoever serves', async () => {
    expect(await append()).toEqual({ ok: message, previous: 0 })
    expect(await history()).toEqual({ found: [message], more: false, copyOf: null })
    expect(await runtime.runUntil(client.rooms(node, 2000))).toMatchObject({ found: [{ room: 'lobby' }], copyOf: null })
    const since = client.since(node, { after: 0, limit: 10 }, 2000)
    expect(await runtime.runUntil(since)).toEqual({ found: [message], more: true, copyOf: null })
    expect(client.where()).toBe(node.name)
  })

  it('knows of a page of an earlier version by its length whether there are more', async () => {
    const one = client.history(node, { ...page, limit: 1 }, 2000)
    expect(await runtime.runUntil(one)).toMatchObject({ found: [message], more: true })
    expect(await history()).toMatchObject({ found: [message], more: false })
  })

  it('tells at once who asks for what is no page, here and where there is a copy alone', async () => {
    const refused = async (): Promise<void> => {
      for (const wrong of [{ after: 1e30 }, { after: -1 }, { after: 0.5 }, { limit: Number.NaN }, { limit: 2 ** 53 }])
        expect(
          await runtime.runUntil(
            client.history(node, { ...page, ...wrong }, 2000).catch(({ code }: AgnerError) => code),
          ),
        ).toBe('call.bad_argument')
    }
    await refused()
    isHeld = false
    status = { ...status, serves: 'reads' }
    await append()
    await refused()
    expect(node.isAlive(server)).toBe(true)
  })

  it('waits for one that moves, and is not content with a copy meanwhile', async () => {
    isHeld = false
    status = { ...status, serves: 'nothing' }
    const [stored, read] = [client.append(node, offered), client.history(node, page, 5000)]
    await runtime.advance(1500)
    isHeld = true
    expect(await runtime.runUntil(Promise.all([stored, read]))).toEqual([
      { ok: message, previous: 0 },
      { found: [message], more: false, copyOf: null },
    ])
    expect(appended).toBe(1)
  })

  it('says that it is not known after a while, and nothing to who reads', async () => {
    isHeld = false
    status = { ...status, serves: 'nothing' }
    expect(await append()).toEqual({ error: 'unavailable' })
    expect(await history()).toBe(null)
  })

  it('says at once that nothing can be stored, and reads from the copy', async () => {
    await append()
    isHeld = false
    status = { ...status, serves: 'reads' }
    // Whoever comes first has asked the one that served.
    expect(await append()).toEqual({ error: 'readOnly' })
    const startedMs = runtime.nowMs()
    expect(await append()).toEqual({ error: 'readOnly' })
    expect(await history()).toEqual({ found: [{ ...message, text: 'from the copy' }], more: false, copyOf: node.name })
    expect(runtime.nowMs() - startedMs).toBeLessThan(100)
    isHeld = true
    status = { ...status, serves: 'readsAndWrites' }
    await runtime.advance(1000)
    expect(await append()).toEqual({ ok: message, previous: 0 })
  })

  it('reads from no copy that lacks something', async () => {
    isHeld = false
    status = { serves: 'reads', isWhole: false, lastId: 9 }
    expect(await history()).toBe(null)
  })

  it('finds the server again that was started anew', async () => {
    await append()
    node.sendExit(server, 'kill')
    await runtime.settle()
    const again = client.append(node, offered)
    await runtime.advance(300)
    await startDatabase()
    expect(await runtime.runUntil(again)).toEqual({ ok: message, previous: 0 })
  })

  it('does not say that nothing was stored when an attempt before may have stored it', async () => {
    mood = 'silent'
    const answer = client.append(node, offered)
    await runtime.advance(1000)
    mood = 'readOnly'
    expect(await runtime.runUntil(answer)).toEqual({ error: 'unavailable' })
    expect(await append()).toEqual({ error: 'readOnly' })
    expect(appended).toBe(1)
  })

  it('asks once for what has no key', async () => {
    mood = 'silent'
    const answer = client.append(node, { ...offered, key: null })
    await runtime.advance(1000)
    mood = 'well'
    expect(await runtime.runUntil(answer)).toEqual({ error: 'unavailable' })
    expect(appended).toBe(1)
  })

  it('leaves nobody waiting for an answer that one who has ended had asked for', async () => {
    isHeld = false
    status = { ...status, serves: 'reads' }
    const first = node.spawn(async (self) => void (await self.wait(client.append(self, offered))))
    await runtime.advance(0)
    node.sendExit(first, 'kill')
    expect(await append()).toEqual({ error: 'readOnly' })
  })
})
