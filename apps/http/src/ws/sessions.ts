/**
 * The sessions of a node: children that come and go, each with its socket. None is restarted: a browser that loses its session comes back by
 * itself, and reads what it missed.
 */
import { defineDynamicSupervisor, type DynamicSupervisor } from '@agner/behaviours'
import type { AnyProcess, Pid } from '@agner/core'
import type { FromRoom } from '../rooms/room.api.ts'
import { session, type FromSocket, type SessionMessage, type SessionSettings } from './session.ts'

/** The local name of the supervisor that sessions are started under. */
export const sessionSupervisor = '@agner-chat/sessions'

export type SessionPid = Pid<FromSocket | FromRoom>

const sessionMailboxLimit = 20_000
/** More are told to try again: the other node may have room. */
const sessionsPerNode = 50_000

export const Sessions: DynamicSupervisor<SessionSettings, SessionPid> = defineDynamicSupervisor({
  maxChildren: sessionsPerNode,
  children: {
    id: 'session',
    restart: 'temporary',
    start: async (supervisor: AnyProcess, settings: SessionSettings): Promise<SessionPid> =>
      supervisor.spawnLink<SessionMessage>(session(settings), { mailboxLimit: sessionMailboxLimit }),
  },
})
