/**
 * Mistakes that people make with Raft, for the simulation of consensus to find.
 *
 * Some replace a method of the algorithm for the time of a run; others stand at its seam and falsify what goes in or comes out. The sources stay clean.
 */
import type { Input, Message } from '../../packages/consensus/src/raft/interface.ts'
import { Sessions } from '../../packages/consensus/src/machine/sessions.ts'
import { Disk } from '../../packages/consensus/src/raft/disk.ts'
import { Election } from '../../packages/consensus/src/raft/election.ts'
import { Electorate } from '../../packages/consensus/src/raft/electorate.ts'
import { Leadership } from '../../packages/consensus/src/raft/leadership.ts'
import { Progress } from '../../packages/consensus/src/raft/progress.ts'
import { Replication } from '../../packages/consensus/src/raft/replication.ts'
import { Raft } from '../../packages/consensus/src/raft/raft.ts'
import type { MakeSubject, Subject } from '../../packages/consensus/test/simulation/world/subject.ts'
import { patch, patchGetter, type Fault } from '../conformance/faults/patch.ts'

/** A wrong algorithm, and what makes the classes right again. */
export interface Planted {
  readonly make: MakeSubject
  readonly undo: () => void
}

export type Bug = () => Planted

export const plantedRaftBugs = {
  // Elections.
  'a vote that is only in memory': patched(patch(Disk.prototype, 'ballot', () => () => {})),
  'two votes in a term': falsified(({ seat }, message) => {
    if (message.type === 'askVote' && !message.pre && message.term === seat.term) seat.votedFor = null
    return message
  }),
  'a vote for any log': patched(patch(Election.prototype, 'isUpToDate', () => () => true)),
  'a vote for the longer log, whatever its terms': falsified(({ seat }, message) =>
    message.type === 'askVote' && message.last.index >= seat.log.lastIndex
      ? { ...message, last: { ...message.last, term: Math.max(message.last.term, seat.log.lastTerm) } }
      : message,
  ),
  // Entries.
  'what comes before is not compared': falsified(({ seat }, message) => {
    if (message.type !== 'append') return message
    const { index, term } = message.previous
    return { ...message, previous: { index, term: seat.log.termAt(index) ?? term } }
  }),
  'a late message cuts off what came after it': falsified(({ seat }, message) => {
    if (message.type !== 'append' || message.term !== seat.term || seat.role !== 'follower') return message
    const end = message.previous.index + message.entries.length
    const isShorter = message.entries.length > 0 && end > seat.commitIndex && end < seat.log.lastIndex
    if (isShorter && seat.log.termAt(end) === message.entries.at(-1)!.term) seat.truncateFrom(end + 1)
    return message
  }),
  'a follower commits what it has, not what matches': falsified(({ seat }, message) => {
    const isLeaders = message.type === 'append' && message.term === seat.term && seat.role === 'follower'
    if (isLeaders) seat.commitIndex = Math.max(seat.commitIndex, Math.min(message.commit, seat.log.lastIndex))
    return message
  }),
  // What is on disk.
  'it counts as written when it was given to the disk': () => ({ make: writtenAtOnce, undo: () => {} }),
  'a leader counts what it has not on disk itself': patched(
    patch(
      Leadership.prototype,
      'reached',
      () =>
        function (this: Leadership) {
          const { seat, replication } = this
          return seat.log.electorate.reached((id) =>
            id === seat.id ? seat.log.lastIndex : (replication.members.get(id)?.match ?? 0),
          )
        },
    ),
  ),
  // Commitment.
  'entries of an older term are committed by counting': patched(
    patch(Leadership.prototype, 'mayCommit', () => () => true),
  ),
  'what was sent counts as what was received': patched(
    patch(
      Progress.prototype,
      'matched',
      (matched) =>
        function (this: Progress, index) {
          return matched.call(this, Math.max(index, this.next - 1))
        },
    ),
  ),
  // Reads.
  'a leader reads without asking whether it still leads': patched(
    patch(
      Leadership.prototype,
      'nextRound',
      () =>
        function (this: Leadership) {
          if (this.hasCommitted && this.reads.open(0)) this.reads.confirm()
        },
    ),
  ),
  'a new leader reads before it knows what is committed': patched(
    patchGetter(Leadership.prototype, 'hasCommitted', () => true),
  ),
  // Members.
  'two changes at once': patched(patch(Leadership.prototype, 'mayChange', () => () => true)),
  'learners make up a majority': patched(
    patch(
      Electorate.prototype,
      'reached',
      () =>
        function (this: Electorate, indexOf) {
          const indexes = this.configuration.map(({ id }) => indexOf(id)).toSorted((left, right) => right - left)
          return indexes[this.majority - 1] ?? 0
        },
    ),
  ),
  'a witness lets go of what a voter lacks': patched(patch(Replication.prototype, 'votersHave', () => () => true)),
  // Requests.
  'a request that comes twice is applied twice': patched(
    patch(Sessions.prototype, 'admit', () => () => ({ type: 'new' })),
  ),
  'a snapshot without the sessions': patched(patch(Sessions.prototype, 'store', () => () => [])),
} satisfies { readonly [name: string]: Bug }

export type RaftBugName = keyof typeof plantedRaftBugs

function patched(fault: Fault): Bug {
  return () => ({ make: (options) => new Raft(options), undo: fault() })
}

/** The algorithm gets other messages than came; or is changed before it gets them. */
function falsified(falsify: (raft: Raft, message: Message) => Message): Bug {
  return () => ({
    undo: () => {},
    make: (options) => {
      const raft = new Raft(options)
      return standingFor(raft, (nowMs, input) =>
        raft.step(nowMs, input.type === 'message' ? { ...input, message: falsify(raft, input.message) } : input),
      )
    },
  })
}

function writtenAtOnce(options: Parameters<MakeSubject>[0]): Subject {
  const raft = new Raft(options)
  return standingFor(raft, (nowMs, input) => {
    if (input.type === 'written') return []
    const effects = [...raft.step(nowMs, input)]
    for (const effect of effects) {
      if (effect.type === 'write') effects.push(...raft.step(nowMs, { type: 'written', id: effect.write.id }))
    }
    return effects
  })
}

function standingFor(raft: Raft, step: (nowMs: number, input: Input) => ReturnType<Raft['step']>): Subject {
  return {
    step,
    get deadlineMs() {
      return raft.deadlineMs
    },
  }
}
