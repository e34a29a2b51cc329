/**
 * The database server with the messages in PostgreSQL.
 *
 *     room ── append ──► waits ──► batch ──► one transaction ──► every answer, in order
 *                          ▲                     │ PostgreSQL is away, or slow
 *                          └──── tried again ────┘ for as long as the message has patience; then it is refused
 *
 * It stays alive while PostgreSQL is away, so that callers are told so, and it serves again at once when that is back. A write whose commit was not answered
 * is written again, and stored once. Readers do not wait for writers.
 *
 * A mistake of this program in writing is a crash: nobody got an answer, and its supervisor starts it again. What goes wrong with a question of a reader is
 * the end of that question alone: whoever asks it is likely to ask it again, and would take everybody's server down with it each time.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { answer, defineServer, logger, noreply, reply, type From, type Noreply, type Server } from '@agner/behaviours'
import type { ExitReason, Process } from '@agner/core'
import { database, type Appended, type DatabaseApi } from '../database.api.ts'
import { answerTo, pageMessages } from '../pages.ts'
import { toWrite, type Writing } from './batch.ts'
import { PostgresError } from './errors.ts'
import type { PostgresLimits } from './limits.ts'
import type { PostgresStore } from './message-store.ts'
import type { PostgresPart } from './part.ts'

interface Waiting {
  readonly writing: Writing
  readonly from: From<Appended>
  readonly sinceMs: number
}

/** Changed in place: what comes back from PostgreSQL goes to those who wait when it comes. */
export interface PostgresState {
  readonly store: PostgresStore
  readonly part: PostgresPart
  readonly waiting: Waiting[]
  /** A `write` is under way or on its way. */
  isWriting: boolean
  /** Since when PostgreSQL is away; null while it answers. */
  awaySinceMs: number | null
  reading: number
}

type Self = Process<DatabaseApi['info']>

export interface PostgresDatabaseOptions {
  /** Told how it goes. */
  readonly part: PostgresPart
  /** Makes the store of each start of the server, which closes it. */
  open(token: number | null): PostgresStore
}

/** Its argument is the token of the claim by which it writes, for `open`. */
export function definePostgresDatabase({
  part,
  open,
}: PostgresDatabaseOptions): Server<DatabaseApi, number | null, PostgresState> {
  return defineServer(database, {
    version: '1.0.0',
    init: async (token: number | null, { self }): Promise<PostgresState> => {
      const store = self.own(open(token))
      self.own({ close: part.serves(token ?? 0) })
      const state: PostgresState = { store, part, waiting: [], isWriting: false, awaySinceMs: null, reading: 0 }
      // Who finds it running finds it serving, if PostgreSQL is there; if it is not, it says so, and goes on trying.
      await attempt(self, state)
      return state
    },
    formatStatus: ({ state: { store, waiting, awaySinceMs, reading } }) => ({
      state: { place: store.place, waiting: waiting.length, awaySinceMs, reading },
    }),
    calls: {
      append: (state, message, { self, from }) => {
        if (isAwayLong(self, state)) return reply({ error: 'unavailable' }, state)
        if (state.waiting.length >= state.store.limits.waiting) return reply({ error: 'busy' }, state)
        state.waiting.push({ writing: toWrite(message), from, sinceMs: nowMs(self) })
        // The first asks for all to be written that has come with it.
        if (!state.isWriting) writeAfter(self, state, 0)
        return noreply(state)
      },
      history: (state, query, { self, from }) => {
        const { room, after, limit } = query
        const ask = () => state.store.history(room, after, Math.min(limit, pageMessages)).then(answerTo(query))
        return read(self, state, from, ask)
      },
      since: (state, query, { self, from }) => {
        const { after, limit } = query
        const ask = () => state.store.since(after, Math.min(limit, pageMessages)).then(answerTo(query))
        return read(self, state, from, ask)
      },
      rooms: (state, _, { self, from }) => read(self, state, from, () => state.store.rooms()),
    },
    info: {
      write: (state, _, { self }) => {
        void attempt(self, state)
        return noreply(state)
      },
    },
  })
}

/** What comes in now would wait in vain. */
function isAwayLong(self: Self, { awaySinceMs, store }: PostgresState): boolean {
  return awaySinceMs !== null && nowMs(self) - awaySinceMs > store.limits.patienceMs
}

function writeAfter(self: Self, state: PostgresState, ms: number): void {
  state.isWriting = true
  if (ms === 0) self.send(self.pid, { type: 'write' })
  else self.sendAfter(ms, self.pid, { type: 'write' })
}

/** One transaction with what waits, or a look whether PostgreSQL is back. Goes on while anything waits, or it is away. */
async function attempt(self: Self, state: PostgresState): Promise<void> {
  state.isWriting = true
  const batch = state.waiting.slice(0, state.store.limits.batch)
  let answers: readonly Appended[] = []
  try {
    if (batch.length === 0) await state.store.check()
    else answers = await state.store.append(batch.map(({ writing }) => writing))
  } catch (error) {
    // It was stopped meanwhile, and its connections were closed with it.
    if (!self.node.isAlive(self.pid)) return
    if (!(error instanceof PostgresError)) return crash(self, error)
    return failed(self, state, error)
  }
  state.waiting.splice(0, batch.length)
  for (const [index, { from }] of batch.entries()) answer(from, answers[index]!)
  state.part.works()
  state.awaySinceMs = null
  state.isWriting = false
  if (state.waiting.length > 0) writeAfter(self, state, 0)
}

function failed(self: Self, state: PostgresState, error: PostgresError): void {
  const now = nowMs(self)
  const { limits } = state.store
  // Another claim has been given, and this one's owner is told so: the application is stopped here. Until then nothing that comes can be stored.
  if (error.code === 'database.fenced') state.awaySinceMs = -Infinity
  state.awaySinceMs ??= now
  state.part.fails(error)
  const patient = isAwayLong(self, state)
    ? []
    : state.waiting.filter(({ sinceMs }) => now - sinceMs < limits.patienceMs)
  for (const waiting of state.waiting) if (!patient.includes(waiting)) answer(waiting.from, { error: 'unavailable' })
  state.waiting.splice(0, Infinity, ...patient)
  writeAfter(self, state, limits.retryMs)
}

/**
 * Asked again while PostgreSQL is away, for as long as a writer would wait; then there is no answer, since a page of messages is the only one there could be:
 * the caller's time ends, and it asks again.
 */
function read<T>(
  self: Self,
  state: PostgresState,
  from: From<T>,
  ask: () => Promise<T>,
): Noreply<PostgresState, never> {
  if (state.reading < state.store.limits.reading) {
    state.reading++
    void readPatiently(self, state.store.limits, from, ask).finally(() => state.reading--)
  }
  return noreply(state)
}

async function readPatiently<T>(
  self: Self,
  limits: PostgresLimits,
  from: From<T>,
  ask: () => Promise<T>,
): Promise<void> {
  const sinceMs = nowMs(self)
  for (;;) {
    try {
      return answer(from, await ask())
    } catch (error) {
      if (!self.node.isAlive(self.pid)) return
      if (!mayPass(error)) return logger(self).error(`a question of a reader has no answer: ${String(error)}`)
      if (nowMs(self) - sinceMs > limits.patienceMs) return
      await pause(limits.retryMs)
    }
  }
}

/** Whether the same question may be answered in a moment. Where PostgreSQL fails in a way that is not known here, it is the question that is wrong. */
function mayPass(error: unknown): boolean {
  return error instanceof PostgresError && error.code !== 'database.failed'
}

/** What was begun in a handler goes on outside of it: so this is how it ends the process. */
function crash(self: Self, error: unknown): void {
  self.sendExit(self.pid, error as ExitReason)
}

function nowMs(self: Self): number {
  return self.node.runtime.nowMs()
}
