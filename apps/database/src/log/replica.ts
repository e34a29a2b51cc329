/**
 * A node's copy of the messages, kept by a process: hears what is applied, writes it to the table, and answers from there.
 *
 *     member ── applied ──► replica ── batch, and the place in the log ──► table ── synced ──► the log may forget it; who waited is answered
 *     other copy ── rows ──► replica          where the log begins after what the table has
 *
 * After a crash the table says where it was, and the log tells everything after that. An error of the table ends the process; its supervisor begins
 * anew from the disk.
 */
import { answer, call, defineServer, noreply, reply, type From, type Server } from '@agner/behaviours'
import type { AnyProcess } from '@agner/core'
import { Copy, type Batch } from './copy.ts'
import { answerTo, pageMessages } from '../pages.ts'
import type { PageQuery } from '../questions.ts'
import type { Looked, MessageTable } from './message-table.ts'
import type { MessageMember, MessagePart } from './part.ts'
import { replica, type AtLeast, type NotHere, type ReplicaApi, type Serves } from './replica.api.ts'

/** Rows that are fetched at once for a hole. */
const pageRows = 500
/** Before the other copy is asked again for what it did not have. */
const fetchAgainMs = 500
const fetchTimeoutMs = 3000
/** Questions that wait for messages which are not here yet. */
const waitingLimit = 10_000
/**
 * Between two transactions when nobody waits for the second: nothing is acknowledged by a copy, and each sync of its disk holds up those of the log, which
 * somebody does wait for.
 */
const paceMs = 20
/** Entries between two words to the log that it may forget. */
const forgetEvery = 256

export interface ReplicaOptions {
  readonly part: MessagePart
  readonly openTable: () => Promise<MessageTable>
  /** Nodes with another copy. */
  readonly others: readonly string[]
}

interface Waiting {
  readonly atLeast: number
  readonly run: () => void
}

export interface ReplicaState {
  readonly table: MessageTable
  readonly copy: Copy
  readonly member: MessageMember
  waiting: Waiting[]
  /** When the next transaction is due; null: a message says it. */
  dueMs: number | null
  forgotten: number
  nextOther: number
}

const notHere: NotHere = { error: 'notHere' }

export function defineReplica({ part, openTable, others }: ReplicaOptions): Server<ReplicaApi, void, ReplicaState> {
  const write = (self: AnyProcess, state: ReplicaState, batch: Batch | null): void => {
    if (batch === null) return
    state.dueMs = self.node.monotonicTimeMs() + paceMs
    state.table.apply(batch.rows, batch.index).then(
      () => tell(self, { type: 'synced' }),
      (error: unknown) => tell(self, { type: 'failed', reason: String(error) }),
    )
  }

  /** What waits in the copy is written now, or in a moment if nobody waits for it. */
  const writeSoon = (self: AnyProcess, state: ReplicaState): void => {
    const { copy, waiting, dueMs } = state
    if (copy.isWriting || copy.isIdle) return
    const isUrgent = waiting.length > 0 || copy.hole !== null
    if (isUrgent) return write(self, state, copy.take())
    if (dueMs === null) return
    const leftMs = dueMs - self.node.monotonicTimeMs()
    if (leftMs <= 0) return write(self, state, copy.take())
    state.dueMs = null
    self.sendAfter(leftMs, self.pid as never, { type: 'write' } as never)
  }

  /** From the other copies in turn; what cannot be had now is asked for again. */
  const fetch = async (self: AnyProcess, state: ReplicaState): Promise<void> => {
    const { copy } = state
    const other = others[state.nextOther++ % Math.max(1, others.length)]
    if (copy.hole === null || other === undefined) return
    const at = replica.at({ name: replica.module, node: other })
    const asked = { after: copy.at.lastId, limit: pageRows }
    const rows = await call(self, at, 'rows', asked, { timeoutMs: fetchTimeoutMs }).catch(() => [])
    tell(self, { type: 'fetched', rows })
  }

  /** Answers from the table once it has what is asked for. */
  const read = <T>(state: ReplicaState, self: AnyProcess, from: From<T | NotHere>, reading: Reading<T>): void => {
    const { copy, waiting } = state
    const { atLeast } = reading
    if (waiting.length >= waitingLimit || (atLeast === 0 && copy.hole !== null)) return answer(from, notHere)
    const run = (): void =>
      void reading.run(state.table).then(
        (found) => answer(from, found),
        (error: unknown) => tell(self, { type: 'failed', reason: String(error) }),
      )
    if (copy.at.lastId >= atLeast) run()
    else {
      waiting.push({ atLeast, run })
      writeSoon(self, state)
    }
  }

  return defineServer(replica, {
    version: '1.0.0',
    init: async (_: void, { self }): Promise<ReplicaState> => {
      const table = self.own(await openTable())
      const copy = new Copy(await table.position())
      const member = part.memberHere()
      member.watch(self, { after: copy.at.index })
      part.copy = copy
      return { table, copy, member, waiting: [], dueMs: 0, forgotten: 0, nextOther: 0 }
    },
    formatStatus: ({ state: { copy, waiting } }) => ({
      state: { at: copy.at, hole: copy.hole, waiting: waiting.length },
    }),
    calls: {
      look: (state, asked, { self, from }) => {
        const { keys, rooms } = asked
        const nothing = (): Looked => ({ upTo: state.copy.at.lastId, byKey: [], rooms: [] })
        const run = async (table: MessageTable): Promise<Looked & { serves: Serves }> => {
          const looked = keys.length + rooms.length > 0 ? await table.look(asked) : nothing()
          return { ...looked, serves: part.serves() }
        }
        read(state, self, from, { atLeast: 0, run })
        return noreply(state)
      },
      byIds: (state, { atLeast, ids }, { self, from }) => {
        read(state, self, from, { atLeast, run: (table) => table.byIds(ids) })
        return noreply(state)
      },
      history: (state, { atLeast, ...query }, { self, from }) => {
        read(state, self, from, { atLeast, run: (table) => table.history(bounded(query)).then(answerTo(query)) })
        return noreply(state)
      },
      since: (state, { atLeast, ...query }, { self, from }) => {
        read(state, self, from, { atLeast, run: (table) => table.since(bounded(query)).then(answerTo(query)) })
        return noreply(state)
      },
      rooms: (state, { atLeast }, { self, from }) => {
        read(state, self, from, { atLeast, run: (table) => table.rooms() })
        return noreply(state)
      },
      rows: (state, { after, limit }, { self, from }) => {
        const query = { after, limit: Math.min(limit, pageRows) }
        state.table.rows(query).then(
          (rows) => answer(from, rows),
          (error: unknown) => tell(self, { type: 'failed', reason: String(error) }),
        )
        return noreply(state)
      },
      status: (state) => {
        const { copy } = state
        return reply({ serves: part.serves(), isWhole: copy.hole === null, lastId: copy.at.lastId }, state)
      },
    },
    info: {
      raftRole: (state) => noreply(state),
      raftApplied: (state, { event }, { self }) => {
        const { copy, member } = state
        const hadHole = copy.hole !== null
        copy.heard(event, () => ({ index: member.state().index, lastId: member.state().state.lastId }))
        writeSoon(self, state)
        if (!hadHole && copy.hole !== null) void fetch(self, state)
        return noreply(state)
      },
      fetched: (state, { rows }, { self }) => {
        const batch = state.copy.fill(rows)
        if (batch !== null) write(self, state, batch)
        else if (state.copy.hole !== null) self.sendAfter(fetchAgainMs, self.pid, { type: 'fetch' })
        return noreply(state)
      },
      fetch: (state, _, { self }) => {
        void fetch(self, state)
        return noreply(state)
      },
      synced: (state, _, { self }) => {
        const { copy } = state
        copy.synced()
        answerThose(state)
        writeSoon(self, state)
        if (!copy.isWriting && copy.hole !== null) void fetch(self, state)
        letForget(state)
        return noreply(state)
      },
      write: (state, _, { self }) => {
        state.dueMs ??= 0
        writeSoon(self, state)
        return noreply(state)
      },
      failed: (_, { reason }) => {
        throw new Error(`the copy of the messages cannot go on: ${reason}`)
      },
    },
  })
}

function bounded<Query extends PageQuery>(query: Query): Query {
  return { ...query, limit: Math.min(query.limit, pageMessages) }
}

interface Reading<T> extends AtLeast {
  readonly run: (table: MessageTable) => Promise<T>
}

function tell(self: AnyProcess, message: ReplicaApi['info']): void {
  self.send(self.pid as never, message as never)
}

function answerThose(state: ReplicaState): void {
  const { waiting, copy } = state
  if (!waiting.some(({ atLeast }) => atLeast <= copy.at.lastId)) return
  state.waiting = waiting.filter(({ atLeast }) => atLeast > copy.at.lastId)
  for (const { atLeast, run } of waiting) if (atLeast <= copy.at.lastId) run()
}

/** What is synced here need not be in the log; but a leader keeps it for a copy elsewhere that is behind, as far as its limit goes. */
function letForget(state: ReplicaState): void {
  const { copy, member } = state
  if (copy.at.index - state.forgotten < forgetEvery) return
  const { followers } = member.status()
  const others = followers.filter(({ role }) => role === 'voter').map(({ match }) => match)
  const index = Math.min(copy.at.index, ...others)
  if (index - state.forgotten < forgetEvery) return
  state.forgotten = index
  member.mayForget(index)
}
