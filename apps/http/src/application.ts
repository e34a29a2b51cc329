/**
 * An http node's application: rooms are processes of its tree; the door opens when the tree is up, and is closed before it goes down.
 */
import { defineApplication, defineSupervisor, type Application } from '@agner/behaviours'
import { roomSupervisor } from './rooms/directory.ts'
import type { Door } from './door.ts'

export interface HttpEnv {
  readonly host: string
  /** 0 picks a free one: users come by the public port, which the launcher binds. */
  readonly port: number
}

const Rooms = defineSupervisor({ intensity: 100, periodMs: 10_000, children: [] })

export function httpApplication(door: Door): Application<HttpEnv> {
  return defineApplication({
    name: 'http',
    version: '1.0.0',
    env: { host: '127.0.0.1', port: 0 } as HttpEnv,
    start: () => ({ intensity: 10, periodMs: 10_000, children: [Rooms.child({ id: 'rooms', name: roomSupervisor })] }),
    startPhases: { open: ({ env }) => door.open(env) },
    prepareStop: () => door.close(),
  })
}
