/**
 * The process of a member: takes what comes to it by its protocol, and hands it to what runs.
 */
import { defineServer, noreply, reply, stop, type Next, type Server } from '@agner/behaviours'
import { consensusError } from '../errors.ts'
import type { Configuration } from '../raft/interface.ts'
import type { Storage, Stored } from '../storage/storage.ts'
import { memberProtocol, type MemberApi } from './member.api.ts'
import type { Life } from './lives.ts'
import { Running, type RunningOptions } from './running.ts'

export interface ProcessOptions extends RunningOptions {
  readonly storage: Storage
  readonly life: Life
  readonly founders: Configuration | null
  /** Is given what runs, once it does. */
  readonly begun: (running: Running) => void
}

/** Written before anything else, so that no vote is ever on disk without the members that it was about. */
const beginning = (configuration: Configuration) => ({ index: 0, term: 0, configuration, state: null })

async function load({ storage, group, id, founders }: ProcessOptions): Promise<Stored | null> {
  const stored = await storage.load({ group, member: id })
  if (founders === null || (stored !== null && (stored.snapshot !== null || stored.entries.length > 0))) return stored
  const snapshot = beginning(founders)
  await storage.save(snapshot)
  return { ballot: stored?.ballot ?? { term: 0, votedFor: null }, snapshot, entries: [] }
}

type Step = Next<Running, never>

export function memberServer(options: ProcessOptions): Server<MemberApi, void, Running> {
  const { group, id, storage, life } = options

  const after = (running: Running): Step => (running.isRemoved ? stop({ shutdown: 'removed' }) : noreply(running))

  return defineServer(memberProtocol(group), {
    unknown: 'refuse',
    init: async (_: void, { self }): Promise<Running> => {
      self.own(storage)
      const stored = await load(options)
      // The machine may fail here, and who has promised nothing has forgotten nothing.
      const running = new Running(self, options, storage, stored)
      life.begin()
      self.own({ close: () => life.end() })
      running.begin()
      options.begun(running)
      return running
    },
    formatStatus: ({ state }) => ({ state: state.status() }),
    calls: {
      submit: (running, { command, request }, { from }) => {
        running.propose(command, request, from)
        return noreply(running)
      },
      openSession: (running, { owner }, { from }) => {
        running.openSession(owner, from)
        return noreply(running)
      },
      closeSession: (running, { session }, { from }) => {
        running.propose({ own: 'close', session }, null, from)
        return noreply(running)
      },
      read: (running, { query }, { from }) => {
        running.read(query, from)
        return noreply(running)
      },
      readLocal: (running, { query }, { from }) => {
        running.readLocal(query, from)
        return noreply(running)
      },
      configure: (running, { change }, { from }) => {
        running.ask(from, (ticket) => ({ type: 'configure', ticket, change }))
        return after(running)
      },
      transfer: (running, { to }, { from }) => {
        running.ask(from, (ticket) => ({ type: 'transfer', ticket, to }))
        return after(running)
      },
      status: (running) => reply(running.status(), running),
    },
    info: {
      raft: (running, envelope) => {
        running.heard(envelope)
        return after(running)
      },
      raftTime: (running, { alarm }) => {
        running.time(alarm)
        return after(running)
      },
      raftFlush: (running) => {
        running.flush()
        return after(running)
      },
      raftWritten: (running) => {
        running.onDisk()
        return after(running)
      },
      raftStorageFailed: (_, { reason }) => {
        throw consensusError('consensus.storage_failed', { id, group, reason })
      },
      raftWatch: (running, { pid, on, after }) => {
        running.watch(pid, on, after)
        return noreply(running)
      },
      raftPropose: (running, { command }) => {
        running.propose({ own: 'command', command }, null, null)
        return noreply(running)
      },
      raftMayForget: (running, { index }) => {
        running.mayForget(index)
        return noreply(running)
      },
      raftMemberDown: (running, { ref }) => {
        running.lost(ref)
        return after(running)
      },
      raftWatcherDown: (running, { process }) => {
        running.unwatch(process)
        return noreply(running)
      },
    },
  })
}
