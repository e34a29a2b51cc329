/**
 * An http node's application: rooms and sessions are processes of its tree, sessions the later ones, so that they end before their rooms; the door opens when the tree is up, and is closed before it goes down.
 */
import { defineApplication, type Application } from '@agner/behaviours'
import type { Door } from './door.ts'
import { roomSupervisor, type RoomDirectory } from './rooms/directory.ts'
import { Sessions, sessionSupervisor } from './ws/sessions.ts'

export interface HttpEnv {
  readonly host: string
  /** 0 picks a free one: users come by the public port, which the launcher binds. */
  readonly port: number
}

export function httpApplication(door: Door, rooms: Pick<RoomDirectory, 'supervisor'>): Application<HttpEnv> {
  return defineApplication({
    name: 'http',
    version: '1.0.0',
    env: { host: '127.0.0.1', port: 0 } as HttpEnv,
    start: () => ({
      intensity: 10,
      periodMs: 10_000,
      children: [
        rooms.supervisor.child({ id: 'rooms', name: roomSupervisor }),
        Sessions.child({ id: 'sessions', name: sessionSupervisor }),
      ],
    }),
    startPhases: { open: ({ env }) => door.open(env) },
    prepareStop: () => door.close(),
  })
}
