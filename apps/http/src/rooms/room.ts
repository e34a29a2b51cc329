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
import type { Pid, Process, Ref } from '@agner/core'
import type { MessagesClient } from '@agner-chat/database/client'
import { findNewest, type PageAfter } from './newest.ts'
import { Presence } from './presence.ts'
import { room, type FromRoom, type Posted, type RoomApi } from './room.api.ts'

export interface RoomState {
  readonly name: string
  /** Changed in place: an answer of the database goes to those who are there when it comes. */
  readonly sessions: Map<Pid<FromRoom>, { readonly monitor: Ref; readonly user: string }>
  readonly presence: Presence
  /** The newest message that is known, once somebody had to know. */
  newest: number | null
  /** The search for it, which all who wait share. */
  finding: Promise<number | null> | null
  /** An append failed: what is stored and what was sent out may differ. */
  uncertain: boolean
  lastUseMs: number
}

type RoomProcess = Process<RoomApi['info']>
type Who = Parameters<RoomApi['calls']['join']>[0]

const recoverEveryMs = 250
/** Posts wait meanwhile. */
const recoverWithinMs = 1000
const findWithinMs = 2000
const findPage = 50
const idleCheckMs = 30_000
/** A room without sessions and posts for this long ends; the next user starts it again. */
const idleAfterMs = 60_000

export function defineRoom(messages: MessagesClient): Server<RoomApi, string, RoomState> {
  const append = async (
    self: RoomProcess,
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
    self: RoomProcess,
    state: RoomState,
    message: { user: string; text: string; key: string },
    from: From<Posted>,
  ): Promise<void> => {
    const posted = await append(self, state, message)
    if ('ok' in posted) {
      if (state.newest !== null) state.newest = Math.max(state.newest, posted.ok.id)
      const told: FromRoom = { type: 'message', message: posted.ok, previous: posted.previous }
      for (const session of state.sessions.keys()) self.send(session, told)
    }
    answer(from, posted)
  }

  /** Lets in who has no message yet: what the room held before is known first, or a message that is missed would not be noticed. */
  const admit = async (self: RoomProcess, state: RoomState, who: Who, from: From<number | null>): Promise<void> => {
    const endMs = self.node.runtime.nowMs() + findWithinMs
    // A copy may lack the last ones: they are sent then, although they are older.
    const pageAfter: PageAfter = (after) =>
      messages.history(self, { room: state.name, after, limit: findPage }, endMs - self.node.runtime.nowMs())
    state.finding ??= findNewest(pageAfter).finally(() => (state.finding = null))
    const newest = await state.finding
    if (newest !== null) {
      state.newest = Math.max(newest, state.newest ?? 0)
      enter(self, state, who)
    }
    answer(from, state.newest)
  }

  return defineServer(room, {
    version: '1.0.0',
    init: (name: string, { self }): RoomState => {
      self.label(`room ${name}`)
      self.sendAfter(idleCheckMs, self.pid, { type: 'idle' })
      return {
        name,
        sessions: new Map(),
        presence: new Presence(),
        newest: null,
        finding: null,
        uncertain: false,
        lastUseMs: self.node.runtime.nowMs(),
      }
    },
    calls: {
      post: (state, message, { self, from }) => {
        state.lastUseMs = self.node.runtime.nowMs()
        void post(self, state, message, from)
        return noreply(state)
      },
      join: (state, who, { self, from }) => {
        state.lastUseMs = self.node.runtime.nowMs()
        if (who.begins && state.newest === null) {
          void admit(self, state, who, from)
          return noreply(state)
        }
        enter(self, state, who)
        return reply(state.newest, state)
      },
    },
    info: {
      down: (state, { ref, process }, { self }) => {
        const session = process as Pid<FromRoom>
        const known = state.sessions.get(session)
        // It may be back already, with another monitor.
        if (known?.monitor !== ref) return noreply(state)
        state.sessions.delete(session)
        state.presence.went(self, known.user, state.sessions)
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
        for (const session of state.sessions.keys()) self.send(session, { type: 'resync' })
        return noreply(state)
      },
      presence: (state, _, { self }) => {
        state.presence.tell(self, state.sessions)
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

/** Who asks twice, since the first answer did not come in time, is there once. */
function enter(self: RoomProcess, { sessions, presence }: RoomState, { session, user }: Who): void {
  const before = sessions.get(session)
  if (before !== undefined) self.demonitor(before.monitor)
  sessions.set(session, { monitor: self.monitor(session), user })
  if (before === undefined) presence.came(self, user, session, sessions)
}
