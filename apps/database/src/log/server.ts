/**
 * The server of the messages, where their log leads: proposes what is appended, and reads from the copy of its node.
 *
 *     room ── append ──► server ── what the copy knows of keys and rooms ──► replica
 *                               ── the batch ──► log ── a majority has it on disk ──► every answer, in the order of the log
 *     reader ── history ──► server ── how long is the log now? ──► log          asks the others whether it still leads
 *                                  ── once you have as much ──► replica
 *
 * What arrives while batches are on their way makes the next one, so one sync serves many writers. The server keeps nothing that cannot be lost: when
 * it ends, nobody got an answer for what was under way, and retries with the same key are safe.
 */
import { answer, call, defineServer, noreply, type From, type Server } from '@agner/behaviours'
import { startClient, type GroupClient } from '@agner/consensus'
import { AgnerError, type AnyProcess, type ExitReason } from '@agner/core'
import { database, type Appended, type DatabaseApi, type NewMessage } from '../database.api.ts'
import { windowSize } from './machine.ts'
import type { Row } from './message-table.ts'
import { messages, type AppendCommand, type AppendResult, type MessagesQuery, type Offered } from './messages.group.ts'
import { replica, type NotHere } from './replica.api.ts'

/** Batches that wait for a majority at once. */
const batchesUnderWay = 4
/** What one batch has at most; a larger message goes alone. */
const batchMessages = 128
const batchCharacters = 65_536
/** Messages that wait for their batch; more are refused as busy. */
const waitingLimit = 10_000
/**
 * A copy that is behind by more than half of what the log remembers makes appends be refused as busy: the log would soon say `again` to all. What is under way does
 * not count.
 */
const leastLag = batchMessages * batchesUnderWay
const submitTimeoutMs = 2500
const readTimeoutMs = 2000
/** How often a message is looked up anew that the log could not judge. */
const attempts = 3

type Client = GroupClient<AppendCommand, readonly AppendResult[], MessagesQuery, number>

interface Waiting {
  readonly message: NewMessage
  readonly from: From<Appended>
  readonly attempt: number
}

export interface DatabaseState {
  readonly client: Client
  readonly waiting: Waiting[]
  underWay: number
  /** The newest message that is known here. */
  lastId: number
}

/**
 * @param nodes where the members of the log are
 * @param size how many keys and rooms the log remembers: the same as the machine's
 */
export function defineDatabase(
  nodes: readonly string[],
  size: number = windowSize,
): Server<DatabaseApi, void, DatabaseState> {
  const copy = replica.at(replica.module)

  const commit = async (self: AnyProcess, state: DatabaseState, batch: readonly Waiting[]): Promise<void> => {
    try {
      const rest = await known(self, state, batch)
      if (rest.offered.length > 0) await propose(self, state, rest)
    } catch (error) {
      if (!(error instanceof AgnerError)) return crash(self, error)
      for (const { from } of batch) answer(from, problemOf(error))
    } finally {
      state.underWay--
      if (state.waiting.length > 0) self.send(self.pid as never, { type: 'write' } as never)
    }
  }

  /** Answers those whose key the copy knows; the rest with what it says of their rooms. */
  const known = async (self: AnyProcess, state: DatabaseState, batch: readonly Waiting[]): Promise<Rest> => {
    // As long as the log remembers everything there is nothing to be looked up.
    const asks = state.lastId + batchMessages * (batchesUnderWay + 1) > size
    const keys = asks ? batch.flatMap(({ message: { key } }) => (key === null ? [] : [key])) : []
    const rooms = asks ? [...new Set(batch.map(({ message }) => message.room))] : []
    const looked = await call(self, copy, 'look', { keys, rooms }, { timeoutMs: readTimeoutMs })
    if ('error' in looked) return refuse(batch, 'unavailable')
    if (looked.serves === 'reads') return refuse(batch, 'readOnly')
    state.lastId = Math.max(state.lastId, looked.upTo)
    if (state.lastId - looked.upTo > Math.max(size / 2, leastLag)) return refuse(batch, 'busy')
    const byKey = new Map(looked.byKey.map((row) => [row.key, row]))
    const last = new Map(looked.rooms)
    const waiting: Waiting[] = []
    const offered: Offered[] = []
    for (const one of batch) {
      const { room, user, text, key } = one.message
      const row = key === null ? undefined : byKey.get(key)
      if (row !== undefined) answer(one.from, judge(one.message, row))
      else {
        waiting.push(one)
        offered.push({ room, user, text, key, upTo: asks ? looked.upTo : 0, previous: last.get(room) ?? 0 })
      }
    }
    return { waiting, offered }
  }

  const propose = async (self: AnyProcess, state: DatabaseState, { waiting, offered }: Rest): Promise<void> => {
    const at = new Date(self.node.systemTimeMs()).toISOString()
    const command = { type: 'append', at, messages: offered } as const
    const results = await state.client.submit(self, command, { timeoutMs: submitTimeoutMs })
    const old: { readonly one: Waiting; readonly id: number }[] = []
    for (const [place, result] of results.entries()) {
      const one = waiting[place]!
      const { room, user, text } = one.message
      if (result.type === 'new') {
        state.lastId = Math.max(state.lastId, result.id)
        answer(one.from, { ok: { id: result.id, room, user, text, at }, previous: result.previous })
      } else if (result.type === 'known') old.push({ one, id: result.id })
      else if (one.attempt < attempts) state.waiting.push({ ...one, attempt: one.attempt + 1 })
      else answer(one.from, { error: 'busy' })
    }
    if (old.length > 0) await compare(self, old)
  }

  /** Those whose key stands for a message already: the same, or another. */
  const compare = async (
    self: AnyProcess,
    old: readonly { readonly one: Waiting; readonly id: number }[],
  ): Promise<void> => {
    const ids = old.map(({ id }) => id)
    const asked = { ids, atLeast: Math.max(...ids) }
    const rows = await call(self, copy, 'byIds', asked, { timeoutMs: readTimeoutMs }).catch(() => null)
    const byId = new Map(rows === null || 'error' in rows ? [] : rows.map((row) => [row.id, row]))
    for (const { one, id } of old) {
      const row = byId.get(id)
      answer(one.from, row === undefined ? { error: 'unavailable' } : judge(one.message, row))
    }
  }

  /** Asks the copy of this node, once it has all that was acknowledged before. */
  const read = async <T>(
    self: AnyProcess,
    { client }: DatabaseState,
    from: From<T>,
    ask: (atLeast: number) => Promise<T | NotHere>,
  ): Promise<void> => {
    try {
      const found = await ask(await client.read(self, 'lastId', { timeoutMs: readTimeoutMs }))
      if (!isNotHere(found)) answer(from, found)
    } catch (error) {
      // Another leads, or nobody can be asked: this server is about to be stopped, and whoever asked asks again.
      if (!(error instanceof AgnerError)) crash(self, error)
    }
  }

  return defineServer(database, {
    version: '1.0.0',
    init: async (_: void, { self }): Promise<DatabaseState> => {
      const client = await startClient(self, messages, { nodes, limits: { attemptMs: 1000 } })
      const lastId = await client.read(self, 'lastId')
      return { client, waiting: [], underWay: 0, lastId }
    },
    formatStatus: ({ state: { waiting, underWay, lastId } }) => ({
      state: { waiting: waiting.length, underWay, lastId },
    }),
    calls: {
      append: (state, message, { self, from }) => {
        if (state.waiting.length >= waitingLimit) answer(from, { error: 'busy' })
        // The first of a batch asks for it to go once all that has arrived with it is in.
        else if (state.waiting.push({ message, from, attempt: 1 }) === 1) self.send(self.pid, { type: 'write' })
        return noreply(state)
      },
      history: (state, query, { self, from }) => {
        void read(self, state, from, (atLeast) => call(self, copy, 'history', { ...query, atLeast }))
        return noreply(state)
      },
      since: (state, query, { self, from }) => {
        void read(self, state, from, (atLeast) => call(self, copy, 'since', { ...query, atLeast }))
        return noreply(state)
      },
      rooms: (state, _, { self, from }) => {
        void read(self, state, from, (atLeast) => call(self, copy, 'rooms', { atLeast }))
        return noreply(state)
      },
    },
    info: {
      write: (state, _, { self }) => {
        while (state.waiting.length > 0 && state.underWay < batchesUnderWay) {
          state.underWay++
          void commit(self, state, state.waiting.splice(0, sizeOfBatch(state.waiting)))
        }
        return noreply(state)
      },
    },
  })
}

/** What is not answered yet, and how it is offered to the log. */
interface Rest {
  readonly waiting: readonly Waiting[]
  readonly offered: readonly Offered[]
}

function refuse(batch: readonly Waiting[], error: 'readOnly' | 'busy' | 'unavailable'): Rest {
  for (const { from } of batch) answer(from, { error })
  return { waiting: [], offered: [] }
}

function sizeOfBatch(waiting: readonly Waiting[]): number {
  let characters = 0
  const end = waiting.findIndex(({ message: { text } }, place) => {
    characters += text.length
    return place > 0 && (place >= batchMessages || characters > batchCharacters)
  })
  return end === -1 ? waiting.length : end
}

/** The same message again is as good as stored now; another one under its key is refused. */
function judge({ room, user, text }: NewMessage, row: Row): Appended {
  const isSame = row.room === room && row.user === user && row.text === text
  const { key: _, previous, ...message } = row
  return isSame ? { ok: message, previous } : { error: 'keyReused' }
}

/** A mistake of this program, outside of a handler: so it ends the process there, too. */
function crash(self: AnyProcess, error: unknown): void {
  self.sendExit(self.pid, error as ExitReason)
}

function problemOf({ code }: AgnerError): Appended {
  // Refused before it came into the log.
  return { error: code === 'consensus.busy' || code === 'consensus.client_full' ? 'busy' : 'unavailable' }
}

function isNotHere(found: unknown): found is NotHere {
  return typeof found === 'object' && found !== null && 'error' in found
}
