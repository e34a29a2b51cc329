/**
 * The door of an http node without the cluster around it: the real API, WebSockets, sessions and rooms on one node, over a database in memory.
 */
import { startServer, startSupervisor } from '@agner/behaviours'
import { createNode, type AnyPid, type Node } from '@agner/core'
import type { ApiContext } from '../src/api/context.ts'
import { makeCounters } from '../src/api/metrics.ts'
import { Door } from '../src/door.ts'
import { defineRoom } from '../src/rooms/room.ts'
import { Sessions, sessionSupervisor } from '../src/ws/sessions.ts'
import { MemoryDatabase } from './memory-database.ts'

export interface SmallContext {
  readonly context: ApiContext
  readonly memory: MemoryDatabase
  /** What was logged as an error. */
  readonly failures: string[]
}

/** What the routes and the WebSockets work with, on a node that the caller stops. */
export async function smallContext(node: Node): Promise<SmallContext> {
  const memory = await MemoryDatabase.start(node)
  const Room = defineRoom(memory.messages)
  const rooms = new Map<string, Promise<AnyPid>>()
  const open = (name: string): Promise<AnyPid> => {
    const opened = rooms.get(name) ?? startServer(node, Room, name)
    rooms.set(name, opened)
    return opened
  }
  const failures: string[] = []
  const distribution = { nodes: () => [] } as unknown as ApiContext['distribution']
  const context: ApiContext = {
    node,
    distribution,
    groups: { whereis: () => undefined } as unknown as ApiContext['groups'],
    log: {
      error: (text: string) => failures.push(text),
      warning: () => {},
    } as unknown as ApiContext['log'],
    rooms: { open },
    messages: memory.messages,
    counters: makeCounters(node, distribution),
  }
  return { context, memory, failures }
}

export interface SmallDoor extends SmallContext, AsyncDisposable {
  readonly door: Door
  readonly port: number
}

/** Open on a free port, in real time. */
export async function openSmallDoor(): Promise<SmallDoor> {
  const node = createNode({ report: () => {} })
  const small = await smallContext(node)
  const sessions = Sessions.child({ id: 'sessions', name: sessionSupervisor })
  await startSupervisor(node, { children: [sessions] })
  const door = await Door.make(small.context)
  await door.open({ host: '127.0.0.1', port: 0 })
  const close = async (): Promise<void> => {
    await door.close()
    await node.stop()
  }
  return { ...small, door, port: Number(new URL(door.url).port), [Symbol.asyncDispose]: close }
}
