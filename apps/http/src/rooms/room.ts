/**
 * A room: one process in the whole front, which gives its messages one order on the way out.
 *
 *     session/HTTP ── post ──► room ── append ──► database
 *                                   ◄─ stored ──           answers come in the order of the database
 *                     sessions ◄─ message ── room
 *
 * Posts are not held up by each other: the room asks the database and goes on, so one sync serves many. When an answer fails to come, the
 * message may be stored all the same; then the room tells its sessions to read the history as soon as the database answers again. A room
 * keeps nothing that cannot be lost: when its node dies, the next one who needs it starts it elsewhere, and sessions join again.
 */
import { answer, defineServer, noreply, reply, stop, type From, type Server } from '@agner/behaviours'
import type { AnyProcess, Pid, Process, Ref } from '@agner/core'
import type { MessagesClient } from '@agner-chat/database/client'
import { room, type FromRoom, type Posted, type RoomApi } from './room.api.ts'

export interface RoomState {
  readonly name: string
  /** By the monitor of each. Changed in place: an answer of the database goes to those who are there when it comes. */
  readonly sessions: Map<Ref, { readonly session: Pid<FromRoom>; readonly user: string }>
  /** An append failed: what is stored and what was sent out may differ. */
  uncertain: boolean
  lastUseMs: number
}

const recoverEveryMs = 250
/** Posts wait meanwhile. */
const recoverWithinMs = 1000
const idleCheckMs = 30_000
/** A room without sessions and posts for this long ends; the next user starts it again. */
const idleAfterMs = 60_000

export function defineRoom(messages: MessagesClient): Server<RoomApi, string, RoomState> {
  const append = async (
    self: Process<RoomApi['info']>,
    state: RoomState,
    message: { user: string; text: string; key: string },
  ): Promise<Posted> => {
    const appended = await messages.append(self, { room: state.name, ...message })
    if ('error' in appended && appended.error === 'unavailable') {
      if (!state.uncertain) self.sendAfter(recoverEveryMs, self.pid, { type: 'recover' })
      state.uncertain = true
    }
    return appended
  }

  const post = async (
    self: Process<RoomApi['info']>,
    state: RoomState,
    message: { user: string; text: string; key: string },
    from: From<Posted>,
  ): Promise<void> => {
    const posted = await append(self, state, message)
    if ('ok' in posted) {
      const told: FromRoom = { type: 'message', message: posted.ok, previous: posted.previous }
      for (const { session } of state.sessions.values()) self.send(session, told)
    }
    answer(from, posted)
  }

  return defineServer(room, {
    version: '1.0.0',
    init: (name: string, { self }): RoomState => {
      self.label(`room ${name}`)
      self.sendAfter(idleCheckMs, self.pid, { type: 'idle' })
      return { name, sessions: new Map(), uncertain: false, lastUseMs: self.node.runtime.nowMs() }
    },
    calls: {
      post: (state, message, { self, from }) => {
        state.lastUseMs = self.node.runtime.nowMs()
        void post(self, state, message, from)
        return noreply(state)
      },
      join: (state, who, { self }) => {
        state.sessions.set(self.monitor(who.session), who)
        return reply(announce(self, state.sessions), state)
      },
    },
    info: {
      down: (state, { ref }, { self }) => {
        state.sessions.delete(ref)
        announce(self, state.sessions)
        state.lastUseMs = self.node.runtime.nowMs()
        return noreply(state)
      },
      recover: async (state, _, { self }) => {
        const found = await messages.history(self, { room: state.name, after: 0, limit: 1 }, recoverWithinMs)
        // A copy may lack the very message that this is about.
        if (found === null || found.copyOf !== null) {
          self.sendAfter(recoverEveryMs, self.pid, { type: 'recover' })
          return noreply(state)
        }
        state.uncertain = false
        for (const { session } of state.sessions.values()) self.send(session, { type: 'resync' })
        return noreply(state)
      },
      idle: (state, _, { self }) => {
        if (state.sessions.size === 0 && self.node.runtime.nowMs() - state.lastUseMs > idleAfterMs)
          return stop('normal', state)
        self.sendAfter(idleCheckMs, self.pid, { type: 'idle' })
        return noreply(state)
      },
    },
  })
}

/** Tells every session who is there. */
function announce(self: AnyProcess, sessions: RoomState['sessions']): readonly string[] {
  const users = [...new Set([...sessions.values()].map(({ user }) => user))].sort()
  for (const { session } of sessions.values()) self.send(session, { type: 'presence', users })
  return users
}
